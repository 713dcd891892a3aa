"""Seconds of attention for all slices of a patient, beside the forward pass.

Usage: python -m benchmarks.attention [SLICES [MEMBERS]]   (default 30 slices, 1 network). Grad-CAM
should add less than twice the forward pass. With more members the bundle's first network is taken
that many times, which costs what an ensemble costs.
"""

import statistics
from dataclasses import replace
from time import perf_counter

import numpy as np

from benchmarks._sizes import arguments, size
from dss_core.attention.attention_map import attend
from dss_core.bundles.bundle import load_bundle
from dss_core.records import AttentionMethod, NetworkInput, Task
from dss_core.scoring.score import score_slices

RUNS = size(7, 1)
FAST = (AttentionMethod.GRADCAM, AttentionMethod.GRADCAM_PLUS_PLUS)


def main() -> None:
    asked = [int(word) for word in arguments()]
    n = asked[0] if asked else size(30, 1)
    x = np.random.default_rng(0).normal(size=(n, 3, 64, 64)).astype(np.float32)
    mask = np.ones((n, 64, 64), dtype=np.bool_)
    tensor = NetworkInput(x, np.arange(float(n)), np.zeros((n, 2)), np.full(n, 64.0), mask)
    members = asked[1] if len(asked) > 1 else 1
    model = load_bundle().models[Task.EGFR]
    model = replace(model, members=model.members[:1] * members)
    forward = []
    for _ in range(RUNS):
        start = perf_counter()
        score_slices(x, model)
        forward.append(perf_counter() - start)
    base = statistics.median(forward)
    print(f"{'forward pass':22s} {base:7.3f} s for {n} slices, {members} networks")
    for method in AttentionMethod:
        spent = []
        for _ in range(RUNS if method in FAST else 1):
            start = perf_counter()
            attend(tensor, model, method)
            spent.append(perf_counter() - start)
        seconds = statistics.median(spent)
        print(f"{method:22s} {seconds:7.3f} s   {seconds / base:6.1f} x the forward pass")


if __name__ == "__main__":
    main()

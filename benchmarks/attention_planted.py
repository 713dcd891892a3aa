"""Which attention method finds a planted cue, and do the maps follow labels and parameters?

Trains networks on simulated lesions whose label lies in a crescent of the rim, then measures each
method on lesions the networks never saw, together with networks trained on permuted labels. Writes
`dss_core/scoring/planted_result.json`, which the software shows and takes its default from.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.attention_planted   (about ten minutes)
"""

import json
import sys
from dataclasses import asdict, replace
from time import perf_counter
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from dss_core.records import AttentionMethod
from dss_core.scoring.planted import (
    RECIPE,
    RESULT,
    Planted,
    localisation_auc,
    planted_set,
    train_on,
    with_permuted_labels,
)
from dss_core.scoring.sanity import flip_equivariance, parameter_randomisation, perturbation
from dss_core.scoring.training import predict_patients

SEEDS = (0, 1, 2)
N_TRAINING = 600
N_UNSEEN = 48


def measure(seed: int) -> dict[str, Any]:
    """One pair of networks, with true and with permuted labels."""
    training, unseen = planted_set(N_TRAINING, 1000 + seed), planted_set(N_UNSEEN, 2000 + seed)
    recipe = replace(RECIPE, seed=seed)
    start = perf_counter()
    network = train_on(training.data, recipe)
    permuted = train_on(with_permuted_labels(training.data, seed), recipe)
    print(f"seed {seed}: trained in {perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    scores, labels = predict_patients(network, unseen.data)
    found: dict[str, Any] = {
        "seed": seed,
        "score_auc": round(float(roc_auc_score(labels, scores)), 4),
        "methods": {},
    }
    for method in AttentionMethod:
        start = perf_counter()
        found["methods"][str(method)] = _method(network, permuted, unseen, method)
        spent = perf_counter() - start
        print(f"  {method}: {found['methods'][str(method)]} {spent:.0f} s", file=sys.stderr)
    return found


def _method(
    network: torch.nn.Module,
    permuted: torch.nn.Module,
    unseen: Planted,
    method: AttentionMethod,
) -> dict[str, float]:
    aucs = localisation_auc(network, unseen, method)
    found = {
        "localisation_auc": float(aucs.mean()),
        "localisation_auc_sd": float(aucs.std(ddof=1)),
        "localisation_auc_permuted_labels": float(
            localisation_auc(permuted, unseen, method).mean()
        ),
    }
    x = unseen.positive_x[:8]
    last = parameter_randomisation(network, x, method)[-1].similarity
    curves = perturbation([network], x, method)
    flip = flip_equivariance([network], x, method)
    found |= {
        "randomised_rank_correlation": last.rank_correlation,
        "randomised_ssim": last.ssim,
        "deletion_gain": curves.deletion_gain,
        "insertion_gain": curves.insertion_gain,
        "flip_rank_correlation": flip.rank_correlation,
    }
    return {name: round(value, 4) for name, value in found.items()}


def main() -> None:
    torch.set_num_threads(1)
    runs = [measure(seed) for seed in SEEDS]
    methods = {}
    for method in AttentionMethod:
        rows = [run["methods"][str(method)] for run in runs]
        methods[str(method)] = {
            name: round(float(np.mean([row[name] for row in rows])), 3) for name in rows[0]
        }
    result = {
        "what": "means over networks trained on simulated lesions with a planted cue in the rim",
        "networks": len(SEEDS),
        "training_images": N_TRAINING,
        "unseen_positive_images": N_UNSEEN // 2,
        "score_auc": round(float(np.mean([run["score_auc"] for run in runs])), 3),
        "methods": methods,
        "runs": runs,
        "recipe": asdict(RECIPE),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(methods, indent=2))


if __name__ == "__main__":
    main()

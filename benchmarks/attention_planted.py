"""Which attention method finds a planted cue, and do the maps follow labels and parameters?

Trains networks on simulated lesions whose label lies in a crescent of the rim, then measures each
method on lesions the networks never saw, together with networks trained on permuted labels. Writes
`dss_core/scoring/planted_result.json`, which the software shows and takes its default from.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.attention_planted   [METHOD ...]
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from time import perf_counter

import numpy as np
import torch

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

SEEDS = (0,)
N_TRAINING = 600
N_UNSEEN = 48


@dataclass(frozen=True)
class Measured:
    """All numbers of one method on one network."""

    seed: int
    method: AttentionMethod
    values: dict[str, float]


def measure(seed: int, methods: Sequence[AttentionMethod]) -> Iterator[Measured]:
    """One pair of networks, with true and with permuted labels; each method as it is done."""
    training, unseen = planted_set(N_TRAINING, 10 * seed + 1), planted_set(N_UNSEEN, 10 * seed + 2)
    recipe = replace(RECIPE, seed=seed)
    network = train_on(training.data, recipe)
    permuted = train_on(with_permuted_labels(training.data, seed), recipe)
    for method in methods:
        start = perf_counter()
        found = _method(network, permuted, unseen, method)
        print(
            f"{seed} {method} {found} {perf_counter() - start:.0f} s", file=sys.stderr, flush=True
        )
        yield Measured(seed, method, found)


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
    methods = [AttentionMethod(name) for name in sys.argv[1:]] or list(AttentionMethod)
    done: list[Measured] = []
    for seed in SEEDS:
        for one in measure(seed, methods):
            done.append(one)
            write(done)


def write(done: list[Measured]) -> None:
    """What is measured so far, so that an interrupted run loses nothing."""
    rows: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    for one in done:
        rows[str(one.method)].append(one.values)
    result = {
        "what": "networks trained on simulated lesions with a planted cue in the rim",
        "training_images": N_TRAINING,
        "unseen_positive_images": N_UNSEEN // 2,
        "recipe": asdict(RECIPE),
        "methods": {
            name: {
                "networks": len(values),
                **{k: round(float(np.mean([v[k] for v in values])), 4) for k in values[0]},
            }
            for name, values in rows.items()
        },
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()

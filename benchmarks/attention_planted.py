"""Which attention method finds a planted cue, and do the maps follow labels and parameters?

Trains networks on simulated lesions whose label lies in a crescent of the rim, then measures each
method on lesions the networks never saw, together with networks trained on permuted labels. Writes
`dss_core/attention/cue_localisation_result.json`, which the software shows and takes its default
from; in the smallest size into FOLDER instead.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.attention_planted FOLDER

FOLDER keeps the trained networks: a second run measures again without training. The table of
docs/attention.md is printed at the end; without FOLDER, from the stored result alone.
"""

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter

import torch
from sklearn.metrics import roc_auc_score

from benchmarks._sizes import arguments, size
from dss_core.attention.cue_localisation_result import (
    RESULT,
    CueLocalisationResult,
    Measured,
    cue_localisation_result,
)
from dss_core.attention.sanity_checks import (
    flip_equivariance,
    mirror_shift,
    parameter_randomisation,
    perturbation,
)
from dss_core.networks.srescnn import SResCNN
from dss_core.records import AttentionMethod
from dss_core.training.cue_localisation import (
    RECIPE,
    CueImages,
    cue_images,
    localisation_auc,
    train_on,
    with_permuted_labels,
)
from dss_core.training.training_loop import predict_patients
from dss_ui.attention.attention_charts import cue_rows

SEEDS = size((0, 1, 2), (0,))
N_TRAINING = size(600, 16)
N_UNSEEN = size(64, 4)
METHODS = size(tuple(AttentionMethod), (AttentionMethod.GRADCAM,))
N_CHECKED = size(8, 1)
"""Positive lesions for the checks that need many runs."""


def measure(seed: int, folder: Path) -> Iterator[Measured]:
    """A row per method for one pair of networks, with true and with permuted labels."""
    training, unseen = cue_images(N_TRAINING, 10 * seed + 1), cue_images(N_UNSEEN, 10 * seed + 2)
    training_config = replace(RECIPE, seed=seed, max_epochs=size(RECIPE.max_epochs, 1))
    network = train_on(training.data, training_config, folder / f"{seed}-true")
    shuffled = with_permuted_labels(training.data, seed)
    permuted = train_on(shuffled, training_config, folder / f"{seed}-permuted")
    scores, labels = predict_patients(network, unseen.data)
    learnt = float(roc_auc_score(labels, scores))
    for method in METHODS:
        start = perf_counter()
        values = _method(network, permuted, unseen, method)
        print(seed, method, values, f"{perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        yield Measured(seed=seed, method=method, label_auc=round(learnt, 4), **values)


def _method(
    network: SResCNN, permuted: SResCNN, unseen: CueImages, method: AttentionMethod
) -> dict[str, float]:
    x = unseen.positive_x[:N_CHECKED]
    shuffled = parameter_randomisation(network, x, method, levels=1)[-1].similarity
    curves = perturbation([network], x, method)
    flip = flip_equivariance([network], x, method)
    down, right = mirror_shift([network], x, method)
    found = {
        "localisation_auc": float(localisation_auc(network, unseen, method).mean()),
        "permuted_labels_auc": float(localisation_auc(permuted, unseen, method).mean()),
        "randomised_rank_correlation": shuffled.rank_correlation,
        "randomised_ssim": shuffled.ssim,
        "deletion_gain": curves.deletion_gain,
        "insertion_gain": curves.insertion_gain,
        "flip_rank_correlation": flip.rank_correlation,
        "flip_ssim": flip.ssim,
        "shift_down_px": down,
        "shift_right_px": right,
    }
    return {name: round(value, 4) for name, value in found.items()}


def main() -> None:
    torch.set_num_threads(1)
    if arguments():
        folder = Path(arguments()[0])
        rows: list[Measured] = []
        for seed in SEEDS:
            rows.extend(measure(seed, folder))
            write(rows, size(RESULT, folder / RESULT.name))
    print("\n".join(table(cue_localisation_result())))


def table(result: CueLocalisationResult) -> list[str]:
    """The result as Markdown: mean over the networks (lowest to highest)."""
    rows = cue_rows(result)
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def write(rows: list[Measured], target: Path) -> None:
    """What is measured so far, so that an interrupted run loses nothing."""
    result = CueLocalisationResult(
        what="networks trained on simulated lesions with a planted cue in the rim",
        training_images=N_TRAINING,
        unseen_positive_images=N_UNSEEN // 2,
        checked_images=N_CHECKED,
        recipe=asdict(RECIPE),
        measured=tuple(rows),
    )
    target.write_text(result.to_text())


if __name__ == "__main__":
    main()

"""Scores and pooled features of many patients as one cohort table, from scans or simulated.

The table has the cohort's own columns (`patient_id`, `cohort`, label, scores, weights) and one
column a feature, `f000` to `f255`; it is read like any other cohort.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dss_core.batch.manifest import Row, load_cohort
from dss_core.bundles.bundle import Bundle
from dss_core.errors import InputError
from dss_core.networks.pooled_features import pooled_features
from dss_core.phantom.training_set import simulate_patient
from dss_core.preprocessing.tensor import region_images
from dss_core.records import Task
from dss_core.regions.suv_statistics import suv_statistics
from dss_core.scoring.score import require_scoring, score_tasks
from dss_core.training.augmentation import normalise_slices
from dss_core.training.demo_plan import HELD_OUT_SEED

LABELS = {
    Task.EGFR: ("egfr_status", ("wild type", "mutant")),
    Task.PDL1: ("pdl1_status", ("negative", "positive")),
}
SIMULATED = "simulated, not used in training"


def from_manifest(
    rows: tuple[Row, ...],
    cohort: str,
    bundle: Bundle,
    task: Task,
    cache: Path,
    on_step: Callable[[int], None],
) -> pd.DataFrame:
    """Table of the patients of a training manifest, whose label is that of the task.

    Raises
    ------
    InputError, WeightsError
        If a patient cannot be read, or the bundle cannot score the task.
    """
    _require(bundle, task)
    data = load_cohort(rows, bundle.preprocessing, cache, on_step).slices
    label, words = LABELS[task]
    made = []
    for i, row in enumerate(rows):
        known = {"patient_id": row.patient_id, "cohort": cohort, label: words[row.label]}
        made.append(known | _measured(data.images[data.patient == i], bundle, task))
    return pd.DataFrame(made)


def from_simulation(
    n: int, bundle: Bundle, task: Task, on_step: Callable[[int], None]
) -> pd.DataFrame:
    """Table of n simulated patients that the demo weights were not trained on; no row is a patient.

    Their reference labels come from the simulation; SUVmax is measured in the simulated PET.

    Raises
    ------
    WeightsError
        If the bundle cannot score the task.
    """
    _require(bundle, task)
    made = []
    for i in range(n):
        patient = simulate_patient(HELD_OUT_SEED + i)
        images = region_images(patient.ct, patient.pet, patient.roi, bundle.preprocessing)
        stacked = np.stack([images.pet, images.ct], axis=1).astype(np.float32)
        truth = {Task.EGFR: patient.egfr, Task.PDL1: patient.pdl1}
        known = {"patient_id": f"sim-{i + 1:04d}", "cohort": SIMULATED, "split": "external"}
        known |= {LABELS[t][0]: LABELS[t][1][int(truth[t])] for t in Task}
        suv = {"suvmax": round(suv_statistics(patient.pet, patient.roi).max, 3)}
        made.append(known | suv | _measured(stacked, bundle, task))
        on_step(i + 1)
    return pd.DataFrame(made)


def _require(bundle: Bundle, task: Task) -> None:
    require_scoring(bundle)
    if task not in bundle.models:
        raise InputError(f"The bundle {bundle.id!r} has no network for {task}. Choose another.")


def _measured(images: NDArray[np.float32], bundle: Bundle, task: Task) -> dict[str, object]:
    """Scores of every task, and features of the first network of one.

    `images` are windowed PET and CT (n, 2, 64, 64).
    """
    adjacent_slices = bundle.adjacent_slices
    images = adjacent_slices.gather(
        images, adjacent_slices.rows(len(images), bundle.preprocessing.spacing_mm)
    )
    x = normalise_slices(images)
    scores = {
        f"{t}_dls": round(float(found.mean()), 6) for t, found in score_tasks(x, bundle).items()
    }
    features = pooled_features(x, bundle.models[task].members[0])
    return {
        **scores,
        "n_slices": len(images),
        "score_weights_id": bundle.id,
        **{f"f{i:03d}": float(f"{value:.6g}") for i, value in enumerate(features)},
    }

"""Weights from a hospital's own cohort: train a task, measure it, write the model card.

The card gets what the demo bundle's has: cut-off, metrics with intervals, calibration, the ranges
of the training cases, and the reference that later cases are compared with before they are scored.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.bundles.bundle_writer import Taught, add_trained_task, card_to_join
from dss_core.bundles.ood_reference import PackedReference, PatientImages, pack_reference
from dss_core.errors import InputError
from dss_core.records import Task
from dss_core.settings import AdjacentSlices, Preprocessing, TrainingRanges
from dss_core.training.card_metrics import auc, auc_by_size, calibration
from dss_core.training.dataset import SliceDataset, TrainingCohort, split_patients
from dss_core.training.hardware import Hardware
from dss_core.training.training_config import TrainingConfig
from dss_core.training.training_loop import predict_patients, train
from dss_core.training.training_state import Epoch

FEWEST_HELD_OUT = 20
"""With fewer validation patients nobody knows how far one in twenty lies from the others."""


def train_task(
    folder: Path,
    task: Task,
    cohort: TrainingCohort,
    training_config: TrainingConfig,
    adjacent_slices: AdjacentSlices,
    hardware: Hardware,
    on_step: Callable[[Epoch], None],
) -> dict[str, Any]:
    """Train one network and write it as a task of a bundle; its entry on the card.

    Parameters
    ----------
    folder : Path
        Of the bundle. Beside it, `<name>-<task>-training` keeps checkpoint and log.
    cohort : TrainingCohort
    adjacent_slices : AdjacentSlices
        Which slices the network sees at once.
    hardware : Hardware
        Of several processes only the first writes; the others get an empty entry.
    on_step : callable
        Told after every epoch.

    Raises
    ------
    InputError
        Too few patients, a checkpoint of another training, or nothing was learnt.
    WeightsError
        The bundle has the task, or is of another architecture.
    """
    settings, single = Preprocessing(), cohort.slices
    card_to_join(folder, task, settings, adjacent_slices)  # what cannot be written is not trained
    data = single.stacked(adjacent_slices, settings.spacing_mm)
    checkpoint = folder.with_name(f"{folder.name}-{task}-training")
    (network,) = train(data, training_config, on_step, checkpoint, hardware)
    if not hardware.first:
        return {}
    training, validation = split_patients(
        data, training_config.validation_share, training_config.seed
    )
    scores, _ = predict_patients(network, training)
    taught, held_out = np.unique(training.patient), np.unique(validation.patient)
    measured = [cohort.numbers[i] for i in held_out]
    diameters = np.array([np.nan if m is None else m.diameter_mm for m in measured])
    entry = {
        "cutoff": _cutoff(scores),
        "cutoff_origin": "median score of the training patients",
        "metrics": _metrics(*predict_patients(network, validation), diameters),
        "training": {
            "patients": int(taught.size),
            "validation_patients": int(held_out.size),
            "recipe": asdict(training_config),
        },
    }
    known = [m for i in taught if (m := cohort.numbers[i]) is not None]
    reference = _reference(single, taught, held_out, settings, task)
    about = Taught(
        patients=int(taught.size),
        ranges=TrainingRanges.over(known) if known else None,
        reference=reference,
    )
    add_trained_task(folder, task, entry, (network,), settings, adjacent_slices, about)
    return entry


def _cutoff(scores: NDArray[np.float64]) -> float:
    """Median score, to three decimals unless it lies too close to 0 or 1 for them."""
    median = float(np.median(scores))
    if not 0.0 < median < 1.0:
        raise InputError(
            f"The median score of the training patients is {median:g}, which cannot be a cut-off: "
            "the network has not learnt to score. Give it more epochs or more patients."
        )
    short = round(median, 3)
    return short if 0.0 < short < 1.0 else median


def _metrics(
    score: NDArray[np.float64], label: NDArray[np.int64], diameter_mm: NDArray[np.float64]
) -> dict[str, Any]:
    """What the validation patients say; they also chose the epoch, so they flatter a little."""
    positive = label == 1
    found = {
        "measured_on": "the validation patients, who also chose the epoch",
        "validation_patients": int(positive.size),
        "validation_positive": int(positive.sum()),
    }
    if min(positive.sum(), (~positive).sum()) < 2:
        return found | {"withheld": "fewer than two validation patients of a class"}
    found |= auc(score, positive) | {"calibration": calibration(score, positive)}
    if np.isfinite(diameter_mm).all():
        found["auc_by_diameter_mm"] = auc_by_size(score, positive, diameter_mm)
    return found


def _reference(
    slices: SliceDataset,
    taught: NDArray[np.int64],
    held_out: NDArray[np.int64],
    settings: Preprocessing,
    task: Task,
) -> PackedReference | None:
    """The training patients' images, with thresholds from the validation patients."""
    if held_out.size < FEWEST_HELD_OUT:
        return None
    training, unseen = (slices.of_patients(patients) for patients in (taught, held_out))
    return pack_reference(
        PatientImages(training.images.astype(np.float32), training.patient),
        PatientImages(unseen.images.astype(np.float32), unseen.patient),
        settings,
        f"the {taught.size} patients the {task} networks of these weights were trained on",
    )

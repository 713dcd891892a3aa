"""Model card of the demo weights: measured numbers, each with what it was measured on."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.bundles.model_card import FORMAT
from dss_core.networks.srescnn import SResCNN, parameter_count
from dss_core.phantom.associations import ASSOCIATIONS
from dss_core.records import Task
from dss_core.settings import ALONE, CaseNumbers, Preprocessing, TrainingRanges
from dss_core.statistics.discrimination import auc_delong
from dss_core.training.card_metrics import auc, auc_by_size, calibration, rounded
from dss_core.training.simulated_slices import Simulated
from dss_core.training.training_config import TrainingConfig

MARK = "<!-- measured -->"
Scores = NDArray[np.float64]


def task_entry(
    task: Task, training: Scores, held_out: Scores, strangers: Simulated
) -> dict[str, Any]:
    """Cut-off and metrics of one task.

    Parameters
    ----------
    training, held_out : float arrays (members, patients)
        DLS of the training and the held-out patients.
    strangers : Simulated
        The held-out patients.
    """
    positive, score = strangers.positive(task), held_out.mean(axis=0)
    best = strangers.best_egfr if task is Task.EGFR else strangers.best_pdl1
    calibrated = calibration(score, positive)
    if "slope" not in calibrated:
        raise ValueError(f"the held-out scores of {task} cannot be calibrated")
    single = [auc_delong(one, positive).estimate for one in held_out]
    return {
        "cutoff": round(float(np.median(training.mean(axis=0))), 3),
        "cutoff_origin": "median score of the simulated training patients",
        "metrics": {
            "held_out_patients": int(positive.size),
            "held_out_positive": int(positive.sum()),
            **auc(score, positive),
            "auc_of_single_members": [rounded(one) for one in single],
            "auc_of_the_best_possible_reader": rounded(auc_delong(best, positive).estimate),
            "auc_by_diameter_mm": auc_by_size(score, positive, strangers.diameter_mm),
            "calibration": calibrated,
        },
    }


def card(
    tasks: Mapping[str, Any],
    members: int,
    training_config: TrainingConfig,
    patients: Simulated,
    seeds: tuple[range, range],
) -> dict[str, Any]:
    """The card.

    Parameters
    ----------
    tasks : mapping
        Entry of each task.
    patients : Simulated
        The training patients.
    seeds : (range, range)
        Of the training and the held-out patients.
    """
    training, held_out = seeds
    columns = (getattr(patients, f.name) for f in fields(CaseNumbers))
    numbers = [CaseNumbers(*row) for row in zip(*columns, strict=True)]
    return {
        "format": FORMAT,
        "title": "Demo weights, trained on simulated lesions only",
        "demo": True,
        "architecture": ALONE,
        "parameters": parameter_count(SResCNN()),
        "members": members,
        "preprocessing": asdict(Preprocessing()),
        "tasks": dict(tasks),
        "training": {
            "data": f"{len(training)} simulated patients; no patient data",
            "held_out": f"{len(held_out)} further simulated patients",
            "method": "the tasks of a member share its trunk; it was also taught the simulated "
            "findings, which no patient cohort has: "
            + ", ".join([*(row.sign.value for row in ASSOCIATIONS), "high SUVmax", "large size"]),
            "recipe": asdict(training_config),
            "seeds": {
                "training": [training.start, training.stop - 1],
                "held_out": [held_out.start, held_out.stop - 1],
                "members": [training_config.seed + n for n in range(members)],
            },
        },
        "training_ranges": asdict(TrainingRanges.over(numbers)),
        "intended_use": "Demonstration and tests of the software. Do not interpret the scores "
        "clinically.",
        "model_card": "docs/model_card.md",
        "licence": "Apache-2.0",
    }


def as_markdown(written: Mapping[str, Any]) -> str:
    """The card's metrics as the tables of the model card."""
    tasks = [(Task(name).upper(), entry["metrics"]) for name, entry in written["tasks"].items()]
    head = "| | " + " | ".join(name for name, _ in tasks) + " |\n|---|" + "---|" * len(tasks)
    measured = {
        "held-out patients (positive)": [
            f"{m['held_out_patients']} ({m['held_out_positive']})" for _, m in tasks
        ],
        "AUC of the ensemble (95 % CI)": [_area(m) for _, m in tasks],
        "AUC of single members": [
            f"{min(m['auc_of_single_members']):.3f} to {max(m['auc_of_single_members']):.3f}"
            for _, m in tasks
        ],
        "AUC of the best possible reader": [
            f"{m['auc_of_the_best_possible_reader']:.3f}" for _, m in tasks
        ],
        "calibration slope (95 % CI)": [_slope(m["calibration"]) for _, m in tasks],
        "calibration intercept": [f"{m['calibration']['intercept']:.2f}" for _, m in tasks],
        "Brier score (scaled)": [
            f"{m['calibration']['brier']:.3f} ({m['calibration']['brier_scaled']:.2f})"
            for _, m in tasks
        ],
        "cut-off": [f"{entry['cutoff']:g}" for entry in written["tasks"].values()],
    }
    by_size = {
        f"AUC at {size} mm (n)": [_area_of_size(m["auc_by_diameter_mm"][size]) for _, m in tasks]
        for size in tasks[0][1]["auc_by_diameter_mm"]
    }
    rows = [f"| {name} | {' | '.join(cells)} |" for name, cells in (measured | by_size).items()]
    return "\n".join([head, *rows])


def in_document(text: str, written: Mapping[str, Any]) -> str:
    """A document with the tables between its two `MARK` lines replaced."""
    before, _, after = text.split(MARK)
    return f"{before}{MARK}\n{as_markdown(written)}\n{MARK}{after}"


def _area(metrics: Mapping[str, Any]) -> str:
    return f"{metrics['auc']:.3f} {_limits(metrics['auc_ci95'], '.3f')}"


def _area_of_size(metrics: Mapping[str, Any]) -> str:
    n = metrics["patients"]
    return f"{_area(metrics)}, {n}" if "auc" in metrics else f"too few, {n}"


def _slope(calibration: Mapping[str, Any]) -> str:
    return f"{calibration['slope']:.2f} {_limits(calibration['slope_ci95'], '.2f')}"


def _limits(interval: list[float] | None, form: str) -> str:
    """Limits in brackets, as the model card's tables have them."""
    return f"({interval[0]:{form}} to {interval[1]:{form}})" if interval else "(no CI)"

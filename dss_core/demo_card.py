"""What the card of the demo weights says: measured, each number with what it was measured on."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.evaluation.calibration import calibration_report
from dss_core.phantom.associations import ASSOCIATIONS
from dss_core.records import Task
from dss_core.scoring.network import SResCNN, parameter_count
from dss_core.scoring.recipe import Recipe
from dss_core.scoring.weights import FORMAT, OURS
from dss_core.settings import Preprocessing
from dss_core.simulated_slices import Simulated
from dss_core.survival.curves import Interval
from dss_core.survival.performance import auc_delong

MARK = "<!-- measured -->"
SIZES_MM = (0.0, 10.0, 20.0, 40.0, np.inf)
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
    found = calibration_report(score, positive)
    if found.line is None:
        raise ValueError(f"the held-out scores of {task} cannot be calibrated")
    single = [auc_delong(one, positive).estimate for one in held_out]
    return {
        "cutoff": round(float(np.median(training.mean(axis=0))), 3),
        "cutoff_origin": "median score of the simulated training patients",
        "metrics": {
            "held_out_patients": int(positive.size),
            "held_out_positive": int(positive.sum()),
            **_auc(score, positive),
            "auc_of_single_members": [_rounded(one) for one in single],
            "auc_of_the_best_possible_reader": _rounded(auc_delong(best, positive).estimate),
            "auc_by_diameter_mm": auc_by_size(score, positive, strangers.diameter_mm),
            "calibration": {
                "slope": _rounded(found.line.slope.estimate),
                "slope_ci95": _limits(found.line.slope),
                "intercept": _rounded(found.line.intercept),
                "brier": _rounded(found.brier.estimate),
                "brier_ci95": _limits(found.brier),
                "brier_scaled": _rounded(found.brier_scaled),
            },
        },
    }


def auc_by_size(
    score: Scores, positive: NDArray[np.bool_], diameter_mm: Scores
) -> dict[str, dict[str, Any]]:
    """AUC in each class of tumour diameter that holds at least ten patients of either label."""
    out: dict[str, dict[str, Any]] = {}
    for low, high in pairwise(SIZES_MM):
        mine = (diameter_mm >= low) & (diameter_mm < high)
        name = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"
        n, n_positive = int(mine.sum()), int(positive[mine].sum())
        out[name] = {"patients": n, "positive": n_positive}
        if min(n_positive, n - n_positive) >= 10:
            out[name] |= _auc(score[mine], positive[mine])
    return out


def card(
    tasks: Mapping[str, Any],
    members: int,
    recipe: Recipe,
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
    return {
        "format": FORMAT,
        "title": "Demo weights, trained on simulated lesions only",
        "demo": True,
        "architecture": OURS,
        "parameters": parameter_count(SResCNN()),
        "members": members,
        "preprocessing": Preprocessing().to_card(),
        "tasks": dict(tasks),
        "training": {
            "data": f"{len(training)} simulated patients; no patient data",
            "held_out": f"{len(held_out)} further simulated patients",
            "method": "the tasks of a member share its trunk; it was also taught the simulated "
            "findings, which no patient cohort has: "
            + ", ".join([*(row.sign.value for row in ASSOCIATIONS), "high SUVmax", "large size"]),
            "recipe": asdict(recipe),
            "seeds": {
                "training": [training.start, training.stop - 1],
                "held_out": [held_out.start, held_out.stop - 1],
                "members": [recipe.seed + n for n in range(members)],
            },
        },
        "training_ranges": {
            "diameter_mm": _range(patients.diameter_mm),
            "suv_max": _range(patients.suv_max),
            "ct_slice_mm": _range(patients.ct_slice_mm),
            "pet_slice_mm": _range(patients.pet_slice_mm),
        },
        "intended_use": "Showing how the software behaves. The scores say nothing about a patient.",
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
    low, high = metrics["auc_ci95"]
    return f"{metrics['auc']:.3f} ({low:.3f} to {high:.3f})"


def _area_of_size(metrics: Mapping[str, Any]) -> str:
    n = metrics["patients"]
    return f"{_area(metrics)}, {n}" if "auc" in metrics else f"too few, {n}"


def _slope(calibration: Mapping[str, Any]) -> str:
    low, high = calibration["slope_ci95"]
    return f"{calibration['slope']:.2f} ({low:.2f} to {high:.2f})"


def _auc(score: Scores, positive: NDArray[np.bool_]) -> dict[str, Any]:
    area = auc_delong(score, positive)
    return {"auc": _rounded(area.estimate), "auc_ci95": _limits(area)}


def _limits(interval: Interval) -> list[float]:
    return [_rounded(interval.low), _rounded(interval.high)]


def _rounded(value: float | None) -> float:
    assert value is not None
    return round(float(value), 4)


def _range(values: Scores) -> list[float]:
    """1st and 99th percentile."""
    return [round(float(v), 2) for v in np.percentile(values, [1.0, 99.0])]

"""Performance on the model card: plain numbers, each with its 95% CI."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.statistics.calibration import calibration_report
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.interval import Interval

SIZES_MM = (0.0, 10.0, 20.0, 40.0, np.inf)
FEWEST_OF_A_CLASS = 10
"""An area within a class of size needs so many patients of either label."""

Scores = NDArray[np.float64]
Bools = NDArray[np.bool_]


def auc(score: Scores, positive: Bools) -> dict[str, Any]:
    """Area under the ROC curve with DeLong's interval.

    Raises
    ------
    CohortError
        If a class has fewer than two patients.
    """
    area = auc_delong(score, positive)
    return {"auc": rounded(area.estimate), "auc_ci95": _limits(area)}


def auc_by_size(score: Scores, positive: Bools, diameter_mm: Scores) -> dict[str, dict[str, Any]]:
    """Area in each class of tumour diameter that holds enough patients of either label."""
    out: dict[str, dict[str, Any]] = {}
    for low, high in pairwise(SIZES_MM):
        mine = (diameter_mm >= low) & (diameter_mm < high)
        name = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"
        n, n_positive = int(mine.sum()), int(positive[mine].sum())
        out[name] = {"patients": n, "positive": n_positive}
        if min(n_positive, n - n_positive) >= FEWEST_OF_A_CLASS:
            out[name] |= auc(score[mine], positive[mine])
    return out


def calibration(score: Scores, positive: Bools) -> dict[str, Any]:
    """Recalibration line and Brier score; where there is no line, why.

    Raises
    ------
    CohortError
        If a class is missing.
    """
    found = calibration_report(score, positive)
    line: dict[str, Any] = {"line_withheld": found.line_withheld}
    if found.line is not None:
        line = {
            "slope": rounded(found.line.slope.estimate),
            "slope_ci95": _limits(found.line.slope),
            "intercept": rounded(found.line.intercept),
        }
    return {
        **line,
        "brier": rounded(found.brier.estimate),
        "brier_ci95": _limits(found.brier),
        "brier_scaled": rounded(found.brier_scaled),
    }


def rounded(value: float | None) -> float:
    """To four decimals."""
    assert value is not None
    return round(float(value), 4)


def _limits(interval: Interval) -> list[float] | None:
    """Both limits; None where there is no interval."""
    if interval.low is None or interval.high is None:
        return None
    return [rounded(interval.low), rounded(interval.high)]

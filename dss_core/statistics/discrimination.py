"""Discrimination: ROC curve, AUC and paired tests.

References
----------
DeLong ER et al. Biometrics 1988;44:837 (areas, paired areas), computed after Sun X, Xu W. IEEE
Signal Process Lett 2014;21:1389; Obuchowski NA. Biometrics 1997;53:567 (areas of clustered data,
here the slices of one patient).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats, Ints
from dss_core.statistics.interval import Interval, normal_interval, normal_p

SEED = 20201016
REPEATS = 1000
REPEATS_LARGE, LARGE = 200, 5000
"""Bootstrap samples from `LARGE` patients on, where the band is narrow anyway."""
MOST_CORNERS = 400
_NO_ERROR = (
    "DeLong's standard error is zero, because every patient ranks alike against the other class: "
    "no confidence interval and no test exist."
)


@dataclass(frozen=True)
class Roc:
    """An empirical ROC curve and a pointwise 95% band.

    Attributes
    ----------
    false_positive, sensitivity, threshold : float arrays
        Corner points from (0, 0) to (1, 1); a patient is called positive at `score >= threshold`.
        Of more than `MOST_CORNERS`, those at even steps along the curve: it is for drawing and
        reading, and no statistic is taken from it.
    band_false_positive, low, high : float arrays
        Percentiles of the sensitivity at fixed false positive rates over stratified bootstrap
        samples; NaN where the classes do not overlap, so that all samples are alike.
    """

    false_positive: Floats
    sensitivity: Floats
    threshold: Floats
    band_false_positive: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class AucDifference:
    """Area of `first` minus area of `second` on the same patients, and DeLong's two-sided p.

    `p` and the limits are None when the standard error is zero, as for scores that rank all
    patients alike, or a perfect score against a constant one; `difference.reason` says so.
    """

    first: str
    second: str
    n: int
    n_positive: int
    difference: Interval
    p: float | None


def auc_delong(score: Floats, positive: Bools, confidence: float = 0.95) -> Interval:
    """Area under the ROC curve with DeLong's interval.

    Raises
    ------
    CohortError
        If either class has fewer than two patients.
    """
    above_x, above_y = placements(score, positive)
    m, n = above_x.size, above_y.size
    auc = float(above_x.mean())
    error = float(np.sqrt(above_x.var(ddof=1) / m + above_y.var(ddof=1) / n))
    return normal_interval(auc, error, _NO_ERROR, lowest=0, highest=1, confidence=confidence)


def placements(score: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """DeLong's structural components: their means are the AUC, their variances its error.

    Returns
    -------
    tuple of float arrays
        For each positive the share of negatives below it, for each negative the share of
        positives above it; ties count half.

    Raises
    ------
    CohortError
        If either class has fewer than two patients.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < 2:
        raise CohortError(
            f"An AUC needs two positive and two negative patients, found {m} and {n}."
        )
    x, y = score[positive], score[~positive]
    both = rankdata(np.concatenate([x, y]))
    above_x = (both[:m] - rankdata(x)) / n
    above_y = 1.0 - (both[m:] - rankdata(y)) / m
    return np.asarray(above_x), np.asarray(above_y)


def roc(score: Floats, positive: Bools, repeats: int | None = None, seed: int = SEED) -> Roc:
    """ROC curve with its band; raises `CohortError` as `placements`."""
    if repeats is None:
        repeats = REPEATS if score.size < LARGE else REPEATS_LARGE
    placements(score, positive)
    cuts = np.unique(score)[::-1]
    yes, no = np.sort(score[positive]), np.sort(score[~positive])

    def share(values: Floats) -> Floats:
        above = values.size - np.searchsorted(values, cuts, side="left")
        return np.concatenate([[0.0], above / values.size])

    grid = np.linspace(0, 1, 101)
    random = np.random.default_rng(seed)
    drawn = np.empty((repeats, grid.size))
    for i in range(repeats):
        drawn[i] = _sensitivity_at(
            grid,
            np.sort(random.choice(yes, yes.size)),
            np.sort(random.choice(no, no.size)),
        )
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    if yes[0] > no[-1] or yes[-1] < no[0]:
        low, high = np.full((2, grid.size), np.nan)
    x, y, threshold = share(no), share(yes), np.concatenate([[np.inf], cuts])
    if threshold.size > MOST_CORNERS:
        kept = np.unique(np.searchsorted(x + y, np.linspace(0, 2, MOST_CORNERS)))
        x, y, threshold = x[kept], y[kept], threshold[kept]
    return Roc(x, y, threshold, grid, low, high)


def _sensitivity_at(false_positive: Floats, yes: Floats, no: Floats) -> Floats:
    """Sensitivity at false positive rates, between the corners in straight lines (sorted input)."""
    cuts = np.unique(np.concatenate([yes, no]))[::-1]
    x = np.concatenate([[0.0], (no.size - np.searchsorted(no, cuts, side="left")) / no.size])
    y = np.concatenate([[0.0], (yes.size - np.searchsorted(yes, cuts, side="left")) / yes.size])
    # from the upper end of one vertical to the lower end of the next
    left = np.searchsorted(x, false_positive, side="right") - 1
    right = np.minimum(left + 1, x.size - 1)
    width = np.where(x[right] > x[left], x[right] - x[left], 1.0)
    return np.asarray(y[left] + (y[right] - y[left]) * (false_positive - x[left]) / width)


def compare_auc(
    first: Floats, second: Floats, positive: Bools, names: tuple[str, str]
) -> AucDifference:
    """DeLong's paired comparison on the patients who have both scores.

    Raises
    ------
    CohortError
        If fewer than two of them have, or lack, the feature.
    """
    both = np.isfinite(first) & np.isfinite(second)
    yes = positive[both]
    xa, ya = placements(first[both], yes)
    xb, yb = placements(second[both], yes)
    difference = float(xa.mean() - xb.mean())
    variance = float((xa - xb).var(ddof=1) / xa.size + (ya - yb).var(ddof=1) / ya.size)
    error = float(np.sqrt(variance))
    limits = normal_interval(difference, error, _NO_ERROR)
    p = normal_p(difference, error)
    return AucDifference(*names, int(yes.size), int(yes.sum()), limits, p)


def auc_of_slices(slices: pd.DataFrame, patient: Ints, positive: Bools) -> Interval:
    """AUC over slices, its interval widened for slices of one patient being alike.

    Parameters
    ----------
    slices : DataFrame
        With `score`.
    patient : int array
        Patient of each slice.
    positive : bool array
        Label of each slice, the same for all slices of a patient.
    """
    if min(np.unique(patient[positive]).size, np.unique(patient[~positive]).size) < 2:
        raise CohortError("An AUC over slices needs two positive and two negative patients.")
    above_x, above_y = placements(slices["score"].to_numpy(float), positive)
    auc = float(above_x.mean())
    variance = _clustered(above_x, patient[positive], auc) + _clustered(
        above_y, patient[~positive], auc
    )
    return normal_interval(auc, float(np.sqrt(variance)), _NO_ERROR, lowest=0, highest=1)


def _clustered(placed: Floats, patient: Ints, auc: float) -> float:
    """One class's part of the variance: sums over patients instead of single slices."""
    _, index = np.unique(patient, return_inverse=True)
    sums = np.bincount(index, placed - auc)
    return float(sums.size / (sums.size - 1) * (sums**2).sum() / placed.size**2)

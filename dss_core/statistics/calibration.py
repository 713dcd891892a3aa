"""Calibration of a probability: reliability, Brier score, ECE, calibration line.

References
----------
Brier GW. Mon Weather Rev 1950;78:1; Cox DR. Biometrika 1958;45:562 (intercept and slope).
"""

from dataclasses import dataclass

import numpy as np

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.interval import Interval, normal_interval
from dss_core.statistics.logistic import fit_logistic, log_odds
from dss_core.statistics.maximum_likelihood import NoEstimateError
from dss_core.statistics.proportions import wilson

BINS = 10
MIN_PER_BIN = 10
_ALIKE = "All patients have the same error: there is no confidence interval."


@dataclass(frozen=True)
class ReliabilityBin:
    """Patients of similar probability: mean of it, and the share that is positive (Wilson)."""

    n: int
    mean_probability: float
    observed: Interval


@dataclass(frozen=True)
class Calibration:
    """Logistic recalibration of the score: logit P(positive) = intercept + slope logit(score).

    A slope above 1: scores too moderate; below 1: too extreme.
    """

    intercept: float
    slope: Interval


@dataclass(frozen=True)
class CalibrationReport:
    """All of a model's calibration in one group.

    Attributes
    ----------
    bins : tuple of ReliabilityBin
        Up to ten bins of equal count, at least ten patients each, from low to high.
    in_the_large : float
        Shift on the logit scale that makes the mean probability right; above zero the
        probabilities are too low.
    line : Calibration or None
        Intercept and slope; None when the classes do not overlap, `line_withheld` says so.
    brier : Interval
        Mean squared error, 0 best, with a normal interval.
    brier_scaled : float
        1 minus Brier over that of always giving the prevalence; 1 best, 0 useless.
    ece : float
        Mean distance between probability and share in the bins, weighted by count.
    """

    n: int
    n_positive: int
    bins: tuple[ReliabilityBin, ...]
    in_the_large: float
    line: Calibration | None
    line_withheld: str | None
    brier: Interval
    brier_scaled: float
    ece: float


def calibration_report(probability: Floats, positive: Bools) -> CalibrationReport:
    """Judge probabilities from 0 to 1 against the label.

    Raises
    ------
    CohortError
        If a value is not from 0 to 1, or one of the classes is missing.
    """
    if ((probability < 0) | (probability > 1)).any():
        raise CohortError(
            "Calibration needs probabilities from 0 to 1, found values from "
            f"{probability.min():g} to {probability.max():g}."
        )
    if positive.all() or not positive.any():
        raise CohortError("Calibration needs both positive and negative patients.")
    wrong = (probability - positive) ** 2
    error = float(wrong.std(ddof=1)) / float(np.sqrt(wrong.size))
    brier, prevalence = float(wrong.mean()), float(positive.mean())
    parts = bins(probability, positive)
    gaps = [b.n * abs((b.observed.estimate or 0.0) - b.mean_probability) for b in parts]
    try:
        line, withheld = calibrate(probability, positive), None
    except CohortError as refusal:
        line, withheld = None, str(refusal)
    return CalibrationReport(
        int(positive.size),
        int(positive.sum()),
        parts,
        shift_in_the_large(probability, positive),
        line,
        withheld,
        normal_interval(brier, error, _ALIKE, lowest=0, highest=1),
        1 - brier / (prevalence * (1 - prevalence)),
        float(sum(gaps) / positive.size),
    )


def calibrate(score: Floats, positive: Bools, confidence: float = 0.95) -> Calibration:
    """Fit the logistic recalibration.

    Raises
    ------
    CohortError
        If the classes are separated or one is missing, or all scores are the same, so that no
        finite slope exists.
    """
    try:
        found = fit_logistic(log_odds(score)[:, None], positive)
    except NoEstimateError as problem:
        why = "the score separates positive and negative patients completely"
        if not score.size or np.ptp(log_odds(score)) == 0:
            why = "the score is the same in all patients"
        raise NoEstimateError(f"Calibration slope not estimable: {why}.") from problem
    reason = "The standard error of the slope is zero."
    slope = normal_interval(
        float(found.coef[0]), float(found.error[0]), reason, confidence=confidence
    )
    return Calibration(found.intercept, slope)


def bins(probability: Floats, positive: Bools) -> tuple[ReliabilityBin, ...]:
    """Bins of equal count; patients of equal probability stay together."""
    count = int(np.clip(probability.size // MIN_PER_BIN, 1, BINS))
    edges = np.quantile(probability, np.linspace(0, 1, count + 1)[1:-1])
    place = np.searchsorted(np.unique(edges), probability, side="right")
    return tuple(
        ReliabilityBin(
            int((place == b).sum()),
            float(probability[place == b].mean()),
            wilson(int(positive[place == b].sum()), int((place == b).sum())),
        )
        for b in np.unique(place)
    )


def shift_in_the_large(probability: Floats, positive: Bools) -> float:
    """Maximum likelihood shift on the logit scale: the mean probability meets the prevalence."""
    nothing = np.empty((probability.size, 0))
    return fit_logistic(nothing, positive, log_odds(probability)).intercept

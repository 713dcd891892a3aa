"""Local recalibration of a score: what was fitted, and a patient's probability by it.

logit P(positive) = intercept + slope logit(score), fitted by `recalibration_fit` on labelled
patients the network was not trained on. The order of patients stays as it is, and the score itself
is never changed. With few patients only the intercept is fitted. A step function (isotonic
regression) is left out: it needs some thousand patients and makes unequal scores equal.

References
----------
Platt JC. Adv Large Margin Classif 1999:61; Steyerberg EW et al. Stat Med 2004;23:2567 (updating
by intercept, or intercept and slope).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt
from pydantic.dataclasses import dataclass as exact
from scipy.special import expit

from dss_core.records import Task
from dss_core.settings import EXACT
from dss_core.statistics.follow_up import Floats
from dss_core.statistics.interval import Interval, normal_quantile
from dss_core.statistics.logistic import log_odds


class Method(StrEnum):
    """What is fitted; SHIFT keeps the slope at 1."""

    LOGISTIC = "logistic"
    SHIFT = "shift"


@dataclass(frozen=True)
class Weights:
    """The weights a recalibration belongs to: their id and hash."""

    id: str
    sha256: str


def _of_an_estimate(
    found: tuple[tuple[float, float], tuple[float, float]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """A covariance that a maximum has: of both coefficients, or of the intercept alone."""
    (a, b), (c, d) = found
    fixed_slope = b == c == d == 0
    symmetric = abs(b - c) <= 1e-6 * max(abs(b), abs(c))
    if a <= 0 or not symmetric or not (fixed_slope or a * d - b * c > 0):
        raise ValueError("expected the covariance of a fit, symmetric and positive definite")
    return found


@exact(frozen=True, config=EXACT)
class Line:
    """logit P = intercept + slope logit(score).

    Attributes
    ----------
    covariance : tuple of tuples
        Of (intercept, slope); zero where the slope is fixed.
    """

    intercept: StrictFloat
    slope: Annotated[StrictFloat, Field(gt=0)]
    covariance: Annotated[
        tuple[tuple[StrictFloat, StrictFloat], tuple[StrictFloat, StrictFloat]],
        AfterValidator(_of_an_estimate),
    ]


@exact(frozen=True, config=EXACT)
class Recalibration:
    """A fitted recalibration with its provenance.

    Attributes
    ----------
    cohort : str
        Name of the patients it was fitted on.
    synthetic : bool
        No row of it is a patient.
    lowest_score, highest_score : float
        Of those patients; beyond them it extrapolates.
    brier_before, brier_after : float
        Mean squared error; `after` is from 10-fold cross-validation, so it is not apparent.
    made_on : str
        Date, YYYY-MM-DD.
    """

    task: Task
    weights_id: str
    weights_sha256: str
    method: Method
    line: Line
    cohort: str
    synthetic: StrictBool
    n: StrictInt
    n_positive: StrictInt
    lowest_score: StrictFloat
    highest_score: StrictFloat
    brier_before: StrictFloat
    brier_after: StrictFloat
    made_on: str


@dataclass(frozen=True)
class Recalibrated:
    """A patient's recalibrated probability, 95% interval of the fit, and a note or nothing."""

    probability: Interval
    note: str


def line_probability(line: Line, score: Floats) -> Floats:
    """Recalibrated probability of each score (0 to 1)."""
    return np.asarray(expit(line.intercept + line.slope * log_odds(score)))


def recalibrate(found: Recalibration, score: float) -> Recalibrated:
    """A patient's score as probability in the cohort of the recalibration.

    The interval says how well the line is known, not how sure the patient's status is.
    """
    at = np.array([1.0, float(log_odds(np.array([score]))[0])])
    middle = found.line.intercept + found.line.slope * at[1]
    half = normal_quantile(0.95) * float(np.sqrt(at @ np.array(found.line.covariance) @ at))
    low, middle, high = expit(np.array([middle - half, middle, middle + half])).tolist()
    inside = found.lowest_score <= score <= found.highest_score
    note = "" if inside else "score outside the range of the recalibration cohort"
    return Recalibrated(Interval(middle, low, high), note)

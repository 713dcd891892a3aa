"""Local recalibration: a score's probability refitted to one hospital's patients.

logit P(positive) = intercept + slope logit(score), fitted on labelled patients the network was
not trained on. The order of patients stays as it is, and the score itself is never changed. With
few patients only the intercept is fitted. A step function (isotonic regression) is left out: it
needs some thousand patients and makes unequal scores equal.

References
----------
Platt JC. Adv Large Margin Classif 1999:61; Steyerberg EW et al. Stat Med 2004;23:2567 (updating
by intercept, or intercept and slope).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass as exact
from scipy.special import expit, logit
from sklearn.model_selection import StratifiedKFold

from dss_core.errors import CohortError
from dss_core.evaluation.predictors import training_rows
from dss_core.evaluation.reference_labels import numbers, reference_label
from dss_core.records import Task
from dss_core.settings import EXACT
from dss_core.statistics.calibration import calibrate, shift_in_the_large
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.kaplan_meier import Interval, normal_quantile

MIN_CLASS = {"logistic": 20, "shift": 10}
FOLDS, SEED = 10, 20201016
COLUMNS = {Task.EGFR: ("egfr_dls", "egfr_status"), Task.PDL1: ("pdl1_dls", "pdl1_status")}
"""Score and label of each task in a cohort table."""


class Method(StrEnum):
    """What is fitted; SHIFT keeps the slope at 1."""

    LOGISTIC = "logistic"
    SHIFT = "shift"


@dataclass(frozen=True)
class Weights:
    """The weights a recalibration belongs to: their id and hash."""

    id: str
    sha256: str


@exact(frozen=True, config=EXACT)
class Line:
    """logit P = intercept + slope logit(score).

    Attributes
    ----------
    covariance : tuple of tuples
        Of (intercept, slope); zero where the slope is fixed.
    """

    intercept: float
    slope: float
    covariance: tuple[tuple[float, float], tuple[float, float]]


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
    synthetic: bool
    n: int
    n_positive: int
    lowest_score: float
    highest_score: float
    brier_before: float
    brier_after: float
    made_on: str


@dataclass(frozen=True)
class Recalibrated:
    """A patient's recalibrated probability, 95% interval of the fit, and a note or nothing."""

    probability: Interval
    note: str


def fit(
    table: pd.DataFrame,
    task: Task,
    weights: Weights,
    *,
    method: Method = Method.LOGISTIC,
    cohort: str,
    synthetic: bool = False,
    made_on: str,
) -> Recalibration:
    """Fit on the patients of a table outside training who have score and label.

    Raises
    ------
    CohortError
        If the scores are of other weights, there are too few patients, the classes do not
        overlap, or the score ranks them the wrong way round.
    """
    score, label = COLUMNS[task]
    values, known = numbers(table, score), reference_label(table, label)
    _require_weights(table, weights.id)
    use = known.known & np.isfinite(values) & ~training_rows(table)
    x, y = values[use], known.positive[use]
    _require_patients(y, method)
    line = fit_line(x, y, method)
    after = np.empty(x.size)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for kept, left in folds.split(x[:, None], y):
        after[left] = line_probability(fit_line(x[kept], y[kept], method), x[left])
    return Recalibration(
        task,
        weights.id,
        weights.sha256,
        method,
        line,
        cohort,
        synthetic,
        int(y.size),
        int(y.sum()),
        float(x.min()),
        float(x.max()),
        float(((x - y) ** 2).mean()),
        float(((after - y) ** 2).mean()),
        made_on,
    )


def fit_line(score: Floats, positive: Bools, method: Method) -> Line:
    """Maximum likelihood of the line.

    Raises
    ------
    CohortError
        If the classes are separated, or a higher score goes with the negative class.
    """
    if method is Method.SHIFT:
        shift = shift_in_the_large(score, positive)
        p = expit(_logit(score) + shift)
        return Line(shift, 1.0, ((1 / float((p * (1 - p)).sum()), 0.0), (0.0, 0.0)))
    found = calibrate(score, positive)
    slope = found.slope.estimate or 0.0
    if slope <= 0:
        raise CohortError(
            "A higher score should go with a positive reference label, but the fitted slope is "
            f"{slope:.2f}. "
            "No recalibration was made. Check that score and label belong together."
        )
    design = np.column_stack([np.ones(score.size), _logit(score)])
    p = expit(found.intercept + slope * design[:, 1])
    c = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)
    covariance = ((float(c[0, 0]), float(c[0, 1])), (float(c[1, 0]), float(c[1, 1])))
    return Line(found.intercept, slope, covariance)


def line_probability(line: Line, score: Floats) -> Floats:
    """Recalibrated probability of each score (0 to 1)."""
    return np.asarray(expit(line.intercept + line.slope * _logit(score)))


def recalibrate(found: Recalibration, score: float) -> Recalibrated:
    """A patient's score as probability in the cohort of the recalibration.

    The interval says how well the line is known, not how sure the patient's status is.
    """
    at = np.array([1.0, float(_logit(np.array([score]))[0])])
    middle = found.line.intercept + found.line.slope * at[1]
    half = normal_quantile(0.95) * float(np.sqrt(at @ np.array(found.line.covariance) @ at))
    low, middle, high = expit(np.array([middle - half, middle, middle + half])).tolist()
    inside = found.lowest_score <= score <= found.highest_score
    note = "" if inside else "score outside the range of the recalibration cohort"
    return Recalibrated(Interval(middle, low, high), note)


def _logit(score: Floats) -> Floats:
    return np.asarray(logit(np.clip(score, 1e-6, 1 - 1e-6)))


def _require_weights(table: pd.DataFrame, weights_id: str) -> None:
    cells = table.get("score_weights_id")
    found = sorted(cells.dropna().unique()) if cells is not None else []
    if found != [weights_id]:
        raise CohortError(
            f"Recalibrating the weights {weights_id} needs scores made by them: every patient "
            f"with score_weights_id = {weights_id}, found {', '.join(found) or 'none named'}. "
            "Score the cohort with these weights and name them in that column."
        )


def _require_patients(positive: Bools, method: Method) -> None:
    yes, no = int(positive.sum()), int((~positive).sum())
    needed = MIN_CLASS[method]
    if min(yes, no) < needed:
        raise CohortError(
            f"Recalibration ({method}) needs {needed} positive and {needed} negative independent "
            f"patients, found {yes} and {no}."
            + (" Use the method shift, or more patients." if min(yes, no) >= 10 else "")
        )

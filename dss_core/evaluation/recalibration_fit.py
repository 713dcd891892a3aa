"""Fits a local recalibration on the patients of a cohort table; see `recalibration`."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from dss_core.errors import CohortError
from dss_core.evaluation.predictors import training_rows
from dss_core.evaluation.recalibration import (
    Line,
    Method,
    Recalibration,
    Weights,
    line_probability,
)
from dss_core.evaluation.reference_labels import numbers, reference_label
from dss_core.records import Task
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.logistic import fit_logistic, log_odds
from dss_core.statistics.maximum_likelihood import NoEstimateError

MIN_CLASS = {"logistic": 20, "shift": 10}
FOLDS, SEED = 10, 20201016
COLUMNS = {Task.EGFR: ("egfr_dls", "egfr_status"), Task.PDL1: ("pdl1_dls", "pdl1_status")}
"""Score and label of each task in a cohort table."""


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
    x = log_odds(score)
    if method is Method.SHIFT:
        shift = fit_logistic(np.empty((x.size, 0)), positive, x)
        return Line(shift.intercept, 1.0, ((float(shift.covariance[0, 0]), 0.0), (0.0, 0.0)))
    try:
        found = fit_logistic(x[:, None], positive)
    except NoEstimateError as problem:
        raise NoEstimateError(
            f"No recalibration was made: {problem} The score separates the classes, or is the "
            "same in all patients. Use more patients."
        ) from problem
    slope = float(found.coef[0])
    if slope <= 0:
        raise CohortError(
            "A higher score should go with a positive reference label, but the fitted slope is "
            f"{slope:.2f}. "
            "No recalibration was made. Check that score and label belong together."
        )
    (a, b), (c, d) = found.covariance.tolist()
    return Line(found.intercept, slope, ((a, b), (c, d)))


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

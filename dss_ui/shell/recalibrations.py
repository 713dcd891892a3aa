"""Recalibrations kept with the weights of a result."""

from dss_core.case.case_result import CaseResult
from dss_core.errors import WeightsError
from dss_core.evaluation.recalibration import Recalibration, Weights
from dss_core.evaluation.recalibration_store import load
from dss_core.records import Task


def stored(result: CaseResult) -> dict[Task, Recalibration]:
    """The recalibrations kept with the weights of a result; one that cannot be used is left out."""
    weights = Weights(result.weights_id, result.weights_sha256)
    found = {}
    for score in result.scores:
        try:
            one = load(weights, score.task)
        except WeightsError:
            continue
        if one is not None:
            found[score.task] = one
    return found

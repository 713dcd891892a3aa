"""Case report: a result as plain values for people and programs, and back, without identifiers."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dss_core.case.case_result import AppliedRegistration, CaseResult
from dss_core.errors import InputError
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.recalibration import Recalibration, recalibrate
from dss_core.reading.strict_json import refusal
from dss_core.records import Task, TaskScore, Withheld


def as_json(
    result: CaseResult, recalibrations: Mapping[Task, Recalibration] | None = None
) -> dict[str, Any]:
    """The result as JSON values, the same for the dashboard and the command line.

    Lengths in mm, volumes in mL, SUV in g/mL; scores are probabilities, higher means more
    likely EGFR mutant or PD-L1 positive.
    """
    return {
        "weights_id": result.weights_id,
        "weights_sha256": result.weights_sha256,
        "demo_weights": result.demo_weights,
        "suv": asdict(result.suv_origin) | {"max": result.suv.max, "mean": result.suv.mean},
        "alignment": result.alignment,
        "registration": _registration(result.registration),
        "roi": asdict(result.roi) | {"n_slices": len(result.z_mm)},
        "network_input": {"z_mm": list(result.z_mm), "side_mm": list(result.side_mm)},
        "measures": asdict(result.measures),
        **{
            str(score.task): {
                **_score(score),
                "recalibrated": _recalibrated(score, (recalibrations or {}).get(score.task)),
            }
            for score in result.scores
        },
        **_withheld(result.withheld),
        "warnings": [asdict(c) for c in result.warnings],
        "preprocessing": jsonable(result.preprocessing),
        "input_digest": result.input_digest,
        "versions": dict(result.versions),
        "notice": "Research use only. Not a medical device.",
    }


def result_from_json(values: Mapping[str, Any]) -> CaseResult:
    """The result that `as_json` wrote; recalibrated values belong to the reader, not to it.

    Raises
    ------
    InputError
        If the values are not those of a result; names every field that does not fit.
    """
    try:
        return _model().validate_python(_fields(values))
    except ValidationError as fault:
        advice = "Score the case again."
        raise refusal(fault, "The kept result", InputError, advice) from fault
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise InputError(
            f"The kept result cannot be used: {fault} is not as `score` prints it. "
            "Score the case again."
        ) from fault


@cache
def _model() -> TypeAdapter[CaseResult]:
    return TypeAdapter(CaseResult)


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the JSON under the names of `CaseResult`."""
    suv, measures, found = values["suv"], values["measures"], values["withheld"]
    tasks = [str(task) for task in Task if str(task) in values]
    same = (
        "weights_id",
        "weights_sha256",
        "demo_weights",
        "measures",
        "alignment",
        "registration",
        "warnings",
        "preprocessing",
        "input_digest",
        "versions",
    )
    return {name: values[name] for name in same} | {
        "roi": {k: values["roi"][k] for k in ("name", "method", "volume_ml")},
        "suv": {"max": suv["max"], "mean": suv["mean"], "n_voxels": measures["n_pet_voxels"]},
        "suv_origin": {k: suv[k] for k in ("type", "rule", "reference_time")},
        "z_mm": values["network_input"]["z_mm"],
        "side_mm": values["network_input"]["side_mm"],
        "scores": [_score_fields(task, values[task]) for task in tasks if found is None],
        "withheld": None if found is None else found | {"tasks": tasks},
    }


def _score_fields(task: str, values: Mapping[str, Any]) -> dict[str, Any]:
    low, high = values["interval"]
    return {
        "task": task,
        **{k: values[k] for k in ("dls", "cutoff", "cutoff_origin", "group", "slices")},
        "interval": {
            "low": low,
            "high": high,
            "level": values["interval_level"],
            **values["interval_log_odds_sd"],
        },
    }


def _registration(found: AppliedRegistration | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return asdict(found) | {"pet_to_ct": [list(row) for row in found.pet_to_ct]}


def _withheld(withheld: Withheld | None) -> dict[str, Any]:
    """`withheld` with code and reason or null, and each such task as a score that is not there."""
    if withheld is None:
        return {"withheld": None}
    absent = {"dls": None, "group": "withheld", "reason": withheld.reason}
    return {
        **{str(task): absent for task in withheld.tasks},
        "withheld": {"code": withheld.code, "reason": withheld.reason},
    }


def _score(score: TaskScore) -> dict[str, Any]:
    return {
        "dls": score.dls,
        "interval": [score.interval.low, score.interval.high],
        "interval_level": score.interval.level,
        "interval_log_odds_sd": {
            "outline": score.interval.outline,
            "slices": score.interval.slices,
            "ensemble": score.interval.ensemble,
        },
        "cutoff": score.cutoff,
        "cutoff_origin": score.cutoff_origin,
        "group": str(score.group),
        "slices": [asdict(s) for s in score.slices],
    }


def _recalibrated(score: TaskScore, found: Recalibration | None) -> dict[str, Any] | None:
    if found is None:
        return None
    value = recalibrate(found, score.dls)
    return {
        "probability": value.probability.estimate,
        "ci95": [value.probability.low, value.probability.high],
        "note": value.note,
        "fitted_on": found.cohort,
        "synthetic": found.synthetic,
        "n": found.n,
        "n_positive": found.n_positive,
        "made_on": found.made_on,
        "method": str(found.method),
        "intercept": found.line.intercept,
        "slope": found.line.slope,
    }

"""Case report: a result as plain values for people and programs, without identifiers."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from dss_core import __version__
from dss_core.case.case_result import CaseResult
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.recalibration import Recalibration, recalibrate
from dss_core.records import Task, TaskScore, Withheld
from dss_core.spatial.registration import Registration


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
        "suv": {
            "type": result.suv_record.type,
            "rule": result.suv_record.rule,
            "reference_time": result.suv_record.reference_time,
            "max": result.suv.max,
            "mean": result.suv.mean,
        },
        "alignment": result.alignment,
        "registration": _registration(result.registration),
        "roi": {
            "name": result.roi.name,
            "method": result.roi.method,
            "volume_ml": result.roi.volume_ml,
            "n_slices": len(result.tensor.z_mm),
        },
        "network_input": {
            "z_mm": result.tensor.z_mm.tolist(),
            "side_mm": result.tensor.side_mm.tolist(),
        },
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
        "versions": versions(),
        "notice": "Research use only. Not a medical device.",
    }


def versions() -> dict[str, str]:
    """Versions of everything that can change a number."""
    packages = ("torch", "numpy", "SimpleITK", "pydicom")
    return {
        "dss_core": __version__,
        "python": platform.python_version(),
        **{p: version(p) for p in packages},
    }


def _registration(found: Registration | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "pet_to_ct": found.matrix.tolist(),
        "shift_mm": found.shift_mm,
        "rotation_deg": found.rotation_deg,
        "mi_before": found.mi_before,
        "mi_after": found.mi_after,
        "overlap": found.overlap,
    }


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

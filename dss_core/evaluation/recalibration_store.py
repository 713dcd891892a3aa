"""Stored recalibrations, beside the weights they belong to.

`recalibration-<task>.json` lies in the bundle's folder under the user's home; for a bundle that
came with the program, in a folder of the same name there. The file holds the SHA-256 of its own
content and of the weights' card: a changed file, or one for other weights, is refused.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dss_core import storage
from dss_core.errors import WeightsError
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.recalibration import Recalibration, Weights
from dss_core.reading.strict_json import read_json, refusal
from dss_core.records import Task
from dss_core.settings import home
from dss_core.storage import read_if_there, write_whole

FORMAT = 1


def save(found: Recalibration) -> Path:
    """Write, replacing an earlier one of the same weights and task; returns the file."""
    path = _path(found.weights_id, found.task)
    content = {"format": FORMAT, **jsonable(found)}
    text = json.dumps({**content, "sha256": _digest(content)}, indent=2, allow_nan=False) + "\n"
    write_whole(path, text.encode())
    return path


def load(weights: Weights, task: Task) -> Recalibration | None:
    """The stored recalibration of these weights, or None.

    Raises
    ------
    WeightsError
        If the file was changed, is malformed or was fitted for other weights of that id.
    """
    path = _path(weights.id, task)
    if (stored := read_if_there(path)) is None:
        return None
    remedy = f"Fit it again, or remove it: {path.name} of the weights {weights.id}."
    what = "The stored recalibration"
    try:
        content = read_json(stored, what, WeightsError)
    except WeightsError as fault:
        raise WeightsError(f"{fault} {remedy}") from fault
    if not isinstance(content, dict):
        raise WeightsError(f"{what} must be a JSON object. {remedy}")
    stated, made_as = content.pop("sha256", None), content.get("format")
    if stated != _digest(content) or made_as != FORMAT:
        raise WeightsError(f"{what} was changed since it was made. {remedy}")
    del content["format"]
    try:
        found = TypeAdapter(Recalibration).validate_python(content)
    except ValidationError as fault:
        raise refusal(fault, what, WeightsError, remedy) from fault
    if (found.weights_id, found.weights_sha256, found.task) != (weights.id, weights.sha256, task):
        raise WeightsError(
            f"The stored recalibration was fitted for other weights (SHA-256 "
            f"{found.weights_sha256[:12]}...) than these ({weights.sha256[:12]}...). {remedy}"
        )
    return found


def remove(weights_id: str, task: Task) -> bool:
    """Delete it; whether there was one."""
    return storage.remove(_path(weights_id, task))


def _path(weights_id: str, task: Task) -> Path:
    return home() / "weights" / weights_id / f"recalibration-{task}.json"


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

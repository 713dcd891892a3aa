"""Results as JSON: dataclasses by field, arrays as lists, non-finite numbers as null."""

import math
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np


def jsonable(value: Any) -> Any:
    """A JSON value; numbers that are not finite become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return [jsonable(item) for item in value.tolist()]
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

"""A command that has done a part of what was asked: its answer is printed, its exit status is 2."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PartlyDone:
    """An answer with what is missing, and the sentence that says so."""

    answer: dict[str, Any]
    refusal: str

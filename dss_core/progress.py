"""Progress: the steps of a computation, and the callback that receives them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class StepName(StrEnum):
    """The steps of a case, in order."""

    READ = "read"
    SUV = "suv"
    ALIGN = "align"
    REGION = "region"
    TENSOR = "tensor"
    SCORE = "score"


@dataclass(frozen=True)
class Step:
    """One finished step: what came out in a few words, and how long it took."""

    name: StepName
    detail: str
    seconds: float


ProgressCallback = Callable[[Step], None]


def no_progress(step: Step) -> None:
    """A callback that does nothing."""


class Clock:
    """Tells each step with the time since the one before."""

    def __init__(self, on_step: ProgressCallback) -> None:
        self._on_step = on_step
        self._last = time.perf_counter()

    def done(self, name: StepName, detail: str) -> None:
        """Tell a step that has ended."""
        now = time.perf_counter()
        self._on_step(Step(name, detail, now - self._last))
        self._last = now

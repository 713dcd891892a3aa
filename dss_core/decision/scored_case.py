"""The scores of a scored case as the imaging pathway takes them; other keys are left alone."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dss_core.decision.pathway import NAMES, ImagingScore, ImagingScores, ScoreGroup
from dss_core.decision.patient import Number
from dss_core.errors import DecisionError
from dss_core.reading.strict_json import refusal
from dss_core.records import Task

Fraction = Annotated[Number, Field(ge=0, le=1)]


class _Score(BaseModel):
    """One task's row of a scored case, as far as the pathway needs it."""

    model_config = ConfigDict(frozen=True)

    group: ScoreGroup | None = None
    dls: Fraction | None = None
    cutoff: Fraction | None = None
    interval: tuple[Fraction, Fraction] | None = None
    cutoff_origin: Any = None
    reason: Any = None

    @model_validator(mode="after")
    def _one_score(self) -> Self:
        """A score that was not withheld has all its parts, and they agree."""
        if self.group is ScoreGroup.WITHHELD:
            return self
        if self.dls is None or self.cutoff is None:
            raise ValueError("needs dls and cutoff from 0 to 1")
        if self.interval and self.interval[0] > self.interval[1]:
            raise ValueError(f"interval must be [lower, upper], found {list(self.interval)}")
        side = ScoreGroup.HIGH if self.dls >= self.cutoff else ScoreGroup.LOW
        if self.group not in (None, ScoreGroup.INDETERMINATE, side):
            raise ValueError(
                f"called {self.group.value!r} but {self.dls:g} against {self.cutoff:g} is {side}"
            )
        return self


class _Scored(BaseModel):
    """The record of a scored case, as far as the pathway needs it."""

    model_config = ConfigDict(frozen=True)

    weights_id: Annotated[str, Field(strict=True)] = ""
    egfr: _Score | None = None
    pdl1: _Score | None = None
    demo_weights: Any = False
    warnings: Any = ()

    def score(self, task: Task) -> tuple[ImagingScore | None, str]:
        """One task's score, or None and why there is none."""
        row: _Score | None = getattr(self, task.value)
        if row is None:
            return None, f"The scored case has no {NAMES[task]}."
        if row.group is ScoreGroup.WITHHELD:
            because = f": {row.reason}" if isinstance(row.reason, str) else "."
            return None, f"{NAMES[task]} was withheld when the case was scored{because}"
        assert row.dls is not None and row.cutoff is not None
        origin = (
            f"card of the weights {self.weights_id}" if self.weights_id else "the weights' card"
        )
        if isinstance(row.cutoff_origin, str):
            origin += f": {row.cutoff_origin}"
        between = row.group is ScoreGroup.INDETERMINATE
        return ImagingScore(task, row.dls, row.cutoff, origin, row.interval, between), ""

    def warned_of(self, code: str) -> bool:
        """Whether a warning with this code came with the scores."""
        listed = self.warnings if isinstance(self.warnings, list) else []
        return any(isinstance(w, dict) and w.get("code") == code for w in listed)


def scores_from_result(value: Any) -> ImagingScores:
    """Scores from a scored case: `weights_id` and one object per task with dls, cutoff, group.

    Raises
    ------
    DecisionError
        If it is no scored case, or a score is malformed or contradicts its own group; names every
        fault.
    """
    try:
        scored = _Scored.model_validate(value)
    except ValidationError as fault:
        raise refusal(fault, "The score", DecisionError, "Score the case again.") from fault
    if not scored.weights_id and scored.egfr is scored.pdl1 is None:
        raise DecisionError(
            "A result of `score` was expected, with weights_id and scores; found other JSON. Give "
            "the file that `score --out` wrote, or the `result` of `cases show`."
        )
    egfr, no_egfr = scored.score(Task.EGFR)
    pdl1, no_pdl1 = scored.score(Task.PDL1)
    return ImagingScores(
        egfr,
        pdl1,
        scored.weights_id,
        scored.demo_weights is True,
        no_egfr,
        no_pdl1,
        scored.warned_of("unusual_images"),
    )

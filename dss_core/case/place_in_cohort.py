"""Place of a case among past patients: position of each score, and what became of its group.

Scores of different weights never mix: a cohort that other weights scored gives no place. Nothing
here predicts an individual course.
"""

from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from dss_core.case.record import CaseRecord, Document
from dss_core.records import Group, Task
from dss_core.settings import EXACT

Share = Annotated[float, Field(ge=0.0, le=1.0)]
_T = TypeVar("_T")


@dataclass(frozen=True, config=EXACT)
class CohortNote:
    """Which cohort: name and digest as `KnownCohort`, and the weights of its scores."""

    name: str
    synthetic: bool
    digest: str
    n: int
    weights_id: str


@dataclass(frozen=True, config=EXACT)
class ScorePosition:
    """One score among those of the cohort.

    Attributes
    ----------
    cutoff : float
        Of the weights that made all of these scores.
    percentile : float
        Share of the cohort's scores below this one, 0 to 100.
    n_scored : int
        Patients of the cohort with this score.
    """

    task: Task
    dls: Share
    cutoff: Share
    group: Group
    percentile: float
    n_scored: int


@dataclass(frozen=True, config=EXACT)
class Estimate:
    """A number with its 95% limits; None where it is not reached, with the reason if there is one.

    Attributes
    ----------
    estimate, low, high : float or None
    reason : str
    """

    estimate: float | None
    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, config=EXACT)
class RiskCount:
    """One column of the table under a Kaplan-Meier plot."""

    months: float
    at_risk: int
    censored: int
    events: int


@dataclass(frozen=True, config=EXACT)
class Step:
    """A curve just after an event; the limits are None where survival is 1 or 0."""

    months: float
    survival: Share
    low: Share | None
    high: Share | None


@dataclass(frozen=True, config=EXACT)
class Censoring:
    """A censoring tick on a curve."""

    months: float
    survival: Share


@dataclass(frozen=True, config=EXACT)
class GroupCurve:
    """The Kaplan-Meier curve of one side of a cut-off.

    Attributes
    ----------
    group : Group
        HIGH or LOW.
    end : float
        Month after which nobody is at risk, where the curve ends.
    median, at_12 : Estimate
        Median in months; survival at 12 months.
    """

    group: Group
    n: int
    events: int
    end: float
    median: Estimate
    at_12: Estimate
    steps: tuple[Step, ...]
    censored: tuple[Censoring, ...]
    counts: tuple[RiskCount, ...]


@dataclass(frozen=True, config=EXACT)
class GroupSurvival:
    """Both sides of one score's cut-off among the patients on one treatment.

    Attributes
    ----------
    treatment : str
        Empty where the cohort names none.
    endpoint : str
        "pfs" or "os".
    curves : tuple of GroupCurve
        Low, then high.
    hazard_ratio : Estimate, optional
        High against low.
    not_reported : str
        Why there is no test or hazard ratio.
    """

    task: Task
    treatment: str
    endpoint: str
    n_selected: int
    curves: tuple[GroupCurve, ...]
    logrank_p: float | None
    hazard_ratio: Estimate | None
    not_reported: str


@dataclass(frozen=True, config=EXACT)
class CohortPlace:
    """A case among past patients.

    Attributes
    ----------
    positions : tuple of ScorePosition
        One a score that was given and that the cohort has.
    survival : tuple of GroupSurvival
        Empty where the cohort has no follow-up.
    """

    cohort: CohortNote
    positions: tuple[ScorePosition, ...]
    survival: tuple[GroupSurvival, ...]

    def position(self, task: Task) -> ScorePosition | None:
        """Where a score lies."""
        return next((one for one in self.positions if one.task is task), None)


_PLACE = TypeAdapter(CohortPlace)


def place_to_json(place: CohortPlace | None) -> Document | None:
    """As `cases show` prints it."""
    return None if place is None else _PLACE.dump_python(place, mode="json")


def place_of(record: CaseRecord) -> CohortPlace | None:
    """The place in a record; None where there is none that this program can use.

    That of other scores and that of another version of the program are worked out anew from the
    record by whoever needs them, so they never stand in the way of the rest.
    """
    if record.place is None:
        return None
    try:
        place = _PLACE.validate_python(record.place)
    except ValidationError:
        return None
    mine = place.cohort.weights_id == record.result.get("weights_id") and all(
        one.dls == scored(record.result, one.task) for one in place.positions
    )
    return place if mine else None


def scored(result: Document, task: Task) -> float | None:
    """A score in a result as `score` prints it; None where it was withheld or is not there."""
    row = result.get(str(task))
    value = row.get("dls") if isinstance(row, dict) else None
    return float(value) if isinstance(value, int | float) else None

"""The imaging pathway: which side of its cut-off each score lies on, and what that suggests.

Published idea (Mu et al., Nat Commun 2020, doi 10.1038/s41467-020-19116-x): EGFR-DLS high,
consider an EGFR-TKI; EGFR-DLS low and PDL1-DLS high, consider immunotherapy. The rules are
the rule set `imaging_2020`. It never sees a patient record and never fills a biomarker field.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dss_core.decision.pathway_engine import Route, route
from dss_core.decision.patient_file import PatientFile
from dss_core.decision.rule_set import imaging_rules
from dss_core.errors import DecisionError
from dss_core.records import Task

PUBLISHED_CUTOFFS = {Task.EGFR: 0.5, Task.PDL1: 0.54}
PUBLISHED_ORIGIN = "published, Mu et al. 2020"
NAMES = {Task.EGFR: "EGFR-DLS", Task.PDL1: "PDL1-DLS"}


class ScoreGroup(StrEnum):
    """Where a score lies; INDETERMINATE when its interval includes the cut-off."""

    HIGH = "high"
    LOW = "low"
    INDETERMINATE = "between"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class ImagingScore:
    """One score as the pathway needs it.

    Attributes
    ----------
    dls : float
        0 to 1; higher means more likely mutant (EGFR) or PD-L1 positive.
    cutoff : float
        High is dls >= cutoff.
    origin : str
        Where the cut-off comes from, in words.
    interval : (float, float) or None
        Lower and upper end; crossing the cut-off puts the score between the groups.
    between : bool
        True if whoever made the score already called it between the groups.
    """

    task: Task
    dls: float
    cutoff: float
    origin: str
    interval: tuple[float, float] | None = None
    between: bool = False

    @property
    def group(self) -> ScoreGroup:
        """Side of the cut-off, or between."""
        if self.between or (self.interval and self.interval[0] < self.cutoff <= self.interval[1]):
            return ScoreGroup.INDETERMINATE
        return ScoreGroup.HIGH if self.dls >= self.cutoff else ScoreGroup.LOW

    @property
    def says(self) -> str:
        """The score against its cut-off in one sentence."""
        name = NAMES[self.task]
        against = f"its cut-off {self.cutoff:g} ({self.origin})"
        if self.group is ScoreGroup.INDETERMINATE:
            span = f" ({self.interval[0]:.2f} to {self.interval[1]:.2f})" if self.interval else ""
            return f"{name} {self.dls:.2f}: its interval{span} includes {against}."
        side = "at or above" if self.group is ScoreGroup.HIGH else "below"
        return f"{name} {self.dls:.2f} is {side} {against}."


@dataclass(frozen=True)
class ImagingScores:
    """The two scores of one patient; None is withheld, with the reason why.

    Attributes
    ----------
    weights_id : str
        Which weights made them; empty when typed in by hand.
    demo : bool
        True for demo weights, whose scores say nothing about a patient.
    unusual : bool
        True when whoever made the scores warned that the images are unusual.
    """

    egfr: ImagingScore | None
    pdl1: ImagingScore | None
    weights_id: str = ""
    demo: bool = False
    egfr_reason: str = "No EGFR-DLS was given."
    pdl1_reason: str = "No PDL1-DLS was given."
    unusual: bool = False

    def value(self, field: str) -> str:
        """Group by field name, for the route."""
        score = {"egfr_group": self.egfr, "pdl1_group": self.pdl1}[field]
        return (score.group if score else ScoreGroup.WITHHELD).value

    def gene(self, gene: str) -> str:
        """A score says nothing about a gene."""
        raise AssertionError(f"the imaging pathway must not ask for {gene}")


DEMO = "Made with demo weights, trained on simulated lesions: it says nothing about a patient."
UNUSUAL = "Images unlike the training data: the score may be unreliable. See the score warnings."


@dataclass(frozen=True)
class ImagingResult:
    """What the scores suggest, why, and the route that says so."""

    scores: ImagingScores
    route: Route
    reasons: tuple[str, ...]

    @property
    def recommendation(self) -> str:
        """Id of the end node, e.g. `consider_egfr_tki`."""
        return self.route.node.id


def imaging_result(scores: ImagingScores) -> ImagingResult:
    """Route the imaging pathway with a patient's scores."""
    result = route(imaging_rules().table(), scores)
    asked = {taken.step.id for taken in result.path}
    reasons = [scores.egfr.says if scores.egfr else scores.egfr_reason]
    if "pdl1" in asked:
        reasons.append(scores.pdl1.says if scores.pdl1 else scores.pdl1_reason)
    if scores.unusual:
        reasons.append(UNUSUAL)
    if scores.demo:
        reasons.append(DEMO)
    reasons.append(result.node.says)
    if result.node.reading:
        reasons.append(result.node.reading)
    return ImagingResult(scores, result, tuple(reasons))


def scores_from_file(file: PatientFile) -> ImagingScores:
    """Scores typed into the patient file, against the published cut-offs."""

    def score(task: Task, dls: float | None) -> ImagingScore | None:
        return None if dls is None else published(task, dls)

    return ImagingScores(score(Task.EGFR, file.egfr_dls), score(Task.PDL1, file.pdl1_dls))


def published(task: Task, dls: float) -> ImagingScore:
    """A score without an interval against the published cut-off."""
    return ImagingScore(task, dls, PUBLISHED_CUTOFFS[task], PUBLISHED_ORIGIN)


def scores_from_result(value: Any) -> ImagingScores:
    """Scores from a scored case: `weights_id` and one object per task with dls, cutoff, group.

    Other keys are left alone: the result of a scored case holds much more than this.

    Raises
    ------
    DecisionError
        If a score is malformed or contradicts its own group.
    """
    if not isinstance(value, dict):
        raise DecisionError("The score must be a JSON object as written by scoring a case.")
    weights_id = value.get("weights_id", "")
    if not isinstance(weights_id, str):
        raise DecisionError(f"weights_id of the score must be text, not {weights_id!r}.")
    faults: list[str] = []
    scores: dict[Task, ImagingScore | None] = {}
    reasons: dict[Task, str] = {}
    for task in Task:
        scores[task], reasons[task] = _score(task, value.get(task.value), weights_id, faults)
    if faults:
        raise DecisionError(f"The score cannot be used: {'; '.join(faults)}. Score the case again.")
    return ImagingScores(
        scores[Task.EGFR],
        scores[Task.PDL1],
        weights_id,
        value.get("demo_weights") is True,
        reasons[Task.EGFR],
        reasons[Task.PDL1],
        _warned_of(value.get("warnings"), "unusual_images"),
    )


def _warned_of(warnings: Any, code: str) -> bool:
    listed = warnings if isinstance(warnings, list) else []
    return any(isinstance(w, dict) and w.get("code") == code for w in listed)


def _score(
    task: Task, row: Any, weights_id: str, faults: list[str]
) -> tuple[ImagingScore | None, str]:
    """One task's score, or None and why it is withheld; faults are added to the list."""
    name = NAMES[task]
    if row is None:
        return None, f"The scored case has no {name}."
    if not isinstance(row, dict):
        faults.append(f"{task} must be an object, not {row!r}")
        return None, ""
    group, interval = row.get("group"), row.get("interval")
    if group == ScoreGroup.WITHHELD:
        reason = row.get("reason")
        because = f": {reason}" if isinstance(reason, str) else "."
        return None, f"{name} was withheld when the case was scored{because}"
    dls: Any = row.get("dls")
    cutoff: Any = row.get("cutoff")
    if not _fraction(dls) or not _fraction(cutoff):
        faults.append(f"{task} needs dls and cutoff from 0 to 1, found {dls!r} and {cutoff!r}")
        return None, ""
    if interval is not None and not (
        isinstance(interval, list)
        and len(interval) == 2
        and all(map(_fraction, interval))
        and interval[0] <= interval[1]
    ):
        faults.append(f"interval of {task} must be [lower, upper] from 0 to 1, found {interval!r}")
        return None, ""
    origin = f"card of the weights {weights_id}" if weights_id else "the weights' card"
    if isinstance(row.get("cutoff_origin"), str):
        origin += f": {row['cutoff_origin']}"
    span = (float(interval[0]), float(interval[1])) if interval else None
    score = ImagingScore(
        task, float(dls), float(cutoff), origin, span, group == ScoreGroup.INDETERMINATE
    )
    side = ScoreGroup.HIGH if dls >= cutoff else ScoreGroup.LOW
    if group not in (None, ScoreGroup.INDETERMINATE, side):
        faults.append(f"{task} is called {group!r} but {dls:g} against {cutoff:g} is {side}")
    return score, ""


def _fraction(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1

"""The imaging pathway: which side of its cut-off each score lies on, and what that suggests.

Published idea (Mu et al., Nat Commun 2020, doi 10.1038/s41467-020-19116-x): EGFR-DLS high,
consider an EGFR-TKI; EGFR-DLS low and PDL1-DLS high, consider immunotherapy. The rules are
the rule set `imaging_2020`. Of a patient record it sees only what puts the patient outside its
scope, and it never fills a biomarker field.
"""

from dataclasses import dataclass
from enum import StrEnum

from dss_core.decision.pathway_engine import Route, route
from dss_core.decision.patient import FieldValue, Patient
from dss_core.decision.patient_file import PatientFile
from dss_core.decision.rule_set import SCOPE_FIELDS, imaging_rules
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


@dataclass(frozen=True)
class _Facts:
    """What the imaging pathway is asked with: the groups of the scores and the scope."""

    scores: ImagingScores
    patient: Patient

    def value(self, field: str) -> FieldValue:
        """Group of a score, or a fact of the scope."""
        if field in SCOPE_FIELDS:
            return self.patient.value(field)
        score = {"egfr_group": self.scores.egfr, "pdl1_group": self.scores.pdl1}[field]
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


OUTSIDE_SCOPE = "outside_scope"
NOTHING_RECORDED = Patient()


def imaging_result(scores: ImagingScores, patient: Patient = NOTHING_RECORDED) -> ImagingResult:
    """Route the imaging pathway with a patient's scores, unless the patient is out of its scope."""
    result = route(imaging_rules().table(), _Facts(scores, patient))
    asked = {taken.step.id for taken in result.path}
    if result.node.id == OUTSIDE_SCOPE:
        return ImagingResult(
            scores, result, (result.node.says, f"{result.path[-1].branch.answer}.")
        )
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

"""The decision in a case record, as long as it is on the scores of that record, and who signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from dss_core.case.place_in_cohort import scored
from dss_core.case.record import LOCAL_USER, Action, CaseRecord, Document
from dss_core.decision.agreement import Agreement
from dss_core.decision.assessment import Assessment, Opinion, assessment_from_json
from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.rule_words import Strategy
from dss_core.decision.scored_case import scores_from_result
from dss_core.records import Task

_CONTENT = {
    Action.SCORED,
    Action.RESCORED,
    Action.REGION_CHANGED,
    Action.FACTS_CHANGED,
    Action.ASSESSED,
    Action.IMPORTED,
}
"""Actions after which a signature that was given before is one of something else."""
_NOT_OF_THE_PATIENT = {"guideline_snapshot", "egfr_dls", "pdl1_dls"}


@dataclass(frozen=True)
class Signature:
    """Who signed a case, and when.

    Attributes
    ----------
    who : str
        As `Event.who`, never the local user.
    """

    who: str
    at: datetime


def recorded_decision(record: CaseRecord) -> Document:
    """The decision of the record; decided anew where there is none, it is on other scores or
    another version of the program wrote it.

    Raises
    ------
    DecisionError
        If the facts or scores of the record cannot be used.
    """
    if record.decision is not None and _is_of(record.decision, record.result):
        return record.decision
    rules = guideline_rules()
    file = patient_from_json(record.patient, rules)
    return decision_to_json(decide(file, scores_from_result(record.result), rules))


def has_facts(record: CaseRecord) -> bool:
    """Whether anything is recorded of the patient."""
    known = (value for name, value in record.patient.items() if name not in _NOT_OF_THE_PATIENT)
    return any(_says(value) for value in known)


def last_assessment(record: CaseRecord) -> Assessment | None:
    """The clinicians' last assessment of the case, as `CaseRecord.assessment`.

    Raises
    ------
    DecisionError
        If it is not as this program writes it.
    """
    return assessment_from_json(record.assessment) if record.assessment else None


def assessed_by(record: CaseRecord) -> str:
    """Who gave the last assessment of the case, as `Event.who`; empty where that is not known."""
    authors = [event.who for event in record.history if event.action is Action.ASSESSED]
    given = [one is record.assessment for one in record.verdicts]
    named = zip(reversed(given), reversed(authors), strict=False)
    return next((who for mine, who in named if mine), "")


def signature(record: CaseRecord) -> Signature | None:
    """Who signed the case as it is now; None where nobody did.

    To sign is to accept or to disagree as a person with a name, on the answer of the record, with
    nothing changed since. An imported case was signed elsewhere, which cannot be proved here.

    Raises
    ------
    DecisionError
        As `last_assessment` and `recorded_decision`.
    """
    events = [event for event in record.history if event.action in _CONTENT]
    given = last_assessment(record)
    if given is None or given.opinion is Opinion.NOT_USABLE:
        return None
    if record.verdicts[-1] is not record.assessment:
        return None
    if not events or events[-1].action is not Action.ASSESSED or events[-1].who == LOCAL_USER:
        return None
    decision: Any = recorded_decision(record)
    answer = decision["guideline"]["node"], decision["imaging"]["recommendation"]
    if (given.node, given.recommendation) != answer:
        return None
    return Signature(events[-1].who, events[-1].at)


class _Score(BaseModel):
    dls: float


class _Imaging(BaseModel):
    recommendation: str
    weights_id: str | None
    egfr: _Score | None
    pdl1: _Score | None


class _Guideline(BaseModel):
    snapshot: str
    node: str
    title: str
    strategy: Strategy


class _Tissue(BaseModel):
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    pdl1: float | None
    pdl1_measure: str
    against_imaging: bool


class _Decision(BaseModel):
    """What the reports read of a decision as `decide` prints it."""

    guideline: _Guideline
    imaging: _Imaging
    tissue: _Tissue | None
    agreement: Agreement
    reasons: tuple[str, ...]


def _is_of(decision: Document, result: Document) -> bool:
    """Whether a decision is of this version of the program, and on these scores."""
    try:
        imaging = _Decision.model_validate(decision).imaging
    except ValidationError:
        return False
    if imaging.weights_id != result.get("weights_id"):
        return False
    dls = [score and score.dls for score in (imaging.egfr, imaging.pdl1)]
    return dls == [scored(result, task) for task in (Task.EGFR, Task.PDL1)]


def _says(value: object) -> bool:
    """Whether a value says anything; what is not recorded does not."""
    if isinstance(value, dict):
        return any(_says(inner) for inner in value.values())
    return value not in (None, "", [], "unknown")

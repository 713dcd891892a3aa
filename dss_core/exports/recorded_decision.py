"""The decision in a case record, as long as it is on the scores of that record."""

from typing import Any

from dss_core.case.place_in_cohort import scored
from dss_core.case.record import CaseRecord, Document
from dss_core.decision.assessment import Assessment, assessment_from_json
from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_core.records import Task

_NOT_OF_THE_PATIENT = {"guideline_snapshot", "egfr_dls", "pdl1_dls"}


def recorded_decision(record: CaseRecord) -> Document:
    """The decision of the record; decided anew where there is none, it is on other scores or it
    does not yet say what tissue has answered.

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
    """The clinicians' last assessment.

    Raises
    ------
    DecisionError
        If it is not as this program writes it.
    """
    return assessment_from_json(record.verdicts[-1]) if record.verdicts else None


def _is_of(decision: Document, result: Document) -> bool:
    imaging: Any = decision.get("imaging")
    if not isinstance(imaging, dict) or "tissue" not in decision:
        return False
    if imaging.get("weights_id") != result.get("weights_id"):
        return False
    dls = [(imaging.get(str(task)) or {}).get("dls") for task in Task]
    return dls == [scored(result, task) for task in Task]


def _says(value: object) -> bool:
    """Whether a value says anything; what is not recorded does not."""
    if isinstance(value, dict):
        return any(_says(inner) for inner in value.values())
    return value not in (None, "", [], "unknown")

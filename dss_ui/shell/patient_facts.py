"""The patient's facts and the assessments: those of the open case, else of this session.

The form of the Decision page works on a copy in the session, as patient-file JSON apart from any
widget; what it says goes into the record of the case, and comes from there with every case that is
opened.
"""

from typing import Any

import streamlit as st

from dss_core.case.record import Action, Keep
from dss_core.decision.assessment import Assessment, assessment_from_json
from dss_core.decision.patient_file import patient_from_json, patient_to_json
from dss_core.decision.rule_set import guideline_rules
from dss_ui.session.current import FACTS, current_case, facts_owner
from dss_ui.shell.saved_cases import change, kept_as

STORE, _OWNER, _GIVEN = f"{FACTS}patient", f"{FACTS}owner", f"{FACTS}verdicts"
PREFIX = FACTS


def stored() -> dict[str, Any]:
    """The facts as patient-file JSON; those of the open case when it has just been opened."""
    owner = facts_owner()
    if st.session_state.get(_OWNER) != owner:
        case = current_case()
        replace_record(dict(case.record.patient) if case else {})
        st.session_state[_OWNER] = owner
    found: dict[str, Any] = st.session_state.setdefault(STORE, {})
    return found


def replace_record(record: dict[str, Any]) -> None:
    """Put another record into the form (call before the form is drawn)."""
    st.session_state[STORE] = record
    for key in [key for key in st.session_state if str(key).startswith(PREFIX + "in_")]:
        del st.session_state[key]


def remember(facts: dict[str, Any], decision: dict[str, Any]) -> None:
    """Write what the form says into the record of the open case, if that changes it.

    Parameters
    ----------
    facts : dict
        As a patient file.
    decision : dict
        On these facts and the scores of the case, as `decide` prints it.

    Raises
    ------
    DssError
        If the record cannot be saved.
    """
    case = current_case()
    if case is None:
        return
    rules = guideline_rules()
    usual = {"guideline_snapshot": rules.snapshots[0]}  # the form always names one
    if facts == usual | patient_to_json(patient_from_json(case.record.patient, rules)):
        return
    change(Action.FACTS_CHANGED, patient=facts, decision=decision)


def outlasts() -> bool:
    """Whether what is recorded of the open case outlasts this session."""
    case = current_case()
    return case is not None and kept_as(case) is not Keep.NONE


def not_kept() -> None:
    """Say it where the facts and assessments of the open case go with this session."""
    if current_case() is not None and not outlasts():
        st.caption("This case is not saved: facts and assessments are lost when the page reloads.")


def assessments() -> tuple[Assessment, ...]:
    """All assessments of the case, oldest first."""
    case = current_case()
    given = case.record.verdicts if case else st.session_state.get(_GIVEN, ())
    return tuple(assessment_from_json(one) for one in given)


def add_assessment(given: Assessment) -> None:
    """Add one to the record of the case.

    Raises
    ------
    DssError
        If the record cannot be saved.
    """
    case = current_case()
    if case is None:
        st.session_state[_GIVEN] = (*st.session_state.get(_GIVEN, ()), given.to_json())
    else:
        change(Action.ASSESSED, verdicts=(*case.record.verdicts, given.to_json()))

"""The patient's facts of this session, as the JSON of a patient file, apart from any widget."""

from typing import Any

import streamlit as st

STORE = "decision_patient"
PREFIX = "decision_"


def stored() -> dict[str, Any]:
    """The record saved with the session, as patient-file JSON."""
    found: dict[str, Any] = st.session_state.setdefault(STORE, {})
    return found


def replace_record(record: dict[str, Any]) -> None:
    """Put another record into the form (call before the form is drawn)."""
    st.session_state[STORE] = record
    for key in [key for key in st.session_state if str(key).startswith(PREFIX + "in_")]:
        del st.session_state[key]


def forget_records() -> None:
    """Delete the records and assessments of all cases of this session."""
    for key in [key for key in st.session_state if str(key).startswith(PREFIX)]:
        del st.session_state[key]

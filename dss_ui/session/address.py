"""The address names the open case, so that reload, second tab and back button show the same one."""

from uuid import UUID

import streamlit as st

from dss_ui.session.state import Gone, Session, last_scored

CASE = "case"
"""Name of the query parameter: a case's id, which says nothing of the patient."""


def case_of_address() -> str | None:
    """What the address names, None if it names no case."""
    named: str | None = st.query_params.get(CASE)
    return named


def case_id_of(named: str) -> UUID | None:
    """The id that an address names, None if it is no id."""
    try:
        return UUID(named)
    except ValueError:
        return None


def follow(session: Session) -> None:
    """Let the address name the case of this state."""
    case = last_scored(session)
    if isinstance(session, Gone):
        return
    if case is None:
        st.query_params.pop(CASE, None)
    elif case_of_address() != str(case.id):
        st.query_params[CASE] = str(case.id)

"""The address names the open case, so that reload, second tab and back button show the same one."""

from uuid import UUID

import streamlit as st

from dss_ui.session.state import Empty, Gone, Session, last_scored

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


def case_meant(session: Session, *, of_a_case: bool) -> str | None:
    """The case that a page is to show: the one of the address, else the one that was closed.

    To close a case takes it out of the address, which adds an entry to the browser's history: its
    page without a case, where the back button leads first.

    Parameters
    ----------
    of_a_case : bool
        The page shows a case, and nothing else.
    """
    if of_a_case and isinstance(session, Empty) and session.closed is not None:
        return case_of_address() or str(session.closed)
    return case_of_address()


def follow(session: Session) -> None:
    """Let the address name the case of this state."""
    case = last_scored(session)
    if isinstance(session, Gone):
        return
    if case is None:
        st.query_params.pop(CASE, None)
    elif case_of_address() != str(case.id):
        st.query_params[CASE] = str(case.id)

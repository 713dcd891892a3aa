"""The state of a page's session, read and set through the public transitions."""

from typing import Any

from streamlit.testing.v1 import AppTest

from dss_core.case.case_result import CaseResult
from dss_ui.session import transitions
from dss_ui.session.current import BELONGINGS, SESSION
from dss_ui.session.state import Case, CaseWithoutImages, Empty, Session, last_scored
from dss_ui.shell.patient_facts import _OWNER as FORM_OWNER
from dss_ui.shell.patient_facts import STORE as FORM
from dss_ui.viewer.marking_session import MarkingSession


def state(app: AppTest) -> Session:
    """The state now."""
    found: Session = app.session_state[SESSION] if SESSION in app.session_state else Empty()
    return found


def open_case(app: AppTest) -> CaseWithoutImages:
    """The open case."""
    case = last_scored(state(app))
    assert case is not None
    return case


def scored_case(app: AppTest) -> Case:
    """The open case with its images, which a page must have looked at."""
    case = open_case(app)
    assert isinstance(case, Case)
    return case


def current_result(app: AppTest) -> CaseResult:
    """The result of the session's case."""
    return open_case(app).result


def show_case(app: AppTest, case: CaseWithoutImages) -> None:
    """Make a case the session's, as if it had just been scored."""
    app.session_state[SESSION] = transitions.score(state(app), case)


def fill_in(app: AppTest, facts: dict[str, Any]) -> None:
    """Put facts into the form of the Decision page, as if somebody had filled it in."""
    case = last_scored(state(app))
    app.session_state[FORM] = facts
    app.session_state[FORM_OWNER] = str(case.id) if case else ""


def belongings(app: AppTest, name: str) -> list[Any]:
    """What the pages keep under a name with the images and results of the session."""
    if BELONGINGS not in app.session_state:
        return []
    return [value for (kept, _), value in app.session_state[BELONGINGS].items() if kept == name]


def marking_session(app: AppTest) -> MarkingSession:
    """The lesions drawn on the images last looked at."""
    found: MarkingSession = belongings(app, "marking session")[-1]
    return found

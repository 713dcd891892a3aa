"""The state of this browser session, and what its pages keep with it.

Everything lives in Streamlit's session state only, so patient data end with the session. Two keys
stand apart from the case: the weights in use, which outlive every case, and the round of the
uploaders, which only names widgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dss_core.reading.room import count_for
from dss_ui.session import address, transitions
from dss_ui.session.memory import give_back_soon
from dss_ui.session.state import (
    Aligning,
    Case,
    CaseWithoutImages,
    CtOpened,
    Empty,
    FilesRead,
    Marking,
    Session,
    images_key,
    last_scored,
)

if TYPE_CHECKING:
    from dss_core.case.case_result import CaseResult

SESSION, BELONGINGS = "dss.session", "dss.belongings"
FACTS = "decision_"
"""How the keys of the patient's facts begin, widgets and all: they go with the case."""
PACS_FOUND = "dss.pacs_found"
"""The studies that were found in the PACS, with whose they are: they go with the case too."""
_ROUND, _WEIGHTS, DEFAULT_WEIGHTS = "dss.round", "dss.weights", "demo"


def session() -> Session:
    """The state now."""
    state: Session = st.session_state.get(SESSION, Empty())
    return state


def become(state: Session) -> None:
    """Go on to another state; what belonged to a case that is no longer open goes with it."""
    before, here = owners(session()), owners(state)
    stays = {
        (name, owner): value for (name, owner), value in _belongings().items() if owner in here
    }
    for key, value in ((SESSION, state), (BELONGINGS, stays)):
        if key in st.session_state:
            del st.session_state[key]  # else Streamlit keeps the value before until a later run
        st.session_state[key] = value
    address.follow(state)
    if before - here:
        give_back_soon()


def close_case() -> None:
    """Delete everything of case, files and patient from this session."""
    become(transitions.close(session()))
    forget_case()
    _forget_widgets()


def forget_case() -> None:
    """Delete what belongs to the case that was open: facts, uploaded files, studies found."""
    forget_files_in()
    for key in [key for key in st.session_state if str(key).startswith(FACTS)]:
        del st.session_state[key]


def forget_files_in() -> None:
    """Delete what files came in by: uploads, and studies found with whose they are."""
    st.session_state.pop(PACS_FOUND, None)
    forget_uploads()


def current_case() -> CaseWithoutImages | None:
    """The scored case of this session, with or without its images."""
    return last_scored(session())


def current_result() -> CaseResult | None:
    """The result of the scored case, for pages that need no image."""
    case = current_case()
    return case.result if case else None


def facts_owner() -> str:
    """Whose facts the session holds: the open case's, or nobody's in particular."""
    case = current_case()
    return str(case.id) if case else ""


def owners(state: Session) -> set[str]:
    """Keys of the images and results in a state."""
    match state:
        case FilesRead():
            return {state.intake.key}
        case Case():
            files = {state.files.intake.key} if state.files else set()
            return files | {images_key(state.images.aligned), state.result_key}
        case CaseWithoutImages():
            return {state.result_key}
        case Marking():
            return {images_key(state.images)} | owners(state.source)
        case Aligning():
            return owners(state.source)
        case CtOpened():
            return {images_key(state.images)} | owners(state.source)
        case _:
            case = last_scored(state)
            return owners(case) if case else set()


def kept(name: str, owner: str) -> Any:
    """What a page keeps with images or a result, None if nothing yet.

    Parameters
    ----------
    name : str
        What it is.
    owner : str
        `images_key` of the images or `Case.result_key` of the result that it belongs to.
    """
    return _belongings().get((name, owner))


def keep(name: str, owner: str, value: Any) -> None:
    """Keep something for as long as the images or the result are in the session."""
    _belongings()[name, owner] = value


def active_weights() -> str:
    """Id of the weights bundle that scores in this session."""
    return str(st.session_state.get(_WEIGHTS, DEFAULT_WEIGHTS))


def set_active_weights(name: str) -> None:
    """Score with another bundle from now on."""
    st.session_state[_WEIGHTS] = name


def uploads_round() -> int:
    """Part of the uploaders' keys: a new round is an empty uploader."""
    return int(st.session_state.get(_ROUND, 0))


def renew_uploaders() -> None:
    """Show empty uploaders from the next run on."""
    st.session_state[_ROUND] = uploads_round() + 1


def forget_uploads() -> None:
    """Let go of all files that were uploaded in this session; only what was read of them stays."""
    renew_uploaders()
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def count_by_session() -> None:
    """Count what files take in memory for the session that reads them."""
    count_for(_session_id)


def _session_id() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _forget_widgets() -> None:
    """Have Streamlit let go of the widgets and page parts of this session; the next run makes anew.

    It keeps what every widget ever drawn calls, and with it the files and images that those
    functions know; and every page part (`page_part`) with its case, until another page was drawn
    to its end. Who leaves before keeps them for as long as the server waits for a return.
    """
    context = get_script_run_ctx()
    if context is not None:
        context.session_state._state._new_widget_state.widget_metadata.clear()
        context.fragment_storage.clear()


def _belongings() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = st.session_state.setdefault(BELONGINGS, {})
    return found

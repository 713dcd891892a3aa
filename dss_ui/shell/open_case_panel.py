"""The open case beside every page: loaded on the first visit, named in the sidebar."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core import __version__
from dss_ui.session import transitions
from dss_ui.session.current import become, count_by_session, session
from dss_ui.session.state import FilesRead, Fresh, last_scored, source_of
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.navigation import BANNER
from dss_ui.shell.run_case import load_demo
from dss_ui.shell.words import TASKS, group_name, shown


def show_open_case(progress: DeltaGenerator) -> None:
    """Name the session's case in the sidebar.

    On the first visit of a session it loads the demo case, so that no page is ever without one
    unless the user removed it.

    Parameters
    ----------
    progress : DeltaGenerator
        An empty element for the progress of that. It is there on every run: an element that comes
        and goes would reset what stands below it.
    """
    count_by_session()
    if isinstance(session(), Fresh):
        with show_errors():
            become(transitions.score(session(), load_demo(progress)))
    with st.sidebar:
        _loaded()
        st.caption(f"{BANNER} Version {__version__}")


def _loaded() -> None:
    if isinstance(source_of(session()), FilesRead):
        st.markdown(":material/pending: **Files read, not yet scored**")
    case = last_scored(session())
    if case is None:
        st.markdown(":material/folder_off: **No case open**")
        return
    st.markdown(f":material/folder_open: **{case.origin}**")
    for score in case.result.scores:
        st.markdown(
            f"{TASKS[score.task].title} **{shown(score.dls, score.cutoff)}** "
            f"({group_name(score.group)})"
        )
    if case.result.withheld:
        st.markdown(":material/block: **Score withheld**")
    if case.result.unusual:
        st.markdown(":material/warning: Images unlike the training data")
    demo = ": trained on simulated lesions only" if case.result.demo_weights else ""
    st.caption(f"Weights {plain(case.result.weights_id)}{demo}")

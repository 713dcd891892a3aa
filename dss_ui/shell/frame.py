"""What every page starts with: settings, research banner, navigation and the loaded case.

Pages are plain files so that a deep link runs the page it names; each calls `shell.frame` first.
"""

from dataclasses import dataclass

import streamlit as st

from dss_core import __version__
from dss_ui.session import transitions
from dss_ui.session.current import become, session
from dss_ui.session.state import FilesRead, Fresh, last_scored, source_of
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.run_case import load_demo
from dss_ui.shell.uploads import keep_uploads_in_memory
from dss_ui.shell.words import TASKS, group_name, shown

PRODUCT = "NSCLC PET/CT decision support"
SIDEBAR_PX = 288
BANNER = "Research use only. Not a medical device."
# the button that enlarges a picture lies in it, not over what stands above; the words of a metric
# wrap on a narrow screen instead of being cut off
_STYLE = """<style>.stElementContainer:has(.stImage) .stElementToolbar {
top: 2.1rem !important; }
[data-testid="stMetricDelta"], [data-testid="stMetricDelta"] *, [data-testid="stMetricLabel"] * {
white-space: normal !important; overflow: visible !important; height: auto !important; }</style>"""


@dataclass(frozen=True)
class Page:
    """One entry of the navigation, in the order of a clinician's work."""

    path: str
    title: str
    icon: str


PAGES = (
    Page("app.py", "Overview", ":material/home:"),
    Page("pages/case.py", "Case", ":material/radiology:"),
    Page("pages/region.py", "Region", ":material/draw:"),
    Page("pages/score.py", "Score", ":material/monitoring:"),
    Page("pages/attention.py", "Attention", ":material/visibility:"),
    Page("pages/decision.py", "Decision", ":material/alt_route:"),
    Page("pages/cohort.py", "Past patients", ":material/groups:"),
    Page("pages/board.py", "Board", ":material/co_present:"),
    Page("pages/model.py", "Model", ":material/analytics:"),
    Page("pages/weights.py", "Weights", ":material/database:"),
)


def frame(title: str, *, presenting: bool = False) -> None:
    """Open a page: must be the first call of every page, as Streamlit demands.

    On the first visit of a session it loads the demo case, so that no page is ever without one
    unless the user removed it.

    Parameters
    ----------
    title : str
        Name of the page as in `PAGES`; never contains anything about a patient, because it
        becomes the browser's title.
    presenting : bool
        The page is for a screen that many look at: the sidebar starts closed.
    """
    keep_uploads_in_memory()
    st.set_page_config(
        page_title=f"{title} · {PRODUCT}",
        page_icon="🫁",
        layout="wide",
        initial_sidebar_state="collapsed" if presenting else SIDEBAR_PX,
    )
    st.html(_STYLE)
    with st.sidebar:
        st.markdown(f"#### {PRODUCT}")
        for page in PAGES:
            st.page_link(page.path, label=page.title, icon=page.icon, width="stretch")
        st.divider()
    st.warning(BANNER, icon=":material/science:")
    # There on every run: an element that comes and goes would reset what stands below it.
    place = st.empty()
    if isinstance(session(), Fresh):
        with show_errors():
            become(transitions.score(session(), load_demo(place)))
    with st.sidebar:
        _loaded()
        st.caption(f"{BANNER} Version {__version__}")


def page_named(title: str) -> Page | None:
    """The page of that title, if this version has it."""
    return next((p for p in PAGES if p.title == title), None)


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

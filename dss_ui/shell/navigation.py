"""What every page shows before anything is loaded: settings, navigation and research banner.

Nothing of the core is imported here, so that a page has its frame at once.
"""

from dataclasses import dataclass

import streamlit as st

from dss_ui.shell.outgoing_text import keep_texts_harmless
from dss_ui.shell.uploads import keep_uploads_in_memory

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


def draw_navigation(title: str, *, presenting: bool = False) -> None:
    """Page settings, style, links to all pages and the banner.

    Parameters
    ----------
    title : str
        Name of the page as in `PAGES`; never contains anything about a patient, because it
        becomes the browser's title.
    presenting : bool
        The page is for a screen that many look at: the sidebar starts closed.
    """
    keep_uploads_in_memory()
    keep_texts_harmless()
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


def page_named(title: str) -> Page | None:
    """The page of that title, if this version has it."""
    return next((p for p in PAGES if p.title == title), None)

"""What every page shows before anything is loaded: settings, navigation and research banner.

Nothing of the core is imported here, so that a page has its frame at once.
"""

from dataclasses import dataclass

import streamlit as st

from dss_ui.session.current import session
from dss_ui.session.state import Empty, Gone, last_scored
from dss_ui.shell.outgoing_text import keep_texts_harmless
from dss_ui.shell.uploads import keep_uploads_in_memory

PRODUCT = "NSCLC PET/CT decision support"
SIDEBAR_PX = 248
BANNER = "Research use only. Not a medical device."
# the button that enlarges a picture lies in it, not over what stands above; the words of a metric
# wrap on a narrow screen instead of being cut off; the banner is one thin line; captions, primary
# buttons and what Streamlit writes in grey in figures have a contrast of 4.5 in both themes; the
# row of the next step on the images page, which is filled last, has its height from the start
_STYLE = """<style>.stElementContainer:has(.stImage) .stElementToolbar {
top: 2.1rem !important; }
[data-testid="stMetricDelta"], [data-testid="stMetricDelta"] *, [data-testid="stMetricLabel"] * {
white-space: normal !important; overflow: visible !important; height: auto !important; }
[data-testid="stMainBlockContainer"] { padding-top: 3.2rem; }
.st-key-banner [data-testid="stCaptionContainer"], .st-key-banner p,
.st-key-case-bar [data-testid="stMarkdownContainer"], .st-key-case-bar p { margin: 0; }
.st-key-case-bar { padding: .4rem .9rem; flex-wrap: nowrap; }
.st-key-case-bar > div:first-child { min-width: 0; }
.st-key-next-step { min-height: 2.5rem; }
.st-key-case-bar > div:last-child { flex: 0 0 auto; margin-left: auto; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: .78; }
[data-testid="stCaptionContainer"] p { color: inherit; }
[data-testid="stPlotlyChart"] text[style*="rgb(128, 132, 149)"] {
fill: currentColor !important; }
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primaryFormSubmit"] {
color: light-dark(#fff, #10181d) !important; }</style>"""


@dataclass(frozen=True)
class Page:
    """One entry of the navigation."""

    path: str
    title: str
    icon: str


CASES = Page("app.py", "Cases", ":material/folder_shared:")
OF_A_CASE = (
    Page("pages/images.py", "Images", ":material/radiology:"),
    Page("pages/score.py", "Score", ":material/monitoring:"),
    Page("pages/attention.py", "Attention", ":material/visibility:"),
    Page("pages/decision.py", "Decision", ":material/alt_route:"),
    Page("pages/past_patients.py", "Past patients", ":material/groups:"),
    Page("pages/board.py", "Board", ":material/co_present:"),
)
OF_IMAGES = ("Images", "Score")
"""Pages on which other cases of the same images are offered; the others need the first screen."""
EVIDENCE = (
    Page("pages/model.py", "Model", ":material/analytics:"),
    Page("pages/weights.py", "Weights", ":material/database:"),
)
PAGES = (CASES, *OF_A_CASE, *EVIDENCE)


def draw_frame(title: str, *, presenting: bool = False) -> None:
    """Page settings, style, navigation and the banner.

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
        case_id = st.query_params.get("case")
        draw_links((CASES,), case_id)
        if pages := pages_of_case():
            st.caption("This case")
            draw_links(pages, case_id)
        st.caption("Evidence")
        draw_links(EVIDENCE, case_id)
    with st.container(key="banner"):
        st.caption(f":material/science: {BANNER}")


def pages_of_case() -> tuple[Page, ...]:
    """The pages that have something to show: all for a scored case, images while it is made."""
    state = session()
    if isinstance(state, Gone):
        return ()
    if last_scored(state) is not None:
        return OF_A_CASE
    return () if isinstance(state, Empty) else OF_A_CASE[:1]


def draw_links(pages: tuple[Page, ...], case_id: str | None) -> None:
    """Links that carry the case, so that a page in a second tab shows the same one."""
    query = {"case": case_id} if case_id else None
    for page in pages:
        st.page_link(
            page.path, label=page.title, icon=page.icon, width="stretch", query_params=query
        )

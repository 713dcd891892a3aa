"""What every page starts with: page settings, the research banner and the navigation.

Pages are plain files so that a deep link runs the page it names; each calls `frame` first.
"""

from dataclasses import dataclass

import streamlit as st

PRODUCT = "NSCLC PET/CT decision support"
BANNER = "Research use only. Not a medical device."


@dataclass(frozen=True)
class Page:
    """One entry of the navigation, in the order of a clinician's work."""

    path: str
    title: str
    icon: str


PAGES = (
    Page("app.py", "Overview", ":material/home:"),
    Page("pages/cohort.py", "Cohort", ":material/groups:"),
)


def frame(title: str) -> None:
    """Open a page: must be the first call of every page, as Streamlit demands.

    Parameters
    ----------
    title : str
        Name of the page as in `PAGES`; never contains anything about a patient, because it
        becomes the browser's title.
    """
    st.set_page_config(page_title=f"{title} · {PRODUCT}", page_icon="🫁", layout="wide")
    with st.sidebar:
        st.markdown(f"**{PRODUCT}**")
        for page in PAGES:
            st.page_link(page.path, label=page.title, icon=page.icon)
    st.warning(BANNER, icon=":material/science:")

"""Region: the images with marking tools; lesions named, measured, scored and exported."""

import streamlit as st

from dss_ui.images.marking_view import mark
from dss_ui.session.current import session
from dss_ui.session.state import drawn_on
from dss_ui.shell.messages import show_errors


def view() -> None:
    """The page below its frame."""
    st.title("Region")
    case = drawn_on(session())
    if case is None:
        st.info("No case is open. Open a case to draw a region.", icon=":material/folder_off:")
        st.page_link("pages/case.py", label="Open a case", icon=":material/upload:")
        return
    with show_errors():
        mark(case)

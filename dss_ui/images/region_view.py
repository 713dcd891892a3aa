"""Region: the images with marking tools; lesions named, measured, scored and exported."""

import streamlit as st

from dss_ui.images.marking_view import mark
from dss_ui.session.state import current_case, current_opened
from dss_ui.shell.messages import show_errors


def view() -> None:
    """The page below its frame."""
    st.title("Region")
    case = current_opened() or current_case()
    if case is None:
        st.info("No case is loaded, so there is nothing to mark.", icon=":material/folder_off:")
        st.page_link("pages/case.py", label="Load a case", icon=":material/upload:")
        return
    with show_errors():
        mark(case)

"""Region: the images with marking tools; lesions named, measured, scored and exported."""

import streamlit as st

from dss_ui.frame import frame
from dss_ui.marking import mark
from dss_ui.messages import told
from dss_ui.state import current_case, current_opened

frame("Region")
st.title("Region")
case = current_opened() or current_case()
if case is None:
    st.info("No case is loaded, so there is nothing to mark.", icon=":material/folder_off:")
    st.page_link("pages/case.py", label="Load a case", icon=":material/upload:")
    st.stop()
with told():
    mark(case)

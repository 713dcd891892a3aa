"""A new case: files that are dropped, or a study from the PACS where one is set up."""

import streamlit as st

from dss_core.pacs.pacs_settings import is_set_up
from dss_ui.images.from_pacs import from_pacs, linked_study
from dss_ui.images.uploader import upload
from dss_ui.session.current import PACS_FOUND


def new_case() -> bool:
    """The ways in; True when files have just been read."""
    linked = linked_study()
    if not is_set_up() and linked is None:
        return upload()
    names = ("Files", "From the PACS")
    searching = linked is not None or PACS_FOUND in st.session_state
    files, pacs = st.tabs(names, default=names[1] if searching else None)
    with files:
        read = upload()
    with pacs:
        return from_pacs(linked) or read

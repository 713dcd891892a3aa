"""Files of a case: those that are dropped, or studies from the PACS where one is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dss_core.pacs.pacs_settings import is_set_up
from dss_ui.images.from_pacs import from_pacs, linked_study
from dss_ui.images.uploader import upload
from dss_ui.session import transitions
from dss_ui.session.current import PACS_FOUND, become, forget_case, session

if TYPE_CHECKING:
    from dss_ui.session.chosen_files import Intake


def new_case() -> bool:
    """The ways in; True when files have just been read, which take the place of what was open."""
    intake = files_in()
    if intake is None:
        return False
    forget_case()
    become(transitions.read(session(), intake))
    return True


def files_in() -> Intake | None:
    """The ways in; what has just been read."""
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

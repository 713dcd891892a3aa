"""Files in: the drop zones.

The core is imported when there is something to read, so that the home page does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dss_core.errors import DssError
from dss_ui.session.current import forget_uploads, uploads_round
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.progress_bar import Bar

if TYPE_CHECKING:
    from dss_ui.session.chosen_files import Intake

_CHANGED, _REFUSED = "dss.upload_changed", "dss.upload_refused"


def _mark_changed() -> None:
    st.session_state[_CHANGED] = True


def upload() -> Intake | None:
    """One drop zone for files and zips, one for a folder; what has just been read of them."""
    left, right = st.columns(2)
    files = left.file_uploader(
        "CT, PET and region: files or a zip",
        accept_multiple_files=True,
        key=f"files-{uploads_round()}",
        on_change=_mark_changed,
        help="Drop all files together; they are sorted by their headers.",
    )
    folder = right.file_uploader(
        "or select a folder",
        accept_multiple_files="directory",
        key=f"folder-{uploads_round()}",
        on_change=_mark_changed,
        help="Subfolders are included; files that are not images are ignored and counted.",
    )
    if st.session_state.pop(_CHANGED, False):
        from dss_core.reading.sources import from_uploads
        from dss_ui.shell.run_case import read_intake

        uploads = [*files, *folder]
        if uploads:
            bar = Bar(st.empty(), f"Reading {len(uploads)} uploaded file(s)")
            with show_errors():
                try:
                    sources = from_uploads(f.getvalue() for f in uploads)
                    return read_intake(sources, bar.count)
                except DssError as refusal:
                    forget_uploads()
                    st.session_state[_REFUSED] = str(refusal)
                    st.rerun()
    if refusal_text := st.session_state.pop(_REFUSED, ""):
        show_error(refusal_text)
    return None

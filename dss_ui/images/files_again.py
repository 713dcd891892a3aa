"""A saved case with its images, which is given its files once more."""

import streamlit as st

from dss_core.pacs.pacs_settings import is_set_up
from dss_ui.images.new_case import files_in
from dss_ui.session import transitions
from dss_ui.session.current import become, forget_files_in, session
from dss_ui.session.state import Case
from dss_ui.shell.files_again import with_files
from dss_ui.shell.messages import show_errors
from dss_ui.shell.progress_bar import Bar


def offer_files_again(case: Case) -> None:
    """The ways in, closed, where a PACS is set up that the case may go to."""
    if not is_set_up():
        return
    with st.expander("Files of this case", icon=":material/folder_open:"):
        st.caption(
            "The case was opened without its files, so it does not know whose it is. To send it to "
            "the PACS, give its CT and PET once more: they are compared with its images, and "
            "nothing is scored again."
        )
        intake = files_in()
        if intake is None:
            return
        with show_errors():
            bar = Bar(st.empty(), "Comparing CT and PET with the case")
            become(transitions.amend(session(), with_files(case, intake, bar.count)))
            forget_files_in()
            st.rerun()

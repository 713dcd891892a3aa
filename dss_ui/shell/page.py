"""How every page opens: its frame and its text first, then the case bar, then its own view.

Pages are plain files so that a deep link runs the page it names. The core with its libraries takes
seconds to import on a new server; it is imported after what does not need it is on the screen.
"""

from collections.abc import Callable
from importlib import import_module

import streamlit as st
from streamlit import config

from dss_core.cli.run import require_own_machine
from dss_core.errors import InputError
from dss_ui.session.address import case_meant
from dss_ui.session.current import count_by_session, session
from dss_ui.session.state import last_scored
from dss_ui.shell.navigation import OF_A_CASE, OF_IMAGES, draw_frame


def open_page(
    title: str,
    view: str,
    *,
    introduction: Callable[[], None] | None = None,
    presenting: bool = False,
) -> None:
    """Draw a page; must be the first call of its file, as Streamlit demands.

    Parameters
    ----------
    title : str
        As in `navigation.PAGES`.
    view : str
        Module whose function `view` draws what stands below the frame.
    introduction : callable, optional
        Draws the text of the page that needs neither the core nor a case.
    presenting : bool
        The page is for a screen that many look at.
    """
    if not _on_own_machine():
        return
    of_a_case = title in {page.title for page in OF_A_CASE}
    state = session()
    if case_meant(state, of_a_case=of_a_case) is not None or last_scored(state) is not None:
        import_module("dss_ui.shell.opened_case").meet_address(of_a_case=of_a_case)
    draw_frame(title, presenting=presenting)
    if introduction is not None:
        introduction()
    with import_module("dss_ui.shell.messages").show_refusals():
        count_by_session()
        if of_a_case:
            bar = import_module("dss_ui.shell.case_bar")
            if not bar.draw_case_bar(presenting=presenting, offering=title in OF_IMAGES):
                return
        import_module(view).view()


def _on_own_machine() -> bool:
    """Whether the server answers this machine only, however it was started; if not, says so."""
    try:
        require_own_machine(config.get_option("server.address"))
    except InputError as refusal:
        st.error(str(refusal), icon=":material/block:")
        return False
    return True

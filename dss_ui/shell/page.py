"""How every page opens: its frame and its text first, then the open case, then its own view.

Pages are plain files so that a deep link runs the page it names. The core with its libraries takes
seconds to import on a new server; it is imported after what does not need it is on the screen.
"""

from collections.abc import Callable
from importlib import import_module

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_ui.shell.navigation import draw_navigation


def open_page(
    title: str,
    view: str,
    *,
    introduction: Callable[[], DeltaGenerator] | None = None,
    presenting: bool = False,
) -> None:
    """Draw a page; must be the first call of its file, as Streamlit demands.

    Parameters
    ----------
    title : str
        As in `navigation.PAGES`.
    view : str
        Module whose function `view` draws what stands below the frame; it is given the place
        that `introduction` left for the open case, if there is an introduction.
    introduction : callable, optional
        Draws the text of the page that needs neither the core nor a case.
    presenting : bool
        The page is for a screen that many look at.
    """
    draw_navigation(title, presenting=presenting)
    progress = st.empty()  # of the demo case, above the text
    places = (introduction(),) if introduction else ()
    with import_module("dss_ui.shell.messages").show_refusals():
        import_module("dss_ui.shell.open_case_panel").show_open_case(progress)
        import_module(view).view(*places)

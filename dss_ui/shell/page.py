"""How every page opens: its frame first, then the open case, then its own view.

Pages are plain files so that a deep link runs the page it names. The core with its libraries takes
seconds to import on a new server; it is imported after the frame is on the screen.
"""

from importlib import import_module

from dss_ui.shell.navigation import draw_navigation


def open_page(title: str, view: str, *, presenting: bool = False) -> None:
    """Draw a page; must be the first call of its file, as Streamlit demands.

    Parameters
    ----------
    title : str
        As in `navigation.PAGES`.
    view : str
        Module whose function `view` draws what stands below the frame.
    presenting : bool
        The page is for a screen that many look at.
    """
    draw_navigation(title, presenting=presenting)
    import_module("dss_ui.shell.open_case_panel").show_open_case()
    import_module(view).view()

"""Refusals, bugs and texts from files as words on the screen.

Text that came out of a file may hold anything, so it is escaped before it meets markdown.
"""

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st

from dss_core.errors import DssError

_P = ParamSpec("_P")
logger = logging.getLogger(__name__)
BUG = (
    "Unexpected software error; no result was produced. Details are in the server log; please "
    "report them."
)
_LINK_STARTS = re.compile(r"(?<=www)(?=\.)|(?=://)|(?=@)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=@/&])")


def plain(text: str) -> str:
    """Text such that markdown shows it as it is, and turns nothing in it into a link."""
    return _MARKDOWN.sub(r"\\\1", _LINK_STARTS.sub("\u200b", text))


def show_error(text: str) -> None:
    """One clear sentence on what is wrong and what to do."""
    st.error(plain(text), icon=":material/block:")


@contextmanager
def show_refusals() -> Iterator[None]:
    """Show a refusal as its sentence, wherever on a page it comes from."""
    try:
        yield
    except DssError as refusal:
        show_error(str(refusal))


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a refusal as its sentence and a bug as `BUG`; neither leaves as a traceback.

    Of a bug only the kind and the place are logged, because its text may hold values from a
    patient's files.
    """
    try:
        with show_refusals():
            yield
    except Exception as bug:  # the page must stand whatever happens
        place = "".join(traceback.format_tb(bug.__traceback__))
        logger.error("%s\n%s", type(bug).__name__, place)
        show_error(BUG)


def page_part(draw: Callable[_P, None]) -> Callable[_P, None]:
    """Draw a part of a page that is drawn again on its own: there, too, errors are sentences.

    What calls it is not at work then, so nothing that surrounds the call can show them.
    """
    return st.fragment(show_errors()(draw))

"""What can be taken away from the board: PDF, slide and picture, made when they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import streamlit as st

from dss_core.exports import board_slide, typeset_report
from dss_core.exports.board_report import BoardReport
from dss_core.exports.phrase import Lang
from dss_ui.board.board_content import report_of
from dss_ui.session.state import CaseWithoutImages

_LANGUAGES = {Lang.EN: "English", Lang.ZH: "Chinese"}


@dataclass(frozen=True)
class _Form:
    """One kind of file."""

    name: str
    suffix: str
    mime: str
    write: Callable[[BoardReport], bytes]
    package: str
    missing: str


_FORMS = (
    _Form("PDF", "pdf", "application/pdf", typeset_report.report_pdf, "typst",
          typeset_report.MISSING),
    _Form("PPTX", "pptx",
          "application/vnd.openxmlformats-officedocument.presentationml.presentation",
          board_slide.report_pptx, "pptx", board_slide.MISSING),
    _Form("PNG", "png", "image/png", typeset_report.report_png, "typst", typeset_report.MISSING),
)  # fmt: skip


def downloads(case: CaseWithoutImages) -> None:
    """The buttons, and the language of what they give."""
    lang = st.segmented_control(
        "Language of the report",
        list(Lang),
        default=Lang.EN,
        format_func=_LANGUAGES.__getitem__,
        label_visibility="collapsed",
        key="board-lang",
    )
    for form in _FORMS:
        there = find_spec(form.package) is not None
        st.download_button(
            form.name,
            partial(made, form.write, case, lang or Lang.EN),
            f"tumour-board-{case.id.hex[:8]}.{form.suffix}",
            form.mime,
            icon=":material/download:",
            disabled=not there,
            help=None if there else form.missing,
            on_click="ignore",
            key=f"board-{form.suffix}",
        )


def made(write: Callable[[BoardReport], bytes], case: CaseWithoutImages, lang: Lang) -> bytes:
    """The file of a case, as the command makes it."""
    return write(report_of(case, lang))

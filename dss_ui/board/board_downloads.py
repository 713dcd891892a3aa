"""What can be taken away from the board, made when it is asked for: PDF, slide, picture, FHIR."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import streamlit as st

from dss_core.exports import board_slide, typeset_report
from dss_core.exports.board_report import BoardReport
from dss_core.exports.phrase import Lang
from dss_ui.board.board_content import presented, report_of
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


_PDF = _Form("PDF", "pdf", "application/pdf", typeset_report.report_pdf, "typst",
             typeset_report.MISSING)  # fmt: skip
_FORMS = (
    _PDF,
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
    there = find_spec(_PDF.package) is not None
    st.download_button(
        "FHIR",
        partial(bundle, case),
        f"case-{case.id.hex[:8]}.fhir.json",
        "application/fhir+json",
        icon=":material/download:",
        disabled=not there,
        help="Scores, measures and report for a health record, without the patient's identity."
        if there
        else _PDF.missing,
        on_click="ignore",
        key="board-fhir",
    )


def made(write: Callable[[BoardReport], bytes], case: CaseWithoutImages, lang: Lang) -> bytes:
    """The file of a case, as the command makes it."""
    return write(report_of(case, lang))


def bundle(case: CaseWithoutImages) -> bytes:
    """The case as a FHIR bundle of nobody, as the command makes it."""
    from dss_core.exports.board_document import board_document
    from dss_core.exports.fhir.case_bundle import bundle_of_nobody

    record = presented(case)
    return bundle_of_nobody(record, board_document(record)).to_json()

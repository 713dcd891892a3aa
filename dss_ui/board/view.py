"""Board: one screen for the tumour board, images, scores, decision and cohort at a glance."""

from collections.abc import Iterable

import streamlit as st

from dss_core.errors import DssError
from dss_core.pictures.axial_views import PLANE_PX
from dss_core.pictures.panel import as_jpeg, draw
from dss_core.records import Task
from dss_ui.board import board_cards as cards
from dss_ui.board.board_content import (
    attention_switch,
    cohort_lines,
    decision,
    origin,
    picture,
    warnings,
)
from dss_ui.decision.decision_scores import current_scores
from dss_ui.score.score_cards import score_badges
from dss_ui.session.current import current_case
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.case_images import case_with_images
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.patient_facts import assessments


def _head(case: CaseWithoutImages) -> bool:
    """Title line; returns whether attention is switched on."""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="board-head",
    ):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.title("Tumour board", anchor=False, width="content")
            st.markdown(
                f"{case.result.roi.volume_ml:.1f} mL · SUVmax {case.result.suv.max:.1f}",
                width="content",
            )
            score_badges(case.result)
        with st.container(width="content"):
            return attention_switch(case)


def _images(case: Case, attention: bool) -> None:
    try:
        shown = picture(case, attention)
    except DssError as refusal:
        show_error(str(refusal))
        shown = picture(case, False)
    _row(
        (as_jpeg(draw(panel, PLANE_PX)), f"{panel.title}, tumour outlined")
        for panel in shown.panels
    )
    st.caption(shown.caption)


def _key_pictures(case: CaseWithoutImages) -> None:
    """Those of the record, where the images themselves are not open."""
    pictures = case.record.pictures
    if pictures:
        _row((picture.png, picture.alt) for picture in pictures)
        st.caption(pictures[0].caption)


def _row(pictures: Iterable[tuple[bytes, str]]) -> None:
    """Pictures with their alternative texts, side by side."""
    shown = list(pictures)
    with st.container(key="board-images"):
        for column, (content, alt) in zip(st.columns(len(shown), gap="small"), shown, strict=True):
            column.image(content, width="stretch", alt=alt)


def _summary(case: CaseWithoutImages) -> None:
    scores = current_scores()
    if scores is None:
        return
    made, placed = decision(scores)
    given = assessments()
    lines, notes = cohort_lines()
    st.html(
        cards.board(
            cards.scores_box(
                {Task.EGFR: scores.egfr, Task.PDL1: scores.pdl1},
                {Task.EGFR: scores.egfr_reason, Task.PDL1: scores.pdl1_reason},
            ),
            cards.decision_box(made, placed, given[-1] if given else None),
            cards.cohort_box(lines, notes),
            cards.foot(warnings(case.result), origin(case.result, made)),
        )
    )


def view() -> None:
    """The page below its frame."""
    st.html(cards.style(dark=st.context.theme.type == "dark"))
    case = current_case()
    if case is None:
        st.title("Tumour board")
        st.info("No case is open, so there is nothing to present.", icon=":material/folder_off:")
        st.page_link("app.py", label="Open a case", icon=":material/upload:")
        return
    with show_errors():
        attention = _head(case)
        opened = case_with_images() if attention else case
        if isinstance(opened, Case):
            _images(opened, attention)
        else:
            _key_pictures(case)
        _summary(case)

"""Board: one screen for the tumour board, images, scores, decision and cohort at a glance."""

import streamlit as st

from dss_core.errors import DssError
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
from dss_ui.figures.panel import as_jpeg, draw
from dss_ui.score.score_cards import score_badges
from dss_ui.session.current import current_case
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.patient_facts import assessments
from dss_ui.viewer.axial_views import PLANE_PX


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
    with st.container(key="board-images"):
        for column, panel in zip(
            st.columns(len(shown.panels), gap="small"), shown.panels, strict=True
        ):
            column.image(
                as_jpeg(draw(panel, PLANE_PX)),
                width="stretch",
                alt=f"{panel.title}, tumour outlined",
            )
    st.caption(shown.caption)


def _pictures(case: CaseWithoutImages) -> None:
    """The key pictures of the record, where the images themselves are not open."""
    pictures = case.record.pictures
    if pictures:
        for column, picture in zip(st.columns(len(pictures)), pictures, strict=True):
            column.image(picture.png, width="stretch", alt=picture.alt)
        st.caption(" ".join(picture.caption for picture in pictures[:1]))


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
        if isinstance(case, Case):
            _images(case, attention)
        else:
            _pictures(case)
        _summary(case)

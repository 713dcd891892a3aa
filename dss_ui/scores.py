"""How a score is shown: the number, its group in words, its place on the strip."""

import streamlit as st

from dss_core.pipeline import CaseResult
from dss_core.records import Group, TaskScore
from dss_ui.charts import strip
from dss_ui.frame import demo_badge
from dss_ui.messages import plain
from dss_ui.recalibrated import recalibrated_line
from dss_ui.words import TASKS, group_text, shown

_NO_TOOLS = {"displayModeBar": False}


def score_card(score: TaskScore, result: CaseResult, key: str) -> None:
    """One task's score in a box of its own."""
    words = TASKS[score.task]
    number = shown(score.dls, score.cutoff)
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.metric(
                words.title,
                number,
                delta=group_text(score),
                delta_color="orange" if score.group is Group.HIGH else "blue",
                delta_arrow="off",
                help=f"Cut-off {score.cutoff:.6g}: {plain(score.cutoff_origin)}",
                width="content",
            )
            if result.demo_weights:
                demo_badge()
        st.plotly_chart(
            strip(score),
            key=key,
            config=_NO_TOOLS,
            alt=f"{words.title} {number} on a line from 0 to 1, {group_text(score)}",
        )
        meaning = words.high if score.group is Group.HIGH else words.low
        st.caption(f"{meaning} {words.not_a_test}")
        recalibrated_line(score, result)


def score_cards(result: CaseResult, key: str) -> None:
    """All scores of a case side by side."""
    for column, score in zip(st.columns(len(result.scores)), result.scores, strict=True):
        with column:
            score_card(score, result, f"{key}-{score.task}")

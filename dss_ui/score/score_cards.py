"""How a score is shown: the number, its group in words, its place on the strip."""

from typing import Literal

import streamlit as st

from dss_core.case.case_result import CaseResult
from dss_core.errors import WeightsError
from dss_core.records import Group, TaskScore
from dss_core.scoring.score_text import shown
from dss_ui.figures.score_charts import strip
from dss_ui.score.recalibrated_score import recalibrated_line
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain
from dss_ui.shell.words import TASKS, group_text, interval_text

_COLOURS: dict[Group, Literal["orange", "blue", "gray"]] = {
    Group.HIGH: "orange",
    Group.LOW: "blue",
    Group.INDETERMINATE: "gray",
}
_INTERVAL = (
    "Expected range for a repeat scan outlined by another reader. Combines outline, between-slice "
    "and (if any) ensemble variation. "
)
_NO_TOOLS = {"displayModeBar": False}


def score_badges(result: CaseResult) -> None:
    """The badges beside every score: demo weights, images unlike the training images."""
    if result.unusual:
        st.badge(
            "unlike training images",
            icon=":material/warning:",
            color="red",
            help=plain(result.unusual.message),
        )
    if result.demo_weights:
        st.badge(
            "demo weights",
            icon=":material/labs:",
            color="orange",
            help="Trained on simulated lesions only. Do not interpret the score clinically.",
        )


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
                delta_color=_COLOURS[score.group],
                delta_arrow="off",
                help=f"Cut-off {score.cutoff:.6g}: {plain(score.cutoff_origin)}",
                width="content",
            )
            with st.container(width="content", gap="xsmall"):
                score_badges(result)
        st.plotly_chart(
            strip(score),
            key=key,
            config=_NO_TOOLS,
            alt=f"{words.title} {number} on a scale from 0 to 1, {interval_text(score)}, "
            f"{group_text(score)}",
        )
        st.caption(f"{interval_text(score)}.", help=_INTERVAL + _coverage(score, result))
        st.caption(f"{words.meaning(score.group)} {words.not_a_test}")
        recalibrated_line(score, result)


def _coverage(score: TaskScore, result: CaseResult) -> str:
    """The coverage of the interval, as measured and written on the model card."""
    try:
        weights = bundle(result.weights_id)
        measured = weights.card.tasks[score.task].interval
        if weights.sha256 == result.weights_sha256 and measured.coverage is not None:
            n, share = measured.simulated_patients_scanned_twice, measured.coverage
            return f"Measured coverage: {share:.0%} of repeat scans in {n} simulated patients."
    except (WeightsError, KeyError):
        pass
    return "Coverage has not been measured for these weights."


def score_cards(result: CaseResult, key: str, *, stacked: bool = False) -> None:
    """All scores of a case side by side, or one below the other, or why there are none."""
    if result.withheld:
        names = " and ".join(TASKS[task].title for task in result.withheld.tasks)
        st.error(f"**{names} withheld.** {plain(result.withheld.reason)}", icon=":material/block:")
        st.page_link(
            "pages/images.py", label="Review images and region", icon=":material/radiology:"
        )
        return
    count = len(result.scores)
    places = [st.container() for _ in range(count)] if stacked else st.columns(count)
    for place, score in zip(places, result.scores, strict=True):
        with place:
            score_card(score, result, f"{key}-{score.task}")

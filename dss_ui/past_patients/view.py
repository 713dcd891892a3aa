"""Past patients: their outcomes by score, treatment and case mix."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.cohort.tables import read_bytes
from dss_core.errors import DssError
from dss_core.survival.trials import TrialArms, arms, check_trials, figures
from dss_ui.past_patients.cohort_benefit import response_view
from dss_ui.past_patients.cohort_question import ask
from dss_ui.past_patients.cohort_source import choose, current
from dss_ui.past_patients.cohort_survival import survival_view
from dss_ui.past_patients.cohort_views import (
    models_view,
    replication_view,
    score_view,
    treatment_view,
)
from dss_ui.shell.messages import page_part, plain, show_error

# columns stand side by side only where there is room for a figure and its numbers
NARROW = """<style>@media (max-width: 1200px) {
.stHorizontalBlock:has(> .stColumn) { flex-wrap: wrap; }
.stHorizontalBlock > .stColumn { min-width: 100%; } }</style>"""
VIEWS = ("Survival", "Treatment", "Response", "Cox models", "Score performance", "Replication")


def trial_overlay(row: DeltaGenerator) -> TrialArms | None:
    """A published trial's curves, from an uploaded table."""
    with row.popover(
        "Overlay a published trial", icon=":material/stacked_line_chart:", width="content"
    ):
        st.markdown(
            "Digitised curves of a published trial: a CSV with the columns `figure, arm, time, "
            "event`, time in months."
        )
        upload = st.file_uploader("Trial table", type=["csv"], key="trial_table")
        if upload is None:
            return None
        try:
            table = check_trials(read_bytes(upload.getvalue(), upload.name))
            figure = st.selectbox("Figure", figures(table), key="trial_figure")
            citation = st.text_input("Citation (required)", key="trial_citation")
            return arms(table, figure, citation) if figure and citation else None
        except DssError as refusal:
            show_error(str(refusal))
            return None


@page_part
def answers() -> None:
    """Controls and the chosen view; a changed control redraws only this."""
    loaded = current()
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], key="cohort_view", label_visibility="collapsed"
    )
    if view == "Replication":
        replication_view(loaded)
        return
    question, row = ask(loaded.cohort, both_treatments=view == "Treatment")
    match view:
        case "Treatment":
            treatment_view(loaded, question)
        case "Response":
            response_view(loaded, question)
        case "Cox models":
            models_view(loaded, question)
        case "Score performance":
            score_view(loaded, question)
        case _:
            survival_view(loaded, question, trial_overlay(row))
    selection = " and ".join(question.filters) if view == "Treatment" else question.where_text
    if selection:
        st.caption(f"Selection (command line): {plain(selection)}")


def view() -> None:
    """The page below its frame."""
    st.html(NARROW)
    st.title("Past patients")
    st.markdown("Outcomes of past patients, by score and treatment")
    choose()
    answers()

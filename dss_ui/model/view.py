"""Model: performance and validity of a score, computed from the chosen cohort."""

import json

import streamlit as st

from dss_core.evaluation.jsonable import jsonable
from dss_ui.attention.map_checks import attention_view
from dss_ui.model.model_card_view import model_card_view
from dss_ui.model.model_features import features_view
from dss_ui.model.model_patients import associations_view, subgroups_view
from dss_ui.model.model_probability import calibration_view, decision_curve_view
from dss_ui.model.model_question import answer, ask_model, choose_group
from dss_ui.model.model_recalibration import recalibration_view
from dss_ui.model.model_signatures import signatures_view
from dss_ui.model.model_views import discrimination_view, group_warnings, summary
from dss_ui.past_patients.cohort_source import choose, current
from dss_ui.shell.messages import page_part, show_errors

# columns stand side by side only where there is room for a figure and its numbers
NARROW = """<style>@media (max-width: 1200px) {
.stHorizontalBlock:has(> .stColumn .stPlotlyChart) { flex-wrap: wrap; }
.stHorizontalBlock:has(> .stColumn .stPlotlyChart) > .stColumn { min-width: 100%; }
.stHorizontalBlock:has(> .stColumn .stSelectbox) { flex-wrap: wrap; }
.stHorizontalBlock > .stColumn:has(.stSelectbox, .stNumberInput) { min-width: 40%; } }</style>"""
GROUP_VIEWS = ("Discrimination", "Calibration", "Decision curve")
PEOPLE_VIEWS = ("Signatures", "Subgroups", "Associations", "Feature map")
VIEWS = (*GROUP_VIEWS, *PEOPLE_VIEWS, "Attention", "Model card")


@page_part
def evidence() -> None:
    """Controls and the chosen view; a changed control redraws only this."""
    loaded = current()
    view = st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="model_view",
        label_visibility="collapsed",
    )
    if view == "Model card":
        model_card_view()
        return
    if view == "Attention":
        attention_view()
        return
    question = ask_model(loaded, grouped=view in GROUP_VIEWS)
    if question is None:
        return
    found = answer(loaded, question)
    if loaded.cohort.synthetic:
        st.info(
            "Simulated cohort: illustrative only, not evidence of performance. Choose the "
            "published release above for real patients.",
            icon=":material/labs:",
        )
    if view == VIEWS[0]:
        summary(found)
    if view in GROUP_VIEWS:
        group = choose_group(found)
        group_warnings(group)
        match view:
            case "Calibration":
                calibration_view(loaded, group)
                recalibration_view(loaded, found.score, found.by, group)
            case "Decision curve":
                decision_curve_view(loaded, group)
            case _:
                discrimination_view(loaded, found, group)
    elif view == "Associations":
        associations_view(loaded, found)
    elif view == "Feature map":
        features_view(loaded, found)
    elif view == "Subgroups":
        subgroups_view(loaded, found)
    else:
        signatures_view(loaded, found)
    st.download_button(
        "Download all results as JSON",
        lambda: json.dumps(jsonable(found), indent=2, allow_nan=False),
        f"evidence-{found.score}.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        key="model_download",
    )
    st.caption(
        f"Same on the command line: `python -m dss_core evaluate COHORT.csv --score "
        f"{found.score} --label {found.label} --by {found.by}`"
    )


def view() -> None:
    """The page below its frame."""
    st.html(NARROW)
    st.title("Model performance and validity")
    choose()
    with show_errors():
        evidence()

"""Decision: what the imaging scores suggest beside what the 2020 guideline said."""

import streamlit as st

from dss_core.decision.agreement import TISSUE_FIRST
from dss_core.decision.decide import Decision, decide, decision_to_json
from dss_core.decision.patient_file import (
    PatientFile,
    patient_from_json,
    patient_to_json,
    read_patient,
)
from dss_core.decision.rule_set import RuleSet, guideline_rules
from dss_core.decision.tissue import TISSUE
from dss_core.errors import DecisionError
from dss_ui.decision import decision_form as form
from dss_ui.decision.decision_cards import agreement_band, answers
from dss_ui.decision.decision_cohort import cohort_evidence
from dss_ui.decision.decision_record import assessment_form, downloads, given_assessments
from dss_ui.decision.decision_scores import choose_scores
from dss_ui.decision.pathway_view import flow, style
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.patient_facts import STORE, not_kept, remember, replace_record

# facts and answer stand side by side on the first screen of 1440 x 900, and where there is no room
# the answer comes first; labels and fields of the form are small so that it is one screen high
_LAYOUT = """<style>
@media (max-width: 1200px) {
:is(.st-key-decision, .st-key-decision-routes) > div > .stHorizontalBlock { flex-wrap: wrap; }
:is(.st-key-decision, .st-key-decision-routes) > div > .stHorizontalBlock > .stColumn {
min-width: 100%; }
.stColumn:has(> div .st-key-decision-answer) { order: -1; } }
.stMainBlockContainer:has(.st-key-decision) { padding-top: 1.25rem; }
.st-key-decision-title h1 { padding: 0 0 .2rem; }
.st-key-decision-answer { gap: .55rem; }
.st-key-decision-answer .stForm { padding: .5rem .8rem .7rem; }
.st-key-decision-answer .stForm .stVerticalBlock { gap: .5rem; }
.st-key-decision-facts { gap: .4rem; padding: .55rem .8rem; }
.st-key-decision-facts [data-testid="stWidgetLabel"] { min-height: 1.2rem; margin-bottom: 0; }
.st-key-decision-facts [data-testid="stWidgetLabel"] p { font-size: .8rem; }
.st-key-decision-facts .react-aria-ComboBox > div { height: 2.1rem; }
.st-key-decision-facts .react-aria-ComboBox input { font-size: .86rem;
padding: 0 0 0 .5rem; }
.st-key-decision-facts [data-testid="stNumberInputContainer"] { height: 2.1rem; }
.st-key-decision-facts .stNumberInput input { font-size: .86rem; padding: 0 0 0 .5rem; }
.st-key-decision-facts .stButton button { min-height: 1.9rem; padding: 0 .6rem; }
</style>"""


def view() -> None:
    """The page below its frame."""
    st.html(style(dark=st.context.theme.type == "dark") + _LAYOUT)
    rules = guideline_rules()
    with st.container(key="decision-title"):
        title, notice = st.columns([2, 5], vertical_alignment="center")
    title.title("Decision", anchor=False)
    with st.container(key="decision"):
        facts, answer = st.columns([5, 7], gap="small")
    with facts, st.container(key="decision-facts", border=True):
        record = form.facts(rules) | form.loaded_scores()
    below_facts = facts.container()
    with answer, st.container(key="decision-answer"):
        choices = st.container(horizontal=True, vertical_alignment="center", gap="small")
        with choices:
            record |= form.snapshot_choice(rules)
        notice.caption(rules.table(record["guideline_snapshot"]).notice)
        st.session_state[STORE] = record
        with choices.popover("Import", icon=":material/upload:", width="content"):
            _import_record()
        try:
            file = patient_from_json(record, rules)
            with choices.popover("What-if", icon=":material/tune:", width="content"):
                chosen = choose_scores(file)
            decision = decide(file, chosen.scores, rules)
        except DecisionError as refusal:
            show_error(str(refusal))
            return
        measured = decide(file, chosen.measured, rules) if chosen.what_if else decision
        _remember(file, measured)
        st.html(answers(decision, chosen.label))
        st.html(agreement_band(decision))
        assessment_form(decision, chosen.what_if)
        given_assessments()
        downloads(decision, chosen.what_if)
    with below_facts:
        not_kept()
        _missing(decision, rules)
    _routes(decision)


def _import_record() -> None:
    st.file_uploader(
        "Patient record (patient.json)", type="json", key="decision_upload", on_change=load_record
    )
    if fault := st.session_state.pop("decision_upload_fault", None):
        show_error(fault)


def load_record() -> None:
    """Put an uploaded patient file into the form, or say why not."""
    upload = st.session_state.get("decision_upload")
    if upload is None:
        return
    try:
        record = read_patient(upload.getvalue(), upload.name, guideline_rules())
    except DecisionError as refusal:
        st.session_state["decision_upload_fault"] = str(refusal)
        return
    replace_record(patient_to_json(record))


def _remember(file: PatientFile, decision: Decision) -> None:
    """Facts and decision together; the decision is always that on the measured scores."""
    with show_errors():
        remember(patient_to_json(file), decision_to_json(decision))


def _missing(decision: Decision, rules: RuleSet) -> None:
    """What is not on record, or without a result, by name; what it would change on demand."""
    if not (decision.not_recorded or decision.changes):
        st.markdown("Nothing on which the guideline's answer depends is missing.")
        return
    if decision.not_recorded:
        st.markdown(form.not_recorded_line(decision.not_recorded, rules))
    if decision.changes:
        st.markdown(form.would_change_line(decision.changes, rules))
        with st.expander("What each result would change"):
            st.markdown("\n".join(form.change_lines(change, rules) for change in decision.changes))


def _routes(decision: Decision) -> None:
    """How each answer was reached, and what has changed since."""
    with st.container(key="decision-routes"):
        left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("How imaging got there", anchor=False)
        if decision.tissue:
            st.caption(f"{TISSUE}: {decision.tissue.title}. {TISSUE_FIRST}")
        st.html(flow(decision.imaging.route))
        st.caption(decision.imaging.route.table.notice)
        with st.expander("Past patients by EGFR-DLS", icon=":material/groups:"):
            cohort_evidence()
    with right:
        st.subheader("How the guideline got there", anchor=False)
        st.html(flow(decision.guideline))
    with st.expander("Changes since 2020: why this pathway is outdated", icon=":material/history:"):
        for row in decision.guideline.table.after:
            st.markdown(f"**{row.year}** " + ", ".join(row.changes))

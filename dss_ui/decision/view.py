"""Decision: what the imaging scores suggest beside what the 2020 guideline said."""

import streamlit as st

from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.patient_file import patient_from_json, patient_to_json, read_patient
from dss_core.decision.rule_set import guideline_rules
from dss_core.errors import DecisionError
from dss_ui.decision import decision_form as form
from dss_ui.decision.decision_cards import agreement_band, gauge
from dss_ui.decision.decision_cohort import cohort_evidence
from dss_ui.decision.decision_record import assessment_form, downloads
from dss_ui.decision.decision_scores import score_tab
from dss_ui.decision.pathway_view import answer, flow, style
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.patient_facts import STORE, remember, replace_record


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


def view() -> None:
    """The page below its frame."""
    st.html(style(dark=st.context.theme.type == "dark"))
    book = guideline_rules()
    heading, chooser = st.columns([2, 3], vertical_alignment="bottom")
    heading.title("Decision")
    with chooser:
        record = form.snapshot_choice(book)
    st.caption(book.table(record["guideline_snapshot"]).notice)

    patient, drivers, immunotherapy, practical, scores_tab, files = st.tabs(
        [
            "Patient",
            "Driver genes",
            "PD-L1",
            "Constraints",
            "Imaging scores",
            "Import",
        ]
    )
    with patient:
        record |= form.patient_tab()
    with drivers:
        record |= form.drivers_tab(book)
    with immunotherapy:
        record |= form.immunotherapy_tab()
    with practical:
        record |= form.practical_tab()
    with files:
        st.file_uploader(
            "Patient record (patient.json)",
            type="json",
            key="decision_upload",
            on_change=load_record,
        )
        if fault := st.session_state.pop("decision_upload_fault", None):
            show_error(fault)
    record |= form.loaded_scores()
    st.session_state[STORE] = record

    try:
        file = patient_from_json(record, book)
        with scores_tab:
            chosen = score_tab(file)
        decision = decide(file, chosen.scores, book)
    except DecisionError as refusal:
        show_error(str(refusal))
        return

    with show_errors():
        remember(patient_to_json(file), None if chosen.what_if else decision_to_json(decision))

    st.html(agreement_band(decision.comparison))
    left, right = st.columns(2, gap="medium")
    with left:
        st.html(answer(chosen.label, decision.imaging.route, decision.imaging.reasons))
        for score in (chosen.scores.egfr, chosen.scores.pdl1):
            if score:
                st.html(gauge(score))
        st.html(flow(decision.imaging.route))
        st.caption(decision.imaging.route.table.notice)
        cohort_evidence()

        st.subheader("What is missing", anchor=False)
        if decision.not_recorded:
            st.markdown(form.not_recorded_line(decision.not_recorded, book))
        if decision.changes:
            st.markdown("Any one of these results alone would change the guideline recommendation:")
            st.markdown("\n".join(form.change_lines(change, book) for change in decision.changes))
        elif not decision.not_recorded:
            st.markdown("Nothing on which the guideline recommendation depends is missing.")
        st.subheader("Your assessment", anchor=False)
        assessment_form(decision, chosen.what_if)
        downloads(decision)
    with right:
        st.html(answer(form.guideline_label(decision.guideline), decision.guideline))
        st.html(flow(decision.guideline))

    with st.expander("Changes since 2020: why this pathway is outdated", icon=":material/history:"):
        for row in decision.guideline.table.after:
            st.markdown(f"**{row.year}** " + ", ".join(row.changes))

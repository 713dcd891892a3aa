"""The clinician's assessment, kept with the case and downloadable."""

import json
import logging
from datetime import UTC, datetime

import streamlit as st

from dss_core.decision.assessment import LONGEST_REASON, Opinion, assess
from dss_core.decision.decide import Decision, decision_to_json
from dss_core.decision.patient_file import patient_to_json
from dss_core.errors import DssError
from dss_ui.shell.messages import show_error
from dss_ui.shell.patient_facts import add_assessment, assessments

_WORDS = {
    Opinion.ACCEPT.value: "Accept",
    Opinion.DISAGREE.value: "Disagree",
    Opinion.NOT_USABLE.value: "Not usable",
}
_log = logging.getLogger(__name__)


def assessment_form(decision: Decision, what_if: bool) -> None:
    """Ask for an assessment and list those already given."""
    with st.form("decision_verdict", border=True):
        opinion = st.pills(
            "Your assessment of this recommendation",
            list(_WORDS),
            format_func=_WORDS.__getitem__,
            key="decision_opinion",
        )
        reason = st.text_area(
            "Reason (required to disagree; no patient identifiers)",
            max_chars=LONGEST_REASON,
            height=80,
            key="decision_reason",
        )
        if st.form_submit_button("Save assessment"):
            _save(decision, opinion, reason, what_if)
    if assessments():
        st.dataframe(
            [
                {
                    "Assessment": _WORDS[one.opinion],
                    "Reason": one.reason,
                    "Guideline": one.node,
                    "Imaging": one.recommendation,
                    "Scores": "what-if" if one.what_if else "case",
                    "When (UTC)": f"{one.made_at:%Y-%m-%d %H:%M:%S}",
                }
                for one in assessments()
            ],
            hide_index=True,
        )


def downloads(decision: Decision) -> None:
    """The recommendation with its assessments, and the patient record, as files."""
    answer = decision_to_json(decision) | {
        "patient": patient_to_json(decision.file),
        "verdicts": [one.to_json() for one in assessments()],
    }
    st.download_button(
        "Download decision",
        json.dumps(answer, indent=2, allow_nan=False),
        "decision.json",
        "application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    st.download_button(
        "Download patient record",
        json.dumps(patient_to_json(decision.file), indent=2, allow_nan=False),
        "patient.json",
        "application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _save(decision: Decision, opinion: str | None, reason: str, what_if: bool) -> None:
    if opinion is None:
        st.error("Select accept, disagree or not usable first.")
        return
    try:
        given = assess(decision, Opinion(opinion), reason, datetime.now(UTC), what_if)
        add_assessment(given)
    except DssError as refusal:
        show_error(str(refusal))
        return
    _log.info(
        "assessment %s of %s %s, imaging %s",
        given.opinion,
        given.snapshot,
        given.node,
        given.recommendation,
    )
    st.success("Saved with this case.")

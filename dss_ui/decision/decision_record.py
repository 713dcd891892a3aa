"""The clinician's assessment, kept with the case and downloadable."""

import json
import logging
from datetime import UTC, datetime
from html import escape

import streamlit as st

from dss_core.decision.assessment import LONGEST_REASON, Assessment, Opinion, assess
from dss_core.decision.decide import Decision, decision_to_json
from dss_core.decision.patient_file import patient_to_json
from dss_core.decision.rule_set import imaging_rules
from dss_core.errors import DssError
from dss_ui.shell.messages import show_error
from dss_ui.shell.patient_facts import add_assessment, assessments, outlasts

_WORDS = {
    Opinion.ACCEPT.value: "Accept",
    Opinion.DISAGREE.value: "Disagree",
    Opinion.NOT_USABLE.value: "Not usable",
}
_log = logging.getLogger(__name__)


def assessment_form(decision: Decision, what_if: bool) -> None:
    """Ask for an assessment of the answer."""
    with st.form("decision_verdict", border=True):
        left, right = st.columns([4, 5], gap="small")
        with left:
            opinion = st.pills(
                "Your assessment",
                list(_WORDS),
                format_func=_WORDS.__getitem__,
                key="decision_opinion",
            )
            submitted = st.form_submit_button("Save assessment", type="primary")
        with right:
            reason = st.text_area(
                "Reason (required to disagree)",
                max_chars=LONGEST_REASON,
                height=72,
                key="decision_reason",
                placeholder="No patient identifiers",
            )
        if submitted:
            _save(decision, opinion, reason, what_if)


def given_assessments() -> None:
    """List the assessments of the case, the last one first, as text."""
    given = assessments()
    if given:
        items = "".join(_item(one) for one in reversed(given))
        st.html(
            '<section class="dss-given" aria-label="Assessments given">'
            f"<strong>Assessments given</strong><ol>{items}</ol></section>"
        )


def _item(one: Assessment) -> str:
    """One assessment with what it was about."""
    ends = {node.id: node.title for node in imaging_rules().table().nodes}
    reason = f" {escape(one.reason)}" if one.reason else ""
    about = (
        f"{one.made_at:%d %b %Y, %H:%M} UTC",
        f"guideline {one.node}",
        f"imaging: {ends.get(one.recommendation, one.recommendation)}",
        *(("what-if scores",) if one.what_if else ()),
    )
    return (
        f"<li><strong>{_WORDS[one.opinion]}</strong>{reason}"
        f'<div class="aside">{escape(" · ".join(about))}</div></li>'
    )


def downloads(decision: Decision, what_if: bool) -> None:
    """The recommendation with its assessments, and the patient record, as files."""
    answer = decision_to_json(decision) | {
        "what_if": what_if,
        "patient": patient_to_json(decision.file),
        "verdicts": [one.to_json() for one in assessments()],
    }
    left, right = st.columns(2, gap="small")
    left.download_button(
        "Download decision",
        json.dumps(answer, indent=2, allow_nan=False),
        "decision.json",
        "application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    right.download_button(
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
    st.success("Saved with this case." if outlasts() else "Added for this session.")

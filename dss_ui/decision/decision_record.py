"""The clinician's verdict on the answer, kept with the case for the session and downloadable."""

import json
import logging
from datetime import UTC, datetime

import streamlit as st

from dss_core.decision.assessment import LONGEST_REASON, Assessment, Opinion, assess
from dss_core.decision.decide import Decision, decision_to_json
from dss_core.decision.patient_file import patient_to_json
from dss_core.errors import DecisionError
from dss_ui.session.patient_record import replace_record, stored
from dss_ui.session.state import current_result

VERDICTS = "decision_verdicts"
_CASE, _KEPT = "decision_case", "decision_kept"
_WORDS = {
    Opinion.ACCEPT.value: "Accept",
    Opinion.DISAGREE.value: "Disagree",
    Opinion.NOT_USABLE.value: "Not usable",
}
_log = logging.getLogger(__name__)


def follow_case() -> None:
    """Bring out the record and the verdicts of the case now loaded; every case keeps its own."""
    result = current_result()
    case = result.input_digest if result else ""
    before = st.session_state.setdefault(_CASE, case)
    if before == case:
        return
    kept = st.session_state.setdefault(_KEPT, {})
    kept[before] = (stored(), verdicts())
    record, given = kept.get(case, ({}, ()))
    replace_record(record)
    st.session_state[VERDICTS] = given
    st.session_state[_CASE] = case


def verdicts() -> tuple[Assessment, ...]:
    """All verdicts on the case, oldest first."""
    found: tuple[Assessment, ...] = st.session_state.get(VERDICTS, ())
    return found


def verdict_form(decision: Decision, what_if: bool) -> None:
    """Ask for a verdict and list those already given."""
    with st.form("decision_verdict", border=True):
        opinion = st.pills(
            "Your verdict on this answer",
            list(_WORDS),
            format_func=_WORDS.__getitem__,
            key="decision_opinion",
        )
        reason = st.text_area(
            "Reason (needed to disagree; no names, dates or numbers of patients)",
            max_chars=LONGEST_REASON,
            height=80,
            key="decision_reason",
        )
        if st.form_submit_button("Save verdict"):
            _save(decision, opinion, reason, what_if)
    if verdicts():
        st.dataframe(
            [
                {
                    "Verdict": _WORDS[verdict.opinion],
                    "Reason": verdict.reason,
                    "Guideline": verdict.node,
                    "Imaging": verdict.recommendation,
                    "Scores": "what-if" if verdict.what_if else "of the case",
                    "When (UTC)": f"{verdict.made_at:%Y-%m-%d %H:%M:%S}",
                }
                for verdict in verdicts()
            ],
            hide_index=True,
        )


def downloads(decision: Decision) -> None:
    """The answer with its verdicts, and the patient record, as files."""
    answer = decision_to_json(decision) | {
        "patient": patient_to_json(decision.file),
        "verdicts": [verdict.to_json() for verdict in verdicts()],
    }
    st.download_button(
        "Download the decision",
        json.dumps(answer, indent=2, allow_nan=False),
        "decision.json",
        "application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    st.download_button(
        "Download the record",
        json.dumps(patient_to_json(decision.file), indent=2, allow_nan=False),
        "patient.json",
        "application/json",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _save(decision: Decision, opinion: str | None, reason: str, what_if: bool) -> None:
    if opinion is None:
        st.error("Choose accept, disagree or not usable first.")
        return
    try:
        verdict = assess(decision, Opinion(opinion), reason, datetime.now(UTC), what_if)
    except DecisionError as refusal:
        st.error(str(refusal))
        return
    st.session_state[VERDICTS] = (*verdicts(), verdict)
    _log.info(
        "verdict %s on %s %s, imaging %s",
        verdict.opinion,
        verdict.snapshot,
        verdict.node,
        verdict.recommendation,
    )
    st.success("Saved with this case.")

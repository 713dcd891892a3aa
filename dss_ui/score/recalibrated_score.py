"""A stored recalibration, shown beside the score it belongs to and never in its place."""

import streamlit as st

from dss_core.case.case_result import CaseResult
from dss_core.errors import WeightsError
from dss_core.evaluation.recalibration import Recalibration, Weights, recalibrate
from dss_core.evaluation.recalibration_store import load
from dss_core.records import TaskScore
from dss_ui.shell.messages import plain


def recalibrated_line(score: TaskScore, result: CaseResult) -> None:
    """The recalibrated probability of a score, with the patients it rests on; or why there is none.

    Nothing is drawn where none is stored.
    """
    try:
        found = load(Weights(result.weights_id, result.weights_sha256), score.task)
    except WeightsError as refusal:
        st.warning(plain(str(refusal)), icon=":material/tune:")
        return
    if found is None:
        return
    value = recalibrate(found, score.dls)
    chance = value.probability
    note = " Warning: score outside the range of the recalibration cohort." if value.note else ""
    st.markdown(
        f":material/tune: **Recalibrated probability {chance.estimate:.0%}** "
        f"({chance.low:.0%} to {chance.high:.0%}), {provenance(found)}.{note} "
        "The score above and its group are unchanged."
    )


def provenance(found: Recalibration) -> str:
    """Whose patients, how many, when."""
    kind = "simulated " if found.synthetic else ""
    return (
        f"fitted on {plain(found.cohort)} ({found.n} {kind}patients, {found.n_positive} positive), "
        f"{found.made_on}"
    )

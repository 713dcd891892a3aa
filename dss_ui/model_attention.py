"""Can an attention map be trusted? Checks on the loaded case, and those on planted cues."""

import streamlit as st

from dss_core.pipeline import CaseResult
from dss_core.records import AttentionMethod, Task
from dss_core.scoring.sanity import CaseChecks, check_case
from dss_ui.attention_charts import checks_figure, planted_rows
from dss_ui.cache import bundle
from dss_ui.state import current_result
from dss_ui.words import TASKS


def attention_view() -> None:
    """Sanity checks of Grad-CAM on the case, and the measured planted-cue check of all methods."""
    st.markdown("##### Does the map depend on the network and on the image?")
    result = current_result()
    if result is None or not result.scores:
        st.info("Score a case on the Case page to check the maps on it.")
    else:
        _case_checks(result)
    st.markdown("##### Does the map find a cue that was planted?")
    st.dataframe(planted_rows(), hide_index=True, width="stretch")
    st.caption(
        "Simulated lesions whose label lies only in a crescent of the rim; one network, 24 lesions "
        "it never saw. What each column means and what follows: docs/attention.md."
    )


def _case_checks(result: CaseResult) -> None:
    tasks = [score.task for score in result.scores]
    task = st.segmented_control(
        "Score",
        tasks,
        default=tasks[0],
        required=True,
        key="model_attention_task",
        format_func=lambda t: TASKS[t].title,
    )
    with st.spinner("Shuffling layers and taking pixels away"):
        found = _checks(result.weights_sha256, result.input_digest, task, result)
    st.plotly_chart(checks_figure(found.randomised, found.perturbation), key="model_checks")
    st.caption(
        "Grad-CAM on the loaded case. Left: similarity to the true map should fall as layers are "
        "shuffled. Middle and right: the map's order should change the probability faster than a "
        "random order. Maps of mirrored images, mirrored back: rank correlation "
        f"{found.mirrored.rank_correlation:.2f}, SSIM {found.mirrored.ssim:.2f} (1 is equal)."
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _checks(sha256: str, digest: str, task: Task, _result: CaseResult) -> CaseChecks:
    """Kept by weights, case and task."""
    model = bundle(_result.weights_id).models[task]
    return check_case(model, _result.tensor.x, AttentionMethod.GRADCAM)

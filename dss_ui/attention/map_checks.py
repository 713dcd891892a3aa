"""Can an attention map be trusted? Checks on the loaded case, and those on planted cues."""

import streamlit as st

from dss_core.attention.cue_localisation_result import LEAST_NETWORKS, planted_result
from dss_core.attention.sanity_checks import CaseChecks, check_case
from dss_core.case.case_result import CaseResult
from dss_core.records import AttentionMethod, Task
from dss_ui.attention.attention_charts import checks_figure, planted_figure, planted_rows
from dss_ui.attention.computed_maps import METHODS
from dss_ui.session.state import current_result
from dss_ui.shell.cache import bundle
from dss_ui.shell.words import TASKS


def attention_view() -> None:
    """Sanity checks of Grad-CAM on the case, and the measured planted-cue check of all methods."""
    st.markdown("##### Does the map depend on the network and on the image?")
    result = current_result()
    if result is None or not result.scores:
        st.info("Score a case on the Case page to check the maps on it.")
    else:
        _case_checks(result)
    st.markdown("##### Does the map find a cue that was planted?")
    planted_view()


def planted_view() -> None:
    """The measured planted-cue check of all methods, and the default that follows from it."""
    result = planted_result()
    st.plotly_chart(
        planted_figure(result),
        key="planted",
        config={"displayModeBar": False},
        alt="For each method the AUC for the planted cue, network by network",
    )
    st.dataframe(planted_rows(result), hide_index=True, width="stretch")
    chosen = METHODS[result.default]
    why = f"{chosen}, the published method, stays the default until more networks are measured."
    if result.n_networks >= LEAST_NETWORKS:
        why = (
            f"{chosen} is the default: no other method found the cue better on every network, and "
            "of such methods it is the cheapest."
        )
    st.caption(
        "Simulated lesions whose label lies only in a crescent of the rim; networks: "
        f"{result.n_networks}, lesions each never saw: {result.n_images}. Mean (lowest to highest "
        f"network). {why} What each column means and what follows: docs/attention.md."
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

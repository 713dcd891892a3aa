"""How attention maps were tested: on the open case, and on a known cue in simulated lesions."""

import streamlit as st

from dss_core.attention.cue_localisation_result import LEAST_NETWORKS, cue_localisation_result
from dss_core.attention.sanity_checks import CaseChecks, check_case
from dss_core.records import AttentionMethod, Task
from dss_ui.attention.attention_charts import checks_figure, cue_figure, cue_rows
from dss_ui.attention.computed_maps import METHODS
from dss_ui.session.current import current_case
from dss_ui.session.state import Case
from dss_ui.shell.cache import bundle_of
from dss_ui.shell.case_images import offer_images
from dss_ui.shell.words import TASKS


def attention_view() -> None:
    """Sanity checks of Grad-CAM on the case, and of all methods with a known cue."""
    st.markdown("##### Sanity checks on the open case")
    case = current_case()
    if case is None or not case.result.scores:
        st.info("Score a case on the Images page to run these checks.")
    elif isinstance(case, Case):
        _case_checks(case)
    else:
        offer_images(case)
    st.markdown("##### Localisation of a known cue (simulated lesions)")
    known_cue_view()


def known_cue_view() -> None:
    """The measured check with a known cue of all methods, and the default that follows from it."""
    result = cue_localisation_result()
    st.plotly_chart(
        cue_figure(result),
        key="planted",
        config={"displayModeBar": False},
        alt="For each method the AUC for the known cue, per network",
    )
    st.dataframe(cue_rows(result), hide_index=True, width="stretch")
    chosen = METHODS[result.default]
    why = f"{chosen}, the published method, stays the default until more networks are measured."
    if result.n_networks >= LEAST_NETWORKS:
        why = f"{chosen} is the default: no other method localised the cue better on every network."
    st.caption(
        f"Mean (lowest to highest) of {result.n_networks} networks on "
        f"{result.unseen_positive_images} independent simulated lesions each; "
        f"columns: see docs/attention.md. {why}"
    )


def _case_checks(case: Case) -> None:
    result = case.result
    tasks = [score.task for score in result.scores]
    task = st.segmented_control(
        "Score",
        tasks,
        default=tasks[0],
        required=True,
        key="model_attention_task",
        format_func=lambda t: TASKS[t].title,
    )
    with st.spinner("Randomising layers and deleting pixels"):
        found = _checks(result.weights_sha256, result.input_digest, task, case)
    st.plotly_chart(checks_figure(found.randomised, found.perturbation), key="model_checks")
    st.caption(
        "Grad-CAM on the open case. Left: similarity should fall as layers are randomised. Middle "
        "and right: the map's order should change the probability faster than a random order."
    )
    st.caption(
        f"Mirror consistency: rank correlation {found.mirrored.rank_correlation:.2f}, structural "
        f"similarity (SSIM) {found.mirrored.ssim:.2f}; 1 is identical."
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _checks(sha256: str, digest: str, task: Task, _case: Case) -> CaseChecks:
    """Kept by weights, case and task."""
    model = bundle_of(_case).models[task]
    return check_case(model, _case.images.tensor.x, AttentionMethod.GRADCAM)

"""Overview: the open case with its scores, and the weights in use."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_ui.score.score_cards import score_cards
from dss_ui.session.current import current_case
from dss_ui.session.state import Origin
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.words import TASKS, cutoff_text


def view(place: DeltaGenerator) -> None:
    """What needs the core.

    Parameters
    ----------
    place : DeltaGenerator
        Where the open case goes, within the text of the page.
    """
    with place:
        _case()
    _weights()


def _case() -> None:
    case = current_case()
    if case is None:
        st.info(
            "No case is open. Open the simulated demo case or your own PET/CT.",
            icon=":material/folder_off:",
        )
        st.page_link("pages/case.py", label="Open a case", icon=":material/upload:")
        return
    simulated = " All images are simulated." if case.origin is Origin.DEMO else ""
    st.subheader(case.origin)
    done = "Images read; score withheld" if case.result.withheld else "Images read and scored"
    st.markdown(
        f"{done}: {case.result.roi.volume_ml:.1f} mL tumour region on "
        f"{len(case.result.z_mm)} slices, SUVmax {case.result.suv.max:.1f}.{simulated}"
    )
    score_cards(case.result, "overview")
    with st.container(horizontal=True):
        st.page_link("pages/score.py", label="View score details", icon=":material/arrow_forward:")
        st.page_link("pages/case.py", label="Review images", icon=":material/radiology:")
        st.page_link("pages/case.py", label="Open your own case", icon=":material/upload:")


def _weights() -> None:
    with show_errors():
        weights = bundle()
        st.subheader("Weights in use")
        if weights.demo:
            st.info(
                f"Demo weights ({plain(weights.id)}) were trained on **simulated lesions only**. "
                "For demonstration only; do not interpret these scores clinically.",
                icon=":material/labs:",
            )
        for model in weights.models.values():
            st.caption(
                f"{TASKS[model.task].title} cut-off {cutoff_text(model.cutoff)}: "
                f"{plain(model.cutoff_origin)}"
            )

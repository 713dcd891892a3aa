"""Overview: what this is, what is loaded, what to do next."""

from dataclasses import dataclass

import streamlit as st

from dss_ui.score.score_cards import score_cards
from dss_ui.session.current import current_case
from dss_ui.session.state import Origin
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.navigation import PRODUCT, page_named
from dss_ui.shell.words import TASKS, cutoff_text


@dataclass(frozen=True)
class Use:
    """One question a clinician brings, and the page that answers it."""

    page: str
    question: str
    answer: str


USES = (
    Use(
        "Score",
        "Do the images suggest an EGFR-mutant or PD-L1-positive tumour?",
        "Two scores from PET/CT, per slice, with their inputs and settings.",
    ),
    Use(
        "Decision",
        "EGFR-TKI or immunotherapy: what does imaging add?",
        "Imaging and guideline pathways side by side, and where they differ.",
    ),
    Use(
        "Past patients",
        "What were the outcomes of past patients with a similar score?",
        "Kaplan-Meier curves of a reference cohort, with this patient's score marked.",
    ),
)


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


def _uses() -> None:
    present = [(use, page) for use in USES if (page := page_named(use.page))]
    st.subheader("What you can do")
    for column, (use, page) in zip(st.columns(len(present)), present, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{use.question}**")
            st.markdown(use.answer)
            st.page_link(page.path, label=page.title, icon=page.icon)


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


def view() -> None:
    """The page below its frame."""
    st.title(PRODUCT)
    st.markdown(
        "From an FDG PET/CT and an outlined lung tumour to two deep learning scores (DLS), "
        "EGFR-DLS and PDL1-DLS, after [Mu et al., Nat Commun "
        "2020](https://doi.org/10.1038/s41467-020-19116-x). Every step can be inspected."
    )
    _case()
    _uses()
    _weights()

"""The text of the overview: what the software is and what it answers.

Nothing of the core is imported here, so that it stands while a new server is still loading.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_ui.shell.navigation import PRODUCT, page_named


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


def draw_introduction() -> DeltaGenerator:
    """Title, purpose and uses; gives back the place between them, for the open case."""
    st.title(PRODUCT)
    st.markdown(
        "From an FDG PET/CT and an outlined lung tumour to two deep learning scores (DLS), "
        "EGFR-DLS and PDL1-DLS, after [Mu et al., Nat Commun "
        "2020](https://doi.org/10.1038/s41467-020-19116-x). Every step can be inspected."
    )
    place = st.container()
    _uses()
    return place


def _uses() -> None:
    present = [(use, page) for use in USES if (page := page_named(use.page))]
    st.subheader("What you can do")
    for column, (use, page) in zip(st.columns(len(present)), present, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{use.question}**")
            st.markdown(use.answer)
            st.page_link(page.path, label=page.title, icon=page.icon)

"""Case: files in, series and region chosen, scored, and a look at the images."""

import streamlit as st

from dss_core.errors import DssError
from dss_ui.images.marking_view import look
from dss_ui.images.region_import import offer
from dss_ui.images.registration_view import align
from dss_ui.images.upload import UNIT_FIRST, choose, lacks_unit, table, upload
from dss_ui.session.state import (
    MARKED,
    Choice,
    Intake,
    current_case,
    current_draft,
    set_case,
)
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.run_case import (
    needs_registration,
    propose,
    propose_unmarked,
    rescore,
    score,
    step_line,
)


def _score(intake: Intake, choice: Choice) -> None:
    with show_errors():
        weights = bundle()
        status = st.status("Scoring", expanded=True)
        try:
            set_case(score(intake, choice, weights, status))
        except Exception:
            status.update(label="Not scored", state="error")
            raise
        st.rerun()


def view() -> None:
    """The page below its frame."""
    st.title("Case")
    st.subheader("1 · Add PET/CT and tumour region")
    upload()
    case, draft = current_case(), current_draft()
    intake = draft or (case.intake if case else None)
    if intake is None:
        st.info(
            "Drop a CT series, the PET of the same examination and the tumour region "
            "(RTSTRUCT, DICOM SEG or a mask file), or load the demo case.",
            icon=":material/upload:",
        )
        return
    st.subheader(f"2 · Check what was found: {intake.origin}")
    proposal = None
    if draft is None and case is not None:
        proposal = case.choice
    else:
        try:
            proposal = propose(intake)
        except DssError as refusal:
            proposal = propose_unmarked(intake)
            if proposal is None:
                table(intake, None)
                show_error(str(refusal))
                return
            st.info(
                "The files hold no tumour region. Mark it in the browser, or add an RTSTRUCT, "
                "DICOM SEG or mask file to them.",
                icon=":material/draw:",
            )
    slot = st.container()
    choice = choose(intake, proposal)
    with slot:
        table(intake, choice)
    scored = draft is None and case is not None and choice == case.choice
    registered = case is not None and scored and case.images.registration is not None
    if not scored and needs_registration(intake, choice) and not lacks_unit(choice, intake):
        st.subheader("3 · Align PET with CT")
        align(intake, choice)
        return
    if choice.region_index == MARKED and not scored:
        st.subheader("3 · Mark the tumour")
        offer(intake, choice)
        return
    st.subheader("3 · Score")
    if st.button(
        "Score again" if scored else "Score this case",
        type="secondary" if scored else "primary",
        icon=":material/play_arrow:",
        disabled=lacks_unit(choice, intake),
        help=UNIT_FIRST if lacks_unit(choice, intake) else None,
    ):
        if case is not None and (registered or choice.region_index == MARKED):  # images stay
            with show_errors():
                set_case(rescore(case, bundle()))
                st.rerun()
        _score(intake, choice)
    if case is not None and scored:
        with st.expander(f"Scored in {sum(s.seconds for s in case.steps):.1f} s"):
            for step in case.steps:
                st.markdown(step_line(step))
        st.page_link("pages/score.py", label="Go to the score", icon=":material/monitoring:")
        st.subheader("4 · Look at the images")
        st.page_link(
            "pages/region.py", label="Mark or correct the tumour region", icon=":material/draw:"
        )
        with show_errors():
            look(case)

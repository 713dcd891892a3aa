"""Case: files in, series and region chosen, scored, and a look at the images."""

import streamlit as st

from dss_core.errors import DssError
from dss_ui.images.marking_view import look
from dss_ui.images.region_import import offer
from dss_ui.images.registration_view import register
from dss_ui.images.upload import UNIT_FIRST, choose, lacks_unit, table, upload
from dss_ui.session import transitions
from dss_ui.session.current import become, session
from dss_ui.session.state import Case, Choice, Intake, files_of, source_of
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.run_case import (
    needs_registration,
    propose,
    propose_without_region,
    rescore,
    score,
    step_line,
)


def _score(intake: Intake, choice: Choice) -> None:
    with show_errors():
        weights = bundle()
        status = st.status("Scoring", expanded=True)
        try:
            case = score(intake, choice, weights, status)
            become(transitions.score(session(), case))
        except Exception:
            status.update(label="Not scored", state="error")
            raise
        st.rerun()


def view() -> None:
    """The page below its frame."""
    st.title("Case")
    st.subheader("1 · Add PET/CT and tumour region")
    upload()
    source = source_of(session())
    if source is None:
        st.info(
            "Drop a CT series, the PET of the same examination and the tumour region "
            "(RTSTRUCT, DICOM SEG or a mask file), or load the demo case.",
            icon=":material/upload:",
        )
        return
    case = source if isinstance(source, Case) else None
    if case is not None and case.files is None:
        _review(case)
        return
    intake = files_of(source)
    before = case.files.choice if case is not None and case.files is not None else None
    st.subheader(f"2 · Check series and region: {intake.origin.lower()}")
    if before is not None:
        proposal = before
    else:
        try:
            proposal = propose(intake)
        except DssError as refusal:
            without_region = propose_without_region(intake)
            if without_region is None:
                table(intake, None)
                show_error(str(refusal))
                return
            proposal = without_region
            st.info(
                "No tumour region in these files. Draw it here, or add an RTSTRUCT, DICOM SEG or "
                "mask file.",
                icon=":material/draw:",
            )
    slot = st.container()
    choice = choose(intake, proposal)
    with slot:
        table(intake, choice)
    scored = case is not None and choice == before
    if intake.regions and choice.region_index is None and not scored:
        st.info(
            "Not exactly one region is named like a tumour. Select the tumour region above, or "
            "draw it.",
            icon=":material/rule:",
        )
    registered = case is not None and scored and case.images.aligned.registration is not None
    if not scored and needs_registration(intake, choice) and not lacks_unit(choice, intake):
        st.subheader("3 · Register PET to CT")
        register(source, choice)
        return
    if choice.region_index is None and not scored:
        st.subheader("3 · Draw the tumour region")
        offer(source, choice)
        return
    st.subheader("3 · Score")
    if st.button(
        "Score again" if scored else "Score case",
        type="secondary" if scored else "primary",
        icon=":material/play_arrow:",
        disabled=lacks_unit(choice, intake),
        help=UNIT_FIRST if lacks_unit(choice, intake) else None,
    ):
        if case is not None and (registered or choice.region_index is None):  # images stay
            with show_errors():
                become(transitions.score(session(), rescore(case, bundle())))
                st.rerun()
        _score(intake, choice)
    if case is not None and scored:
        with st.expander(f"Processing steps ({sum(s.seconds for s in case.steps):.1f} s)"):
            for step in case.steps:
                st.markdown(step_line(step))
        st.page_link("pages/score.py", label="View scores", icon=":material/monitoring:")
        st.subheader("4 · Review images")
        _review(case)


def _review(case: Case) -> None:
    st.page_link("pages/region.py", label="Draw or edit the tumour region", icon=":material/draw:")
    with show_errors():
        look(case)

"""Case: files in, series and region chosen, scored, and a look at the images."""

import streamlit as st

from dss_core.errors import DssError
from dss_ui.alignment import preview, quality
from dss_ui.cache import bundle
from dss_ui.frame import frame
from dss_ui.intake import choose, lacks_unit, table, upload
from dss_ui.messages import refuse, told
from dss_ui.panel import as_jpeg, draw
from dss_ui.state import (
    Case,
    Choice,
    Intake,
    current_case,
    current_draft,
    current_proposal,
    set_case,
    set_proposal,
)
from dss_ui.viewer import PLANE_PX, Field, Window, axial, field_of_view, region_levels_mm
from dss_ui.work import (
    needs_registration,
    propose,
    propose_alignment,
    rescore,
    score,
    score_proposal,
    step_line,
)

ONE_PANEL_PX = 760


def _score(intake: Intake, choice: Choice) -> None:
    with told():
        weights = bundle()
        status = st.status("Scoring", expanded=True)
        try:
            set_case(score(intake, choice, weights, status))
        except Exception:
            status.update(label="Not scored", state="error")
            raise
        st.rerun()


def _align(intake: Intake, choice: Choice) -> None:
    """Propose a registration, show it, and score with it when the user agrees."""
    proposal = current_proposal(intake, choice)
    if proposal is None:
        st.info(
            "PET and CT are in different frames of reference (FrameOfReferenceUID (0020,0052)), so "
            "they cannot be laid over each other as they are. Choose the CT that was acquired with "
            "the PET, or let the software propose a rigid alignment for you to check.",
            icon=":material/align_center:",
        )
        if st.button("Propose an alignment", type="primary", icon=":material/join_inner:"):
            with told():
                status = st.status("Aligning", expanded=True)
                try:
                    set_proposal(propose_alignment(intake, choice, status))
                except Exception:
                    status.update(label="Not aligned", state="error")
                    raise
                st.rerun()
        return
    quality(proposal)
    with told():
        preview(proposal)
    with st.container(horizontal=True):
        if st.button("Use this alignment and score", type="primary", icon=":material/check:"):
            with told():
                set_case(score_proposal(proposal, bundle()))
                st.rerun()
        if st.button("Discard it", icon=":material/close:"):
            set_proposal(None)
            st.rerun()


@st.fragment
def _look(case: Case) -> None:
    levels = [float(z) for z in region_levels_mm(case.region.roi)]
    key = case.result.input_digest[:12]
    with st.container(horizontal=True):
        window = st.segmented_control(
            "CT window", list(Window), default=Window.LUNG, required=True, key=f"window-{key}"
        )
        field = st.segmented_control(
            "Field", list(Field), default=Field.WHOLE, required=True, key=f"field-{key}"
        )
        shown = st.segmented_control(
            "Images",
            ["All", "CT", "PET", "Fusion"],
            default="All",
            required=True,
            key=f"images-{key}",
        )
    middle = levels[len(levels) // 2]
    z_mm = middle
    if len(levels) > 1:
        z_mm = st.select_slider(
            "Slice (z in mm, inferior to superior)",
            levels,
            value=middle,
            format_func=lambda z: f"{z:.1f} mm",
            key=f"level-{key}",
        )
    size_px = PLANE_PX if shown == "All" else ONE_PANEL_PX
    plane = field_of_view(case.region.roi, Field(field), z_mm, size_px)
    view = axial(case.images, case.region.roi, plane, Window(window))
    panels = {
        "All": (view.ct, view.pet, view.fusion),
        "CT": (view.ct,),
        "PET": (view.pet,),
        "Fusion": (view.fusion,),
    }[shown]
    columns = st.columns(3) if shown == "All" else [st.container(width=ONE_PANEL_PX)]
    for column, panel in zip(columns, panels, strict=True):
        column.image(
            as_jpeg(draw(panel, size_px)),
            width="stretch",
            alt=f"Axial {panel.title} with the tumour outlined",
        )
    st.caption(
        "Patient's right is on the left, seen from the feet. Blue: the tumour region. Ruler and "
        "grey values are under each image."
    )


frame("Case")
st.title("Case")
st.subheader("1 · Add PET/CT and tumour region")
upload()
case, draft = current_case(), current_draft()
intake = draft or (case.intake if case else None)
if intake is None:
    st.info(
        "Drop a CT series, the PET of the same examination and the tumour region (RTSTRUCT, DICOM "
        "SEG or a mask file), or load the demo case.",
        icon=":material/upload:",
    )
    st.stop()
st.subheader(f"2 · Check what was found: {intake.origin}")
proposal = None
if draft is None and case is not None:
    proposal = case.choice
else:
    try:
        proposal = propose(intake)
    except DssError as refusal:
        table(intake, None)
        refuse(str(refusal))
        st.stop()
slot = st.container()
choice = choose(intake, proposal)
with slot:
    table(intake, choice)
scored = draft is None and case is not None and choice == case.choice
registered = case is not None and scored and case.images.registration is not None
if not scored and needs_registration(intake, choice) and not lacks_unit(choice, intake):
    st.subheader("3 · Align PET with CT")
    _align(intake, choice)
    st.stop()
st.subheader("3 · Score")
if st.button(
    "Score again" if scored else "Score this case",
    type="secondary" if scored else "primary",
    icon=":material/play_arrow:",
    disabled=lacks_unit(choice, intake),
    help="Say first what the numbers of the PET file are." if lacks_unit(choice, intake) else None,
):
    if case is not None and registered:
        with told():
            set_case(rescore(case, bundle()))
            st.rerun()
    _score(intake, choice)
if case is not None and scored:
    with st.expander(f"Scored in {sum(s.seconds for s in case.steps):.1f} s"):
        for step in case.steps:
            st.markdown(step_line(step))
    st.page_link("pages/score.py", label="Go to the score", icon=":material/monitoring:")
    st.subheader("4 · Look at the images")
    with told():
        _look(case)

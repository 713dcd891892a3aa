"""Case: files in, series and region chosen, scored, and a look at the images."""

import streamlit as st

from dss_core.errors import DssError
from dss_core.preprocessing.sources import from_uploads
from dss_ui.cache import bundle
from dss_ui.frame import frame
from dss_ui.messages import refuse, told
from dss_ui.panel import as_jpeg, draw
from dss_ui.state import (
    Case,
    Choice,
    Intake,
    Origin,
    clear_case,
    current_case,
    current_draft,
    set_case,
    set_draft,
)
from dss_ui.viewer import PLANE_PX, Field, Window, axial, region_levels_mm
from dss_ui.work import load_demo, propose, read_intake, score, step_line

ONE_PANEL_PX = 760
_CHANGED = "dss.upload_changed"


def _mark_changed() -> None:
    st.session_state[_CHANGED] = True


def _upload() -> None:
    left, right = st.columns(2)
    files = left.file_uploader(
        "CT, PET and RTSTRUCT: files or a zip",
        accept_multiple_files=True,
        key="files",
        on_change=_mark_changed,
        help="Drop everything together; the software sorts it by what the headers say.",
    )
    folder = right.file_uploader(
        "or a whole folder",
        accept_multiple_files="directory",
        key="folder",
        on_change=_mark_changed,
        help="Every file below the folder is read; files that are not DICOM are left out.",
    )
    with st.container(horizontal=True):
        if st.button("Load the demo case", icon=":material/labs:"):
            place = st.empty()
            with told():
                set_case(load_demo(place))
                st.rerun()
        if st.button(
            "Remove the case",
            icon=":material/delete:",
            disabled=current_case() is None and current_draft() is None,
            help="Forgets images, region and scores of this session.",
        ):
            clear_case()
            st.rerun()
    if st.session_state.pop(_CHANGED, False):
        set_draft(None)
        uploads = [*files, *folder]
        if uploads:
            with told(), st.spinner(f"Reading {len(uploads)} files"):
                set_draft(read_intake(Origin.UPLOAD, from_uploads(f.getvalue() for f in uploads)))


def _table(intake: Intake, choice: Choice | None) -> None:
    taken = {choice.ct_uid, choice.pet_uid} if choice else set()
    series = [
        {
            "Chosen": s.uid in taken,
            "Modality": "PET" if s.modality == "PT" else s.modality,
            "Description": s.description,
            "Content": f"{len(s.slices)} slices",
            "Spacing (mm)": " × ".join(f"{v:.2f}" for v in s.spacing_mm),
        }
        for s in intake.inventory.series
    ]
    regions = [
        {
            "Chosen": choice is not None and i == choice.region_index,
            "Modality": "Region",
            "Description": r.name,
            "Content": f"{len(r.polygons)} contours",
            "Spacing (mm)": "",
        }
        for i, r in enumerate(intake.regions)
    ]
    st.dataframe(series + regions, hide_index=True, width="stretch")
    if intake.inventory.others:
        st.caption(f"{len(intake.inventory.others)} file(s) are not DICOM and were left out.")


def _choose(intake: Intake, proposal: Choice) -> Choice:
    def series_name(uid: str) -> str:
        found = next(s for s in intake.inventory.series if s.uid == uid)
        return f"{len(found.slices)} slices · {found.description or 'no description'}"

    columns = st.columns(3)
    chosen = []
    for column, label, modality, uid in (
        (columns[0], "CT", "CT", proposal.ct_uid),
        (columns[1], "PET", "PT", proposal.pet_uid),
    ):
        uids = [s.uid for s in intake.inventory.of_modality(modality)]
        chosen.append(column.selectbox(label, uids, index=uids.index(uid), format_func=series_name))
    region = columns[2].selectbox(
        "Tumour region",
        range(len(intake.regions)),
        index=proposal.region_index,
        format_func=lambda i: intake.regions[i].name,
    )
    return Choice(chosen[0], chosen[1], region)


def _score(intake: Intake, choice: Choice) -> None:
    with told():
        weights = bundle()
        status = st.status("Scoring", expanded=True)
        try:
            set_case(score(intake, choice, weights, status))
        except DssError:
            status.update(label="Not scored", state="error")
            raise
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
    view = axial(case.images, case.region.roi, z_mm, Window(window), Field(field))
    panels = {
        "All": (view.ct, view.pet, view.fusion),
        "CT": (view.ct,),
        "PET": (view.pet,),
        "Fusion": (view.fusion,),
    }[shown]
    columns = st.columns(3) if len(panels) == 3 else [st.container(width=ONE_PANEL_PX)]
    for column, panel in zip(columns, panels, strict=True):
        column.image(
            as_jpeg(draw(panel, PLANE_PX if len(panels) == 3 else ONE_PANEL_PX)),
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
_upload()
case, draft = current_case(), current_draft()
intake = draft or (case.intake if case else None)
if intake is None:
    st.info(
        "Drop a CT series, the PET of the same examination and an RTSTRUCT with the tumour, or "
        "load the demo case.",
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
        _table(intake, None)
        refuse(str(refusal))
        st.stop()
slot = st.container()
choice = _choose(intake, proposal)
with slot:
    _table(intake, choice)
st.subheader("3 · Score")
scored = draft is None and case is not None and choice == case.choice
if st.button(
    "Score again" if scored else "Score this case",
    type="secondary" if scored else "primary",
    icon=":material/play_arrow:",
):
    _score(intake, choice)
if case is not None and scored:
    with st.expander(f"Scored in {sum(s.seconds for s in case.steps):.1f} s"):
        for step in case.steps:
            st.markdown(step_line(step))
    st.page_link("pages/score.py", label="Go to the score", icon=":material/monitoring:")
    st.subheader("4 · Look at the images")
    _look(case)

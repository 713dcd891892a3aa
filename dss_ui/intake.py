"""Files in, and what was found in them: the upper half of the case page."""

import streamlit as st

from dss_core.preprocessing.sources import from_uploads
from dss_ui.messages import told
from dss_ui.state import (
    Choice,
    Intake,
    Origin,
    clear_case,
    current_case,
    current_draft,
    forget_uploads,
    set_case,
    set_draft,
    uploads_round,
)
from dss_ui.work import load_demo, read_intake

_ORDER = {"CT": 0, "PT": 1}
_CHANGED = "dss.upload_changed"


def _mark_changed() -> None:
    st.session_state[_CHANGED] = True


def upload() -> None:
    """One drop zone for files and zips, one for a folder; the demo; the way out."""
    left, right = st.columns(2)
    files = left.file_uploader(
        "CT, PET and region: files or a zip",
        accept_multiple_files=True,
        key=f"files-{uploads_round()}",
        on_change=_mark_changed,
        help="Drop everything together; the software sorts it by what the headers say.",
    )
    folder = right.file_uploader(
        "or a whole folder",
        accept_multiple_files="directory",
        key=f"folder-{uploads_round()}",
        on_change=_mark_changed,
        help="Every file below the folder is read; files that are not DICOM are left out.",
    )
    with st.container(horizontal=True):
        if st.button("Load the demo case", icon=":material/labs:"):
            place = st.empty()
            with told():
                set_case(load_demo(place))
                forget_uploads()
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
                st.rerun()


def table(intake: Intake, choice: Choice | None) -> None:
    """Every series and region found, and which of them are taken."""
    taken = {choice.ct_uid, choice.pet_uid} if choice else set()
    series = [
        {
            "Chosen": s.uid in taken,
            "Modality": "PET" if s.modality == "PT" else s.modality,
            "Content": f"{len(s.slices)} slices",
            "Spacing (mm)": " × ".join(f"{v:.2f}" for v in s.spacing_mm),
            "Description": s.description,
        }
        for s in sorted(intake.inventory.series, key=lambda s: _ORDER.get(s.modality, len(_ORDER)))
    ]
    regions = [
        {
            "Chosen": choice is not None and i == choice.region_index,
            "Modality": "Region",
            "Content": r.content,
            "Spacing (mm)": "",
            "Description": r.name,
        }
        for i, r in enumerate(intake.regions)
    ]
    st.dataframe(series + regions, hide_index=True, width="stretch")
    if intake.inventory.others:
        st.caption(f"{len(intake.inventory.others)} file(s) are not DICOM and were left out.")


def choose(intake: Intake, proposal: Choice) -> Choice:
    """Select boxes for CT, PET and region, set to the proposal."""

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
        chosen.append(
            column.selectbox(
                label,
                uids,
                index=uids.index(uid),
                format_func=series_name,
                key=f"{modality}-{intake.key}",
            )
        )
    region = columns[2].selectbox(
        "Tumour region",
        range(len(intake.regions)),
        index=proposal.region_index,
        format_func=lambda i: intake.regions[i].name,
        key=f"region-{intake.key}",
    )
    return Choice(chosen[0], chosen[1], region)

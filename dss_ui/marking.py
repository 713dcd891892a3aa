"""Marking lesions: the viewer with tools, the lesions in numbers, scoring and export of each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pandas as pd
import streamlit as st

from dss_core.errors import DssError
from dss_core.pipeline import Region, take_region
from dss_core.preprocessing.dicom import Series
from dss_core.preprocessing.series_choice import Image
from dss_core.preprocessing.volume_roles import Role
from dss_core.regions.crop import cropped, part_around
from dss_core.regions.export import DICOM_WRITERS, Origin, RegionFormat, as_nifti, references_of
from dss_core.regions.measures import RegionMeasures, measure_region
from dss_ui.cache import bundle
from dss_ui.desk import COLOURS, MAX_LESIONS, Desk, Marked, desk_of
from dss_ui.figures import show_table
from dss_ui.linked import show
from dss_ui.messages import plain, told
from dss_ui.state import Case, set_case
from dss_ui.words import TASKS, shown
from dss_ui.work import image_of, rescore

_PEAK_MM = 25.0
_LABELS = {
    RegionFormat.NIFTI: "NIfTI mask",
    RegionFormat.SEG: "DICOM SEG",
    RegionFormat.RTSTRUCT: "RTSTRUCT",
}


@st.fragment
def look(case: Case) -> None:
    """The viewer without marking tools, the lesions outlined."""
    desk = desk_of(case)
    show(desk.scene, desk.view, desk.outlines(), f"look-{desk.scene.id}")


@st.fragment
def mark(case: Case) -> None:
    """The viewer with its tools, and everything about the lesions below it."""
    desk = desk_of(case)
    _chooser(desk)
    lesion = desk.lesion
    show(
        desk.scene,
        desk.view,
        desk.outlines(),
        f"mark-{desk.scene.id}",
        edit=desk.take,
        state={
            "undo": bool(lesion.edits),
            "redo": bool(lesion.undone),
            "note": desk.note,
            "liver": desk.liver.centre_mm if desk.liver else None,
        },
    )
    with told():
        _numbers(desk, case)
        _actions(desk, case)


def _chooser(desk: Desk) -> None:
    """Which lesion is edited; add, rename, remove."""
    key = f"lesion-{desk.scene.id}"
    st.session_state[key] = desk.current
    marks = list(COLOURS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Lesion",
            range(len(desk.lesions)),
            format_func=lambda n: f"{marks[n]} {plain(desk.lesions[n].name)}",
            key=key,
            required=True,
            on_change=lambda: desk.choose(st.session_state[key]),
        )
        st.button(
            "New lesion",
            icon=":material/add:",
            on_click=desk.new_lesion,
            disabled=len(desk.lesions) == MAX_LESIONS,
        )
        with st.popover("Rename or remove", icon=":material/edit:"):
            name = st.text_input("Name", desk.lesion.name, max_chars=64)
            if name.strip() and name != desk.lesion.name:
                desk.lesion = replace(desk.lesion, name=name.strip())
                st.rerun(scope="fragment")
            st.button("Remove this lesion", icon=":material/delete:", on_click=desk.remove_lesion)


def _numbers(desk: Desk, case: Case) -> None:
    """One row for each lesion that is not empty."""
    rows = {}
    for mark, lesion in zip(COLOURS, desk.lesions, strict=False):
        region = desk.marked(lesion)
        if not region.roi.mask_zyx.any():
            continue
        name = f"{mark} {plain(lesion.name)}"
        if region.digest == case.result.input_digest:
            name += " (in use)"
        try:
            rows[name] = _row(_measures(desk, region)) | _scores(desk, region)
        except DssError as refusal:
            st.warning(f"{plain(lesion.name)}: {plain(str(refusal))}", icon=":material/warning:")
    if rows:
        show_table(pd.DataFrame.from_dict(rows, orient="index"))
        st.caption(
            "MTV and TLG (MTV × SUVmean): voxels at or above the region's own threshold, or 41 % "
            "of its SUVmax where it has none. In use: the lesion whose score the other pages show."
        )


def _row(m: RegionMeasures) -> dict[str, str]:
    return {
        "Volume (mL)": f"{m.volume_ml:.1f}",
        "Longest 3D / axial (mm)": f"{m.diameter_3d_mm:.0f} / {m.diameter_axial_mm:.0f}",
        "SUVmax": f"{m.suv_max:.1f}",
        "SUVpeak": f"{m.suv_peak:.1f}",
        "SUVmean": f"{m.suv_mean:.1f}",
        "MTV (mL)": f"{m.mtv_ml:.1f}",
        "TLG (g)": f"{m.tlg_g:.0f}",
        "HU mean": f"{m.hu_mean:.0f}",
    }


def _measures(desk: Desk, region: Marked) -> RegionMeasures:
    """The numbers of a region, from the part of the images around it."""
    if region.measures is None:
        roi = cropped(region.roi, spare=1)
        ct = part_around(desk.scene.ct, roi, 0.0)
        pet = part_around(desk.images.pet, roi, _PEAK_MM)
        region.measures = measure_region(roi, ct, pet)
    return region.measures


def _scores(desk: Desk, region: Marked) -> dict[str, str]:
    """Scores of a lesion by the weights in use, where it was scored."""
    known = desk.scores.get(_score_key(region))
    found = {s.task: shown(s.dls, s.cutoff) for s in known.scores} if known else {}
    empty = "withheld" if known else "not scored"
    return {words.title: found.get(task, empty) for task, words in TASKS.items()}


def _score_key(region: Marked) -> str:
    return f"{region.digest}-{bundle().sha256}"


def _actions(desk: Desk, case: Case) -> None:
    """What can be done with the current lesion."""
    region = desk.marked(desk.lesion)
    empty = not region.roi.mask_zyx.any()
    name = plain(desk.lesion.name)
    if empty:
        st.info(
            f"{name} is empty. Choose Rectangle, Circle or Outline and drag on an axial image, or "
            "choose Grow in PET and click on the tumour.",
            icon=":material/draw:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        in_use = not empty and region.digest == case.result.input_digest
        scored = not empty and _score_key(region) in desk.scores
        if st.button(
            f"Use {name}" if scored else f"Score {name}",
            type="secondary" if in_use else "primary",
            icon=":material/play_arrow:",
            disabled=empty or (in_use and scored),
            help="The other pages then show this lesion.",
        ):
            _score(desk, case, region)
        with st.popover("Export", icon=":material/download:", disabled=empty):
            _exports(case, region)
        with st.popover("Start from a file", icon=":material/upload_file:"):
            _start(desk, case)
        fill = st.toggle(
            "Fill between slices",
            desk.lesion.fill,
            help="Slices between two that were outlined by hand get the shape in between.",
        )
        if fill != desk.lesion.fill:
            desk.lesion = replace(desk.lesion, fill=fill)
            st.rerun(scope="fragment")


def _score(desk: Desk, case: Case, region: Marked) -> None:
    """Score a lesion, or take the score it has, and make it the case's."""
    key = _score_key(region)
    chosen = replace(case, region=Region(region.on_ct, ()))
    if key in desk.scores:
        chosen = replace(chosen, result=desk.scores[key])
    else:
        with st.spinner("Scoring"):
            chosen = rescore(chosen, bundle())
        desk.scores[key] = chosen.result
    set_case(chosen)
    st.rerun()


def _exports(case: Case, region: Marked) -> None:
    """Files of the region for other programs."""
    ct = image_of(case.intake, case.choice, Role.CT)
    for kind in RegionFormat:
        if kind in DICOM_WRITERS and not isinstance(ct, Series):
            continue
        st.download_button(
            _LABELS[kind],
            region_writer(ct, region, kind),
            f"region-{kind}-{region.digest[:12]}{kind.suffix}",
            key=f"export-{kind}",
            on_click="ignore",
            width="stretch",
        )
    st.caption(
        "The DICOM files refer to the CT and name no patient."
        if isinstance(ct, Series)
        else "DICOM SEG and RTSTRUCT need a CT in DICOM; this one is a volume file."
    )


def region_writer(ct: Image, region: Marked, kind: RegionFormat) -> Callable[[], bytes]:
    """A file of the region, written when it is asked for."""

    def write() -> bytes:
        if kind not in DICOM_WRITERS or not isinstance(ct, Series):
            return as_nifti(region.on_ct)
        return DICOM_WRITERS[kind](region.on_ct, Origin(references_of(ct), datetime.now()))

    return write


def _start(desk: Desk, case: Case) -> None:
    """Add a region of the uploaded files to the current lesion."""
    regions = case.intake.regions
    if not regions:
        st.caption("The files hold no region.")
        return
    chosen = st.selectbox(
        "Region of the files", range(len(regions)), format_func=lambda n: regions[n].name
    )
    if st.button(f"Add to {plain(desk.lesion.name)}", icon=":material/add:"):
        with told():
            taken = take_region((regions[chosen],), None, case.images)
            desk.start_from(taken.roi)
            desk.choose(desk.current)
            st.rerun(scope="fragment")

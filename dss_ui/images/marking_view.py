"""Marking lesions: the viewer with tools, the lesions in numbers, scoring and export of each."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from dss_core.case.intake import Region
from dss_core.case.pipeline import score_case
from dss_core.errors import DssError
from dss_core.progress import Step
from dss_core.regions.crop import cropped, part_around, slices_around
from dss_core.regions.measures import RegionMeasures, measure_region
from dss_core.regions.region_checks import check_region
from dss_core.settings import TrainingRanges
from dss_ui.figures.figure_downloads import show_table
from dss_ui.images.region_import import exports, start
from dss_ui.session.state import Case, Opened, set_case
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain, told
from dss_ui.shell.words import TASKS, shown
from dss_ui.viewer.marking_session import COLOURS, MAX_LESIONS, Desk, Marked, desk_of
from dss_ui.viewer.viewer_component import show

_PEAK_MM = 25.0


@st.fragment
def look(case: Case) -> None:
    """The viewer without marking tools, the lesions outlined."""
    desk = desk_of(case)
    show(desk.scene, desk.view, desk.outlines(), f"look-{desk.scene.id}")


def mark(case: Case | Opened) -> None:
    """The viewer with its tools, and everything about the lesions around it."""
    desk = desk_of(case)
    _chooser(desk)
    _images(case)
    with told():
        _numbers(desk, case)
        _actions(desk, case)


@st.fragment
def _images(case: Case | Opened) -> None:
    """The viewer alone, so that a slice step reruns nothing else; an edit reruns the page."""
    desk = desk_of(case)
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
            "refused": desk.refused,
            "liver": desk.liver.centre_mm if desk.liver else None,
        },
    )
    if desk.edited:
        desk.edited = False
        st.rerun()


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
            st.session_state["lesion-name"] = desk.lesion.name
            st.text_input(
                "Name",
                key="lesion-name",
                max_chars=64,
                on_change=lambda: _rename(desk, st.session_state["lesion-name"]),
            )
            st.button("Remove this lesion", icon=":material/delete:", on_click=desk.remove_lesion)


def _rename(desk: Desk, name: str) -> None:
    try:
        desk.rename(name)
    except DssError as refusal:
        st.toast(plain(str(refusal)), icon=":material/warning:")


def _numbers(desk: Desk, case: Case | Opened) -> None:
    """One row for each lesion that is not empty."""
    rows = {}
    for lesion in desk.lesions:
        region = desk.marked(lesion)
        if not region.roi.mask_zyx.any():
            continue
        name = lesion.name
        if _in_use(case, region):
            name += " (in use)"
        try:
            rows[name] = _row(_measures(desk, region)) | _scores(desk, region)
        except DssError as refusal:
            if lesion is not desk.lesion:
                st.warning(plain(str(refusal)), icon=":material/warning:")
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
        "SUV max / peak / mean": f"{m.suv_max:.1f} / {m.suv_peak:.1f} / {m.suv_mean:.1f}",
        "MTV (mL) / TLG (g)": f"{m.mtv_ml:.1f} / {m.tlg_g:.0f}",
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


def _in_use(case: Case | Opened, region: Marked) -> bool:
    """True for the lesion that the other pages show."""
    return isinstance(case, Case) and region.digest == case.result.input_digest


def _score_key(region: Marked) -> str:
    return f"{region.digest}-{bundle().sha256}"


def _actions(desk: Desk, case: Case | Opened) -> None:
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
    sound = not empty and _checked(desk, region)
    with st.container(horizontal=True, vertical_alignment="center"):
        in_use = not empty and _in_use(case, region)
        scored = not empty and _score_key(region) in desk.scores
        if st.button(
            f"Use {name}" if scored else f"Score {name}",
            type="secondary" if in_use else "primary",
            icon=":material/play_arrow:",
            disabled=not sound or (in_use and scored),
            help="The other pages then show this lesion.",
        ):
            _score(desk, case, region)
        with st.popover("Export", icon=":material/download:", disabled=empty):
            exports(case, region)
        with st.popover("Start from a file", icon=":material/upload_file:"):
            start(desk, case)
        fill = st.toggle(
            "Fill between slices",
            desk.lesion.fill,
            help="Slices between two that were outlined by hand get the shape in between.",
        )
        if fill != desk.lesion.fill:
            desk.lesion = replace(desk.lesion, fill=fill)
            st.rerun()


def _checked(desk: Desk, region: Marked) -> bool:
    """Say what is unusual about a region; False if it cannot be scored at all."""
    try:
        if region.cautions is None:
            ct = slices_around(desk.scene.ct, region.roi)
            pet = part_around(desk.images.pet, region.roi, _PEAK_MM)
            ranges = TrainingRanges.from_card(bundle().card.get("training_ranges"))
            measures, roi = _measures(desk, region), cropped(region.roi, spare=1)
            region.cautions = check_region(roi, measures, ct, pet, ranges)
    except DssError as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return False
    for caution in region.cautions:
        if caution.code != "training_range_unknown":
            st.warning(plain(caution.message), icon=":material/warning:")
    return True


def _score(desk: Desk, case: Case | Opened, region: Marked) -> None:
    """Score a lesion, or take the score it has, and make it the case's."""
    key, taken = _score_key(region), Region(region.on_ct, ())
    steps: list[Step] = []
    if key not in desk.scores:
        with st.spinner("Scoring"):
            desk.scores[key] = score_case(case.images, taken, bundle(), steps.append)
    names = {step.name for step in steps}
    kept = tuple(step for step in case.steps if step.name not in names)
    result = desk.scores[key]
    set_case(Case(case.intake, case.choice, case.images, taken, result, (*kept, *steps)))
    st.rerun()

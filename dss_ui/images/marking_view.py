"""Drawing lesions: the viewer with tools, the lesions in numbers, scoring and export of each."""

from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.case.open_case import Region
from dss_core.case.record import Action
from dss_core.case.score_case import score_case
from dss_core.errors import DssError
from dss_core.progress import Step
from dss_core.regions.crop import cropped, part_around, slices_around
from dss_core.regions.measures import RegionMeasures, measure_region
from dss_core.regions.region_checks import check_region
from dss_core.scoring.score_text import shown
from dss_ui.figures.figure_downloads import show_table
from dss_ui.images.region_import import exports, start
from dss_ui.session.chosen_files import ChosenFiles
from dss_ui.session.state import Case, CtOpened, Marking, aligned_of
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import page_part, plain, show_errors
from dss_ui.shell.run_case import case_of, scored_again
from dss_ui.shell.run_progress import steps_after
from dss_ui.shell.saved_cases import take_scored
from dss_ui.shell.words import TASKS
from dss_ui.viewer.marked_region import MarkedRegion
from dss_ui.viewer.marking_session import (
    COLOURS,
    MAX_LESIONS,
    MarkingSession,
    marking_session_of,
)
from dss_ui.viewer.viewer_component import show

_PEAK_MM = 25.0


def mark(case: Case | Marking) -> None:
    """Which lesion, the next step for it, the viewer with its tools, and what was measured."""
    marking_session = marking_session_of(case)
    chooser(marking_session)
    next_step = _row_filled_later()
    images(case)
    with show_errors():
        _actions(marking_session, case, next_step)
        _numbers(marking_session, case)


def _row_filled_later() -> DeltaGenerator:
    """A row whose height is free from the start, so that filling it moves nothing below.

    The browser draws no empty container, but an empty column; the height is in the page's style.
    """
    with st.container(key="next-step"):
        (column,) = st.columns(1)
    return column.container(horizontal=True, vertical_alignment="center")


@page_part
def images(case: Case | Marking | CtOpened) -> None:
    """The viewer alone, so that a slice step reruns nothing else; an edit reruns the page."""
    marking_session = marking_session_of(case)
    lesion = marking_session.lesion
    show(
        marking_session.scene,
        marking_session.view,
        marking_session.outlines(),
        f"mark-{marking_session.scene.id}",
        edit=marking_session.take,
        state={
            "undo": bool(lesion.edits),
            "redo": bool(lesion.undone),
            "note": marking_session.note,
            "refused": marking_session.refused,
            "liver": marking_session.liver.centre_mm if marking_session.liver else None,
        },
    )
    if marking_session.edited:
        marking_session.edited = False
        st.rerun()


def chooser(marking_session: MarkingSession) -> None:
    """Which lesion is edited; add, rename, remove."""
    key = f"lesion-{marking_session.scene.id}"
    st.session_state[key] = marking_session.current
    marks = list(COLOURS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Lesion",
            range(len(marking_session.lesions)),
            format_func=lambda n: f"{marks[n]} {plain(marking_session.lesions[n].name)}",
            key=key,
            required=True,
            on_change=lambda: marking_session.choose(st.session_state[key]),
        )
        st.button(
            "New lesion",
            icon=":material/add:",
            on_click=marking_session.new_lesion,
            disabled=len(marking_session.lesions) == MAX_LESIONS,
        )
        with st.popover("Rename", icon=":material/edit:"):
            st.session_state["lesion-name"] = marking_session.lesion.name
            st.text_input(
                "Name",
                key="lesion-name",
                max_chars=64,
                on_change=lambda: _rename(marking_session, st.session_state["lesion-name"]),
            )
        with st.popover("Remove", icon=":material/delete:"):
            name = plain(marking_session.lesion.name)
            st.markdown(f"Remove {name} with all that was drawn? This cannot be undone.")
            st.button(f"Remove {name}", type="primary", on_click=marking_session.remove_lesion)


def _rename(marking_session: MarkingSession, name: str) -> None:
    try:
        marking_session.rename(name)
    except DssError as refusal:
        st.toast(plain(str(refusal)), icon=":material/warning:")


def _numbers(marking_session: MarkingSession, case: Case | Marking) -> None:
    """One row for each lesion that is not empty."""
    rows = {}
    for lesion in marking_session.lesions:
        region = marking_session.marked(lesion)
        if not region.roi.mask_zyx.any():
            continue
        name = lesion.name
        if _is_active(case, region):
            name += " (active)"
        try:
            rows[name] = _row(_measures(marking_session, region)) | _scores(marking_session, region)
        except DssError as refusal:
            if lesion is not marking_session.lesion:
                st.warning(plain(str(refusal)), icon=":material/warning:")
    if rows:
        show_table(pd.DataFrame.from_dict(rows, orient="index"))
        st.caption(
            "MTV, TLG (MTV × SUVmean): voxels at or above the region's threshold, or 41% of SUVmax "
            "if it has none. Active: the lesion that all pages show."
        )


def _row(m: RegionMeasures) -> dict[str, str]:
    return {
        "Volume (mL)": f"{m.volume_ml:.1f}",
        "Longest 3D / axial (mm)": f"{m.diameter_3d_mm:.0f} / {m.diameter_axial_mm:.0f}",
        "SUV max / peak / mean": f"{m.suv_max:.1f} / {m.suv_peak:.1f} / {m.suv_mean:.1f}",
        "MTV (mL) / TLG (g)": f"{m.mtv_ml:.1f} / {m.tlg_g:.0f}",
        "HU mean": f"{m.hu_mean:.0f}",
    }


def _measures(marking_session: MarkingSession, region: MarkedRegion) -> RegionMeasures:
    """The numbers of a region, from the part of the images around it."""
    if region.measures is None:
        roi = cropped(region.roi, spare=1)
        ct = part_around(marking_session.scene.ct, roi, 0.0)
        pet = part_around(marking_session.pet, roi, _PEAK_MM)
        region.measures = measure_region(roi, ct, pet)
    return region.measures


def _scores(marking_session: MarkingSession, region: MarkedRegion) -> dict[str, str]:
    """Scores of a lesion by the weights in use, where it was scored."""
    known = marking_session.scores.get(_score_key(region))
    found = {s.task: shown(s.dls, s.cutoff) for s in known.result.scores} if known else {}
    empty = "withheld" if known else "not scored"
    return {words.title: found.get(task, empty) for task, words in TASKS.items()}


def _is_active(case: Case | Marking, region: MarkedRegion) -> bool:
    """True for the lesion that the other pages show."""
    return isinstance(case, Case) and region.digest == case.result.input_digest


def _score_key(region: MarkedRegion) -> str:
    return f"{region.digest}-{bundle().sha256}"


def _actions(
    marking_session: MarkingSession, case: Case | Marking, next_step: DeltaGenerator
) -> None:
    """What can be done with the current lesion, above the viewer; what is unusual, below it."""
    region = marking_session.marked(marking_session.lesion)
    empty = not region.roi.mask_zyx.any()
    name = plain(marking_session.lesion.name)
    if empty:
        st.info(
            f"{name} is empty. Draw on an axial image, or choose PET threshold and click the "
            "tumour.",
            icon=":material/draw:",
        )
    sound = not empty and _checked(marking_session, region)
    with next_step:
        in_use = not empty and _is_active(case, region)
        scored = not empty and _score_key(region) in marking_session.scores
        if st.button(
            f"Make {name} active" if scored else f"Score {name}",
            type="secondary" if in_use else "primary",
            icon=":material/play_arrow:",
            disabled=not sound or (in_use and scored),
            help="All pages show the active lesion.",
        ):
            _score(marking_session, case, region)
        with st.popover("Export", icon=":material/download:", disabled=empty):
            exports(case, region)
        with st.popover("Import region", icon=":material/upload_file:"):
            start(marking_session, case)
        fill = st.toggle(
            "Interpolate between slices",
            marking_session.lesion.fill,
            help="Fills slices between two hand-drawn outlines.",
        )
        if fill != marking_session.lesion.fill:
            marking_session.lesion = replace(marking_session.lesion, fill=fill)
            st.rerun()


def _checked(marking_session: MarkingSession, region: MarkedRegion) -> bool:
    """Say what is unusual about a region; False if it cannot be scored at all."""
    try:
        if region.warnings is None:
            ct = slices_around(marking_session.scene.ct, region.roi)
            pet = part_around(marking_session.pet, region.roi, _PEAK_MM)
            ranges = bundle().card.training_ranges
            measures, roi = _measures(marking_session, region), cropped(region.roi, spare=1)
            region.warnings = check_region(roi, measures, ct, pet, ranges)
    except DssError as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return False
    for caution in region.warnings:
        if caution.code != "training_range_unknown":
            st.warning(plain(caution.message), icon=":material/warning:")
    return True


def _score(marking_session: MarkingSession, case: Case | Marking, region: MarkedRegion) -> None:
    """Score a lesion, or take the score it has, and make it the case's."""
    key, taken = _score_key(region), Region(region.on_ct, ())
    steps: list[Step] = []
    if key not in marking_session.scores:
        with st.spinner("Scoring"):
            marking_session.scores[key] = score_case(
                aligned_of(case), taken, bundle(), steps.append
            )
    scored, done = marking_session.scores[key], steps_after(case.steps, steps)
    if isinstance(case, Case):
        again = scored_again(case, scored, Action.REGION_CHANGED, steps)
    else:
        again = case_of(ChosenFiles(case.intake, case.choice), scored, done)
    take_scored(again)
    st.rerun()

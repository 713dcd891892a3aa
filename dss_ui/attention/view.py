"""Attention: where the network responded, beside the raw images and against chance."""

from functools import partial

import streamlit as st

from dss_core.attention.explanation import CAPTION, WIDE_MARGIN_MM, Explanation
from dss_core.pictures.axial_views import PLANE_PX, Field, axial, field_of_view
from dss_core.pictures.image_rendering import Window
from dss_core.pictures.panel import Panel, as_jpeg, draw
from dss_core.records import AttentionMethod, Task
from dss_ui.attention.attention_overlay import heat, overlay
from dss_ui.attention.computed_maps import METHODS, Asked, explanation
from dss_ui.attention.map_checks import known_cue_view
from dss_ui.attention.more_maps import more, shares_chart, side_of
from dss_ui.score.score_cards import score_badges, score_cards
from dss_ui.session.current import current_case
from dss_ui.session.state import Case
from dss_ui.shell.case_images import case_with_images
from dss_ui.shell.messages import show_errors
from dss_ui.shell.slice_slider import slice_slider
from dss_ui.shell.words import CLASSES, TASKS

_IMAGES = ("CT", "PET", "Fusion")
_STOPPED = "attention_stopped"


def _look(case: Case) -> None:
    """One view: image, map, share inside against chance; the rest folded below.

    No part of its own: a part that is drawn alone cannot be interrupted.
    """
    key = case.result.input_digest[:12]
    asked, positive, wide = _ask(case, key)
    margins = [asked.margin_mm, WIDE_MARGIN_MM] if wide else [asked.margin_mm]
    founds: list[Explanation] = []
    for margin in margins:
        one = Asked(asked.task, asked.method, margin)
        if st.session_state.get(_STOPPED) == one:
            st.info("Stopped before the map was complete.", icon=":material/pause_circle:")
            st.button("Compute the map", on_click=_stop, args=(None,))
            return
        founds.append(explanation(case, one, partial(_stop, one)))
    for found in founds:
        _summary(case, found, positive)
    z_mm = [float(z) for z in founds[0].tensor.z_mm]
    index = z_mm.index(slice_slider(z_mm, f"attention-level-{key}"))
    _images(case, founds, positive, index, key)
    more(case, founds, positive, index, key)


def _stop(asked: Asked | None) -> None:
    """Do not compute this until someone asks again (a callback)."""
    st.session_state[_STOPPED] = asked


def _ask(case: Case, key: str) -> tuple[Asked, bool, bool]:
    """Task, method and margin; whether the positive class is meant; whether to compare."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = st.segmented_control(
            "Score",
            [s.task for s in case.result.scores],
            default=case.result.scores[0].task,
            format_func=lambda t: TASKS[Task(t)].title,
            required=True,
            key=f"attention-task-{key}",
        )
        positive = st.segmented_control(
            "Class",
            [True, False],
            default=True,
            format_func=lambda p: CLASSES[Task(task)][0 if p else 1],
            required=True,
            key=f"attention-class-{key}",
        )
        with st.popover("Method and margin", icon=":material/tune:", width="content"):
            method = st.selectbox(
                "Method",
                list(METHODS),
                format_func=lambda m: METHODS[m],
                key=f"attention-method-{key}",
                help="Grad-CAM is the published method. Integrated gradients (pixels) and "
                "occlusion (patches) are slower.",
            )
            wide = st.toggle(
                f"Compare with a {WIDE_MARGIN_MM:g} mm margin",
                key=f"attention-wide-{key}",
                help="Re-runs the network outside its training margin; the score may change.",
            )
    margin = case.result.preprocessing.margin_mm
    return Asked(Task(task), AttentionMethod(method), margin), bool(positive), wide


def _images(case: Case, founds: list[Explanation], positive: bool, index: int, key: str) -> None:
    """Raw image, the map on it, and where the response lies against chance, side by side."""
    with st.container(horizontal=True):
        name = st.segmented_control(
            "Images", _IMAGES, default="CT", required=True, key=f"attention-images-{key}"
        )
        window = st.segmented_control(
            "CT window",
            list(Window),
            default=Window.LUNG,
            required=True,
            key=f"attention-window-{key}",
        )
    roi, z_mm = case.images.region.roi, float(founds[0].tensor.z_mm[index])
    plane = field_of_view(roi, Field.CLOSE, z_mm)
    raw = axial(case.images.aligned, roi, plane, Window(window))
    peak = max(side_of(found, positive).slices.peak for found in founds)
    unit = founds[0].attention.unit
    scale = heat(peak, unit.split()[0] if peak else "")
    picked = str(name).lower()
    for found in founds:
        first, second, third = st.columns(3)
        with first:
            _picture(getattr(raw, picked), "without attention, tumour outlined")
        with second:
            over = overlay(raw, found, side_of(found, positive), index, plane, scale)
            _picture(getattr(over, picked), "tumour outlined")
        with third:
            title = f"All slices, {found.margin_mm:g} mm margin"
            shares_chart(title, side_of(found, positive).shares.whole, key)
            st.caption(
                "Bars: share of the response. Diamonds: share expected by chance. Equal values "
                "are uninformative. PET ≥ 50% SUVmax overlaps the other zones."
            )
    st.caption(
        f"**{CAPTION}** Same colour scale on all slices, 0 to {scale.high:g} ({unit}), up to the "
        "case maximum; below half it fades. Blue: tumour region. Dashed: network field of view."
    )


def _picture(panel: Panel, alt: str) -> None:
    st.image(as_jpeg(draw(panel, PLANE_PX)), width="stretch", alt=f"{panel.title}, {alt}")


def _summary(case: Case, found: Explanation, positive: bool) -> None:
    side = side_of(found, positive)
    there, n = int(side.slices.localised.sum()), len(found.tensor.z_mm)
    title = TASKS[found.attention.target].title
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{title} **{found.dls:.2f}** with {found.margin_mm:g} mm margin · localised response "
            f"{CLASSES[found.attention.target][0 if positive else 1]} on **{there} of {n}** slices",
            width="content",
        )
        score_badges(case.result)
    if there == 0:
        st.info(
            "No localised response: on every slice the response is negligible or diffuse, so no "
            "map is drawn.",
            icon=":material/blur_on:",
        )


def _trust() -> None:
    with st.expander("How were the maps tested?", icon=":material/fact_check:"):
        st.markdown(
            "Networks were trained on simulated lesions whose label shows only as a crescent of "
            "the rim; AUC 0.5 is a random map, 1 finds the crescent exactly. Networks trained on "
            "permuted labels have not learned the cue but still respond to lesions: their AUC is "
            "the baseline to exceed. Details: docs/attention.md."
        )
        known_cue_view()


def view() -> None:
    """The page below its frame."""
    st.title("Attention")
    case = current_case()
    if case is None:
        st.info("No case is open, so there is no attention map.", icon=":material/folder_off:")
        st.page_link("app.py", label="Open a case", icon=":material/upload:")
        return
    st.caption(CAPTION)
    if case.result.withheld:
        score_cards(case.result, "attention")
        return
    with show_errors():
        if (opened := case_with_images()) is not None:
            _look(opened)
    _trust()

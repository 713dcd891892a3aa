"""Attention: where the network responded, beside the raw images and against chance."""

import streamlit as st

from dss_core.attention.attention_map import INPUT
from dss_core.attention.explanation import CAPTION, WIDE_MARGIN_MM, ClassView, Explanation
from dss_core.attention.patient_grid import to_patient_grid
from dss_core.attention.zones import Share
from dss_core.pictures.axial_views import PLANE_PX, Field, axial, field_of_view
from dss_core.pictures.image_rendering import Window
from dss_core.pictures.panel import Panel, as_jpeg, as_png, draw
from dss_core.records import AttentionMethod, Task
from dss_ui.attention.attention_charts import (
    shares_figure,
    shares_rows,
    strength_figure,
    volume_figure,
)
from dss_ui.attention.attention_overlay import (
    channel_panels,
    filter_panel,
    heat,
    overlay,
    share_elsewhere,
)
from dss_ui.attention.computed_maps import METHODS, Asked, explanation, strongest_filters
from dss_ui.attention.map_checks import known_cue_view
from dss_ui.score.score_cards import score_badges, score_cards
from dss_ui.session.current import current_case
from dss_ui.session.state import Case
from dss_ui.shell.case_images import case_with_images
from dss_ui.shell.messages import page_part, show_errors
from dss_ui.shell.words import CLASSES, TASKS, signed

FILTER_PX = 360
_NO_TOOLS = {"displayModeBar": False}
_IMAGES = ("All", "CT", "PET", "Fusion")


def _ask(case: Case, key: str) -> tuple[Asked, bool, bool]:
    """Task, method and margin; whether the positive class is meant; whether to compare."""
    with st.container(horizontal=True):
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
        method = st.selectbox(
            "Method",
            list(METHODS),
            format_func=lambda m: METHODS[m],
            key=f"attention-method-{key}",
            width=230,
            help="Grad-CAM is the published method. Integrated gradients (pixels) and occlusion "
            "(patches) are slower.",
        )
    wide = st.toggle(
        f"Compare with a {WIDE_MARGIN_MM:g} mm margin",
        key=f"attention-wide-{key}",
        help="Re-runs the network outside its training margin; the score may change.",
    )
    margin = case.result.preprocessing.margin_mm
    return Asked(Task(task), AttentionMethod(method), margin), bool(positive), wide


def _side(found: Explanation, positive: bool) -> ClassView:
    return found.positive if positive else found.negative


def _shares(side: ClassView, index: int | None) -> tuple[Share, ...]:
    """Over all slices, or on one."""
    return side.shares.whole if index is None else side.shares.slices[index].shares


def _row(panels: tuple[Panel, ...], alt: str) -> None:
    for column, panel in zip(st.columns(3), panels, strict=False):
        column.image(as_jpeg(draw(panel, PLANE_PX)), width="stretch", alt=f"{panel.title}, {alt}")


def _images(case: Case, founds: list[Explanation], positive: bool, index: int, key: str) -> None:
    with st.container(horizontal=True):
        window = st.segmented_control(
            "CT window",
            list(Window),
            default=Window.LUNG,
            required=True,
            key=f"attention-window-{key}",
        )
        shown = st.segmented_control(
            "Images", _IMAGES, default="All", required=True, key=f"attention-images-{key}"
        )
    roi, z_mm = case.images.region.roi, float(founds[0].tensor.z_mm[index])
    plane = field_of_view(roi, Field.CLOSE, z_mm)
    raw = axial(case.images.aligned, roi, plane, Window(window))
    peak = max(_side(found, positive).slices.peak for found in founds)
    unit = founds[0].attention.unit
    scale = heat(peak, unit.split()[0] if peak else "")
    over = [overlay(raw, f, _side(f, positive), index, plane, scale) for f in founds]
    if shown == "All":
        _row((raw.ct, raw.pet, raw.fusion), "without attention, tumour outlined")
        for one in over:
            _row((one.ct, one.pet, one.fusion), "tumour outlined")
    else:
        name = shown.lower()
        _row((getattr(raw, name), *(getattr(one, name) for one in over)), "tumour outlined")
    st.caption(
        f"**{CAPTION}** Same colour scale on all slices, 0 to {scale.high:g} ({unit}), up to the "
        "case maximum; below half it fades. Blue: tumour region. Dashed: network field of view."
    )


def _summary(case: Case, found: Explanation, positive: bool) -> None:
    side = _side(found, positive)
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


def _numbers(founds: list[Explanation], positive: bool, index: int, key: str) -> None:
    """All slices and this slice, side by side; with two margins the margins side by side."""
    level = f"slice z {founds[0].tensor.z_mm[index]:.0f} mm"
    cells = [
        (f"{where}, {found.margin_mm:g} mm margin", _shares(_side(found, positive), pick))
        for where, pick in (("All slices", None), (level.capitalize(), index))
        for found in founds
    ]
    for number in range(0, len(cells), 2):
        for column, (title, shares) in zip(st.columns(2), cells[number : number + 2], strict=True):
            column.markdown(title)
            if not shares:
                column.info("No localised response; shares not computed.")
                continue
            column.plotly_chart(
                shares_figure(shares),
                key=f"shares-{key}-{title}",
                config=_NO_TOOLS,
                alt=f"Share of the response in each zone, {title}",
            )
    with st.expander("Table of shares"):
        st.dataframe(
            shares_rows(cells),
            hide_index=True,
            width="stretch",
        )
    st.caption(
        "Bars: share of the response. Diamonds: share expected by chance. Equal values are "
        "uninformative. PET ≥ 50% SUVmax overlaps the other zones."
    )


def _filters(case: Case, found: Explanation, index: int) -> None:
    st.subheader("Most influential channels")
    if found.attention.layer == INPUT:
        st.caption("Available with Grad-CAM and Grad-CAM++ only.")
        return
    pixel = float(found.tensor.side_mm[index]) / found.tensor.x.shape[-1]
    chosen = strongest_filters(case, found)
    words = CLASSES[found.attention.target]
    for title, some in (
        (words[0], [f for f in chosen if f.push > 0.0]),
        (words[1], [f for f in chosen if f.push < 0.0]),
    ):
        st.markdown(f"**Strongest {title}**")
        if not some:
            st.caption("None.")
        for column, one in zip(st.columns(4), some, strict=False):
            panel = filter_panel(
                one, found.tensor.x[index, 1], found.tensor.mask[index], index, pixel
            )
            column.image(
                as_png(draw(panel, FILTER_PX)),
                width="stretch",
                alt=f"Activation of channel {one.channel} over the CT",
            )
            column.caption(f"weight {signed(one.weight, 3)}, contribution {signed(one.push, 3)}")
    st.caption(
        "Contribution: log-odds added by the channel (mean over slices). Weight: log-odds per unit "
        "activation. Colours: activation over the CT input, up to the channel's maximum."
    )


def _channels(found: Explanation, index: int) -> None:
    error = found.attention.completeness_error
    if found.attention.channels is None or error is None:
        return
    st.subheader("Attribution to each channel")
    for column, panel in zip(st.columns(3), channel_panels(found, index), strict=True):
        column.image(
            as_png(draw(panel, PLANE_PX)),
            width="stretch",
            alt=f"Signed attribution to the {panel.title} channel",
        )
    if found.tensor.stack.words:
        st.caption(
            f"{found.tensor.stack.words} Shown are the slice's own channels; "
            f"{share_elsewhere(found, index):.0%} of the absolute attribution lies in the "
            "neighbouring slices."
        )
    st.caption(
        "Red: towards the positive class. Blue: away from it. Completeness error (sum of "
        f"attributions minus change in log-odds): {signed(error[index], 4)} on this slice, at most "
        f"{abs(error).max():.4f} on any slice."
    )


def _volume(found: Explanation, positive: bool, key: str) -> None:
    side = _side(found, positive)
    mask, _ = to_patient_grid(found.tensor.mask.astype(float), found.tensor, "")
    st.plotly_chart(
        volume_figure(side, mask >= 0.5, side.slices.peak),
        key=f"volume-{key}",
        config=_NO_TOOLS,
        alt="Surfaces of the tumour and of half of the peak response in 3D",
    )
    st.caption(
        "Drag to rotate. The same volume on the CT's grid: "
        "`python -m dss_core explain … --nifti FILE`."
    )


@page_part
def _look(case: Case) -> None:
    key = case.result.input_digest[:12]
    asked, positive, wide = _ask(case, key)
    margins = [asked.margin_mm, WIDE_MARGIN_MM] if wide else [asked.margin_mm]
    founds = [explanation(case, Asked(asked.task, asked.method, m)) for m in margins]
    found = founds[0]
    for one in founds:
        _summary(case, one, positive)
    z_mm = [float(z) for z in found.tensor.z_mm]
    level = z_mm[len(z_mm) // 2]
    if len(z_mm) > 1:
        level = st.select_slider(
            "Slice (z in mm, inferior to superior)",
            z_mm,
            value=level,
            format_func=lambda z: f"{z:.0f} mm",
            key=f"attention-level-{key}",
        )
    index = z_mm.index(level)
    _images(case, founds, positive, index, key)
    st.subheader("Response by zone")
    _numbers(founds, positive, index, key)
    left, right = st.columns(2)
    with left:
        st.markdown("**Peak response by slice**")
        st.plotly_chart(
            strength_figure(found.attention, _side(found, positive).slices, index),
            key=f"strength-{key}",
            config=_NO_TOOLS,
            alt="Peak response of every slice along the body axis",
        )
        st.caption("Hollow: no localised response on that slice.")
    with right:
        st.markdown("**3D view**")
        _volume(found, positive, key)
    _channels(found, index)
    _filters(case, found, index)


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

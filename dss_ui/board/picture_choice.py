"""The presenter's choice of key pictures: slice, windows and attention, kept with the case."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dss_core.attention.explanation import CAPTION
from dss_core.case.key_pictures import (
    MAP,
    SIZE_PX,
    PictureChoice,
    key_pictures,
    largest_slice_mm,
)
from dss_core.case.record import Action, KeyPicture
from dss_core.errors import DssError
from dss_core.pictures.axial_views import Field, axial, field_of_view
from dss_core.pictures.image_rendering import SUV_TOP, SUV_TOPS, WINDOW, Window
from dss_core.pictures.panel import as_png, draw
from dss_core.records import DEFAULT_METHOD
from dss_ui.attention.attention_overlay import heat, overlay
from dss_ui.attention.computed_maps import METHODS, Asked, explanation
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.case_images import offer_images
from dss_ui.shell.messages import show_error
from dss_ui.shell.saved_cases import change
from dss_ui.shell.slice_slider import slice_slider
from dss_ui.shell.words import CLASSES, TASKS


@dataclass(frozen=True)
class _Chosen:
    """What the controls say."""

    pictures: PictureChoice
    attention: bool


def choose_pictures(case: CaseWithoutImages) -> None:
    """The controls; where the images are not open, what opens them."""
    if not isinstance(case, Case):
        st.caption("The key pictures are kept with the case. Open its images to choose others.")
        offer_images(case)
        return
    with st.form("board-pictures", border=False):
        chosen = _controls(case)
        if st.form_submit_button("Use these pictures", icon=":material/photo_camera:"):
            try:
                change(Action.PICTURE_CHOSEN, pictures=chosen_pictures(case, chosen))
            except DssError as refusal:
                show_error(str(refusal))
            else:
                st.rerun()


def _controls(case: Case) -> _Chosen:
    levels = [round(float(z), 1) for z in case.images.tensor.z_mm]
    largest = largest_slice_mm(case.images.region.roi)
    nearest = min(levels, key=lambda z: abs(z - largest))
    z_mm = slice_slider(levels, f"board-slice-{case.result.input_digest[:12]}", nearest)
    window = st.radio("CT window", list(Window), list(Window).index(WINDOW), horizontal=True)
    top = st.radio(
        "PET scale, SUV 0 to", SUV_TOPS, SUV_TOPS.index(SUV_TOP), format_func="{:g}".format,
        horizontal=True,
    )  # fmt: skip
    attention = bool(case.result.scores) and st.toggle("Attention", value=False)
    return _Chosen(PictureChoice(z_mm, window or WINDOW, float(top or SUV_TOP)), attention)


def chosen_pictures(case: Case, chosen: _Chosen) -> tuple[KeyPicture, ...]:
    """The key pictures as they were chosen; attention lies on the CT, beside the bare one.

    Raises
    ------
    DssError
        Whatever the core refuses of the attention.
    """
    images, roi = case.images.aligned, case.images.region.roi
    pictures = key_pictures(images, roi, chosen.pictures)
    return (*pictures, _attention(case, chosen.pictures)) if chosen.attention else pictures


def _attention(case: Case, choice: PictureChoice) -> KeyPicture:
    """That of the first score, in favour of the side the score lies on."""
    score, tensor = case.result.scores[0], case.images.tensor
    index = int(np.abs(tensor.z_mm - choice.z_mm).argmin())
    asked = Asked(score.task, DEFAULT_METHOD, case.result.preprocessing.margin_mm)
    found = explanation(case, asked)
    positive = score.dls >= score.cutoff
    side = found.positive if positive else found.negative
    peak = side.slices.peak
    scale = heat(peak, found.attention.unit.split()[0] if peak else "")
    roi = case.images.region.roi
    plane = field_of_view(roi, Field.CLOSE, float(tensor.z_mm[index]), SIZE_PX)
    bare = axial(case.images.aligned, roi, plane, choice.window, choice.suv_top)
    panel = overlay(bare, found, side, index, plane, scale).ct
    what = f"{METHODS[found.attention.method]} of {TASKS[score.task].title}"
    towards = CLASSES[score.task][0 if positive else 1]
    caption = (
        f"{CAPTION} {what}, {towards}: 0 to {scale.high:g} ({found.attention.unit}), up to the "
        "case maximum. Dashed: network field of view."
    )
    alt = (
        f"Grey CT slice with {what.replace(METHODS[found.attention.method], 'attention')} in "
        "colour and the tumour region outlined in blue. Where the network responded, not why."
    )
    return KeyPicture(MAP, caption, alt, as_png(draw(replace(panel, note=""), SIZE_PX)))

"""The step between reading and scoring for a PET of another frame of reference.

A rigid registration is proposed, shown before and after, and used only when the user says so.
"""

from enum import StrEnum

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dss_core.geometry import IDENTITY, Grid, Matrix
from dss_core.pictures.image_rendering import AIR_HU, FUSION_SCALE, RGB, Window, ct_scale, fuse
from dss_core.pictures.panel import Panel, as_jpeg, draw
from dss_core.records import Roi
from dss_core.spatial.alignment import AlignedImages, ReadImages
from dss_core.spatial.registration import inside_pet
from dss_core.spatial.resampling import resample_mask, resample_volume
from dss_ui.session import transitions
from dss_ui.session.chosen_files import Choice
from dss_ui.session.current import become, session
from dss_ui.session.state import Aligning, CaseSource, registration_of
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import page_part, show_errors
from dss_ui.shell.run_case import propose_registration, score_registered
from dss_ui.shell.saved_cases import take_scored

FIELD_MM = 360.0
PLANE_PX = 300
SQUARE_MM = 30.0
_CORONAL: Matrix = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))
_SAGITTAL: Matrix = ((0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
PLANES = {
    "Axial": (IDENTITY, "RLAP"),
    "Coronal": (_CORONAL, "RLSI"),
    "Sagittal": (_SAGITTAL, "APSI"),
}


class Mix(StrEnum):
    """How CT and PET are put into one picture."""

    FUSED = "Fused"
    CHECKERBOARD = "Checkerboard"


def register(source: CaseSource, choice: Choice) -> None:
    """Propose a registration, show it, and use it when the user agrees.

    With a region the case is then scored, without one it is drawn on the Images page.
    """
    proposal = registration_of(session(), choice)
    if proposal is None:
        st.info(
            "PET and CT have different frames of reference (0020,0052). Choose the CT acquired "
            "with this PET, or review a proposed registration.",
            icon=":material/align_center:",
        )
        if st.button("Propose registration", type="primary", icon=":material/join_inner:"):
            with show_errors():
                status = st.status("Registering", expanded=True)
                try:
                    found = propose_registration(source, choice, status)
                    become(transitions.propose(session(), found))
                except Exception:
                    status.update(label="Registration failed", state="error")
                    raise
                st.rerun()
        return
    _quality(proposal)
    with show_errors():
        _preview(proposal)
    with st.container(horizontal=True):
        region, then = proposal.region, "score" if proposal.region else "draw the region"
        if st.button(f"Accept registration and {then}", type="primary", icon=":material/check:"):
            with show_errors():
                if region is None:
                    become(transitions.accept(session()))
                    st.switch_page("pages/images.py")
                case = score_registered(proposal, region, bundle())
                take_scored(case)
                st.rerun()
        if st.button("Reject registration", icon=":material/close:"):
            become(transitions.reject(session()))
            st.rerun()


def _quality(proposal: Aligning) -> None:
    """The figures a reader needs to trust or drop the registration."""
    found = proposal.after.registration
    assert found is not None
    figures = [
        ("Shift", f"{found.shift_mm:.1f} mm", "Displacement of the PET centre"),
        ("Rotation", f"{found.rotation_deg:.1f}°", "Rotation of the PET"),
        (
            "Mutual information",
            f"{found.mi_after:.2f}",
            "Of CT and PET in nats, higher is better",
        ),
        ("PET covered by CT", f"{found.overlap:.0%}", "Share of the PET that the CT covers"),
    ]
    if proposal.region:
        covered = inside_pet(proposal.region.roi, proposal.after.pet.grid)
        meaning = "Share of the region that the PET covers"
        figures.append(("Region covered by PET", f"{covered:.0%}", meaning))
    for column, (label, value, meaning) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(label, value, help=meaning, border=True)
    st.caption(f"Mutual information {found.mi_before:.3f} before, {found.mi_after:.3f} after.")
    st.warning(
        "Breathing can displace the lung base by 2 cm even when the rest fits. Check the liver "
        "dome and the tumour.",
        icon=":material/warning:",
    )


@page_part
def _preview(proposal: Aligning) -> None:
    """Axial, coronal and sagittal, at first through the tumour's middle, before and after."""
    key, ct = proposal.intake.key, proposal.before.ct.grid
    left, right = st.columns([1, 2])
    mix = left.segmented_control(
        "View", list(Mix), default=Mix.FUSED, required=True, key=f"mix-{key}"
    )
    roi = proposal.region.roi if proposal.region else None
    centre = _centre_mm(roi) if roi else ct.bounds_mm().mean(axis=0)
    low, high = ct.bounds_mm()[:, 2].tolist()
    centre[2] = right.slider(
        "Slice (z in mm, inferior to superior)", low, high, float(np.clip(centre[2], low, high)),
        step=1.0, format="%.0f", key=f"level-{key}",
    )  # fmt: skip
    for name, images in (("Before", proposal.before), ("After", proposal.after)):
        st.markdown(f"**{name}**")
        for column, plane in zip(st.columns(len(PLANES)), PLANES, strict=True):
            _picture(column, images, roi, centre, plane, name, Mix(mix))
    st.caption(
        "Grey: CT. Colour: PET, SUV 0 to 10. Blue: the tumour region. In the checkerboard, CT and "
        "PET alternate every 30 mm; anatomical edges should be continuous across squares."
    )


def _picture(
    column: DeltaGenerator,
    images: ReadImages | AlignedImages,
    roi: Roi | None,
    centre: NDArray[np.float64],
    plane: str,
    when: str,
    mix: Mix,
) -> None:
    direction, letters = PLANES[plane]
    grid = _plane(centre, direction)
    hu = resample_volume(images.ct, grid, AIR_HU)[0]
    suv = resample_volume(images.pet, grid, 0.0)[0]
    inside = resample_mask(roi, grid).mask_zyx[0] if roi else np.zeros(hu.shape, np.bool_)
    note = "SUVbw on CT"
    panel = Panel(
        mixed(hu, suv, mix), inside, grid.spacing_mm[0], plane, note, FUSION_SCALE, letters
    )
    picture = as_jpeg(draw(panel, PLANE_PX * 2))
    column.image(picture, width="stretch", alt=f"{plane} plane of PET on CT, {when.lower()}")


def mixed(hu: NDArray[np.number], suv: NDArray[np.number], mix: Mix) -> RGB:
    """CT and PET (rows, columns) in one picture: fused, or in turn as the squares of a board."""
    if mix is Mix.FUSED:
        return fuse(hu, suv, Window.MEDIASTINUM)
    n = round(SQUARE_MM / FIELD_MM * len(hu))
    row, column = np.indices(hu.shape) // n
    ct, pet = ct_scale(Window.MEDIASTINUM).paint(hu), FUSION_SCALE.paint(suv)
    return np.where(((row + column) % 2 == 0)[..., None], ct, pet)


def _plane(centre: NDArray[np.float64], direction: Matrix) -> Grid:
    """A square plane of `FIELD_MM` about a point."""
    pixel = FIELD_MM / PLANE_PX
    across, down = np.asarray(direction)[:, 0], np.asarray(direction)[:, 1]
    x, y, z = (centre - (across + down) * (FIELD_MM - pixel) / 2.0).tolist()
    return Grid((1, PLANE_PX, PLANE_PX), (pixel, pixel, 1.0), (x, y, z), direction)


def _centre_mm(roi: Roi) -> NDArray[np.float64]:
    """Middle of the region's voxels in world millimetres."""
    touched = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    middle = np.argwhere(roi.mask_zyx[touched[0] : touched[-1] + 1]).mean(axis=0)
    middle[0] += touched[0]
    world: NDArray[np.float64] = roi.grid.to_world(middle[None, ::-1])[0]
    return world

"""Axial views of a case and of what the network sees, as finished panels.

Planes are sampled in patient space, so any slice order, orientation or voxel shape comes out
upright: patient's right on the left, anterior on top, one millimetre as long both ways.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.pictures.image_rendering import (
    AIR_HU,
    SUV_TOP,
    WINDOWS,
    Z_SCORES,
    Window,
    ct_scale,
    fuse,
    grey,
    hot,
)
from dss_core.pictures.panel import Panel
from dss_core.records import NetworkInput, Roi
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.resampling import resample_mask, resample_volume

PLANE_PX = 512
CLOSE_UP_MM = 140.0


class Field(StrEnum):
    """How much of the slice is shown."""

    WHOLE = "Whole slice"
    CLOSE = "Close-up"


@dataclass(frozen=True)
class Axial:
    """CT, PET and fusion of one level, ready to draw."""

    ct: Panel
    pet: Panel
    fusion: Panel


def field_of_view(roi: Roi, field: Field, z_mm: float, size_px: int = PLANE_PX) -> Grid:
    """A square axial plane that holds the whole image or the tumour's surroundings."""
    low, high = roi.grid.bounds_mm()[:, :2]
    side = float((high - low).max()) + roi.grid.spacing_mm[0]
    if field is Field.CLOSE:
        inside = _inside_mm(roi)[:, :2]
        low, high = inside.min(axis=0), inside.max(axis=0)
        side = max(CLOSE_UP_MM, float((high - low).max()) + 80.0)
    pixel = side / size_px
    x, y = ((low + high) / 2.0 - (side - pixel) / 2.0).tolist()
    return Grid(
        (1, size_px, size_px),
        (pixel, pixel, 1.0),
        (x, y, z_mm),
        frame_of_reference=roi.grid.frame_of_reference,
    )


def axial(
    images: AlignedImages, roi: Roi, plane: Grid, window: Window, suv_top: float = SUV_TOP
) -> Axial:
    """The three panels on one plane of `field_of_view`.

    Parameters
    ----------
    suv_top : float
        SUVbw (g/mL) at the end of the PET scales.
    """
    ct = resample_volume(images.ct, plane, AIR_HU)[0]
    pet = resample_volume(images.pet, plane, 0.0)[0]
    inside = resample_mask(roi, plane).mask_zyx[0]
    scale, pet_scale = ct_scale(window), grey(0.0, suv_top, "SUV", inverse=True)
    pixel, level = plane.spacing_mm[0], f"z {plane.origin_mm[2]:.1f} mm"
    note = f"W {WINDOWS[window].width_hu:g}  L {WINDOWS[window].level_hu:g}"
    return Axial(
        Panel(scale.paint(ct), inside, pixel, f"CT   {level}", note, scale),
        Panel(pet_scale.paint(pet), inside, pixel, f"PET   {level}", "SUVbw", pet_scale),
        Panel(
            fuse(ct, pet, window, suv_top=suv_top),
            inside,
            pixel,
            f"Fusion   {level}",
            f"CT {note}",
            hot(0.0, suv_top, "SUV"),
        ),
    )


def network_panels(tensor: NetworkInput, index: int) -> tuple[Panel, Panel, Panel]:
    """A slice's own PET, CT and fusion exactly as the network receives them."""
    pixel = float(tensor.side_mm[index]) / tensor.x.shape[-1]
    z = f"z {tensor.z_mm[index]:.0f} mm"
    titles = ("PET", "CT", "Fusion")
    panels = [
        Panel(Z_SCORES.paint(values), tensor.mask[index], pixel, title, z, Z_SCORES)
        for title, values in zip(titles, tensor.x[index, : len(titles)], strict=True)
    ]
    return panels[0], panels[1], panels[2]


def _inside_mm(roi: Roi) -> NDArray[np.float64]:
    """World positions (n, 3) of the region's voxels; only its slices are searched."""
    touched = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    inside = np.argwhere(roi.mask_zyx[touched[0] : touched[-1] + 1])
    inside[:, 0] += touched[0]
    return roi.grid.to_world(inside[:, ::-1].astype(np.float64))

"""Cropping: a region on its own box, an image around it, a mask on another grid.

Whole-body grids have tens of millions of voxels, a lesion a few thousand; what is done at every
stroke of the reader is done on the part.
"""

from dataclasses import replace

import numpy as np

from dss_core.errors import GeometryError
from dss_core.geometry import Grid, touched
from dss_core.records import Roi, Volume
from dss_core.spatial.resampling import resample_mask


def cropped(roi: Roi, spare: int = 0) -> Roi:
    """The same region on the part of its grid that it touches (one voxel of it if it is empty).

    Parameters
    ----------
    roi : Roi
    spare : int
        Voxels to keep on each side, where the grid has them.
    """
    z, y, x = (
        slice(max(held.start - spare, 0), min(held.stop + spare, size))
        for held, size in zip(touched(roi.mask_zyx), roi.mask_zyx.shape, strict=True)
    )
    box = z, y, x
    mask = np.ascontiguousarray(roi.mask_zyx[box])
    return replace(roi, mask_zyx=mask, grid=roi.grid.part(box))


def carried(roi: Roi, grid: Grid) -> Roi:
    """A region on the part of another grid that it touches: nearest voxel, as `resample_mask`.

    Raises
    ------
    GeometryError
        If it touches no voxel of that grid.
    """
    small = cropped(roi, spare=1)  # a voxel centre between two voxels may take the outer one
    box = grid.box_around(small.grid)
    found = resample_mask(small, grid.part(box)) if box else None
    if found is None or not found.mask_zyx.any():
        raise GeometryError(
            f"The region {roi.name!r} does not meet the image. Draw it on the image."
        )
    return cropped(found)


def part_around(volume: Volume, roi: Roi, margin_mm: float) -> Volume:
    """The part of an image that holds a region and a margin around it; its digest stays.

    Raises
    ------
    GeometryError
        If the image does not meet the region.
    """
    box = volume.grid.box_around(cropped(roi).grid, margin_mm)
    if box is None:
        raise GeometryError(f"The region {roi.name!r} is outside the image. Draw it on the image.")
    return replace(volume, values_zyx=volume.values_zyx[box], grid=volume.grid.part(box))


def slices_around(volume: Volume, roi: Roi) -> Volume:
    """The slices of an image that a region on its grid touches, whole; its digest stays."""
    z, _, _ = touched(roi.mask_zyx)
    _, ny, nx = volume.grid.shape_zyx
    part = volume.grid.part((z, slice(0, ny), slice(0, nx)))
    return replace(volume, values_zyx=volume.values_zyx[z], grid=part)

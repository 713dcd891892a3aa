"""Only the part that matters: a region on its own box, an image around it, a mask carried over.

Whole-body grids have tens of millions of voxels, a lesion a few thousand; what is done at every
stroke of the reader is done on the part.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.preprocessing.resample import resample_mask
from dss_core.records import Roi, Volume

Box = tuple[slice, slice, slice]


def cropped(roi: Roi, spare: int = 0) -> Roi:
    """The same region on the part of its grid that it touches (one voxel of it if it is empty).

    Parameters
    ----------
    roi : Roi
    spare : int
        Voxels to keep on each side, where the grid has them.
    """
    z, y, x = (
        slice(max(touched.start - spare, 0), min(touched.stop + spare, size))
        for touched, size in zip(_touched(roi.mask_zyx), roi.mask_zyx.shape, strict=True)
    )
    box = z, y, x
    mask = np.ascontiguousarray(roi.mask_zyx[box])
    return replace(roi, mask_zyx=mask, grid=_part(roi.grid, box))


def carried(roi: Roi, grid: Grid) -> Roi:
    """A region on the part of another grid that it touches: nearest voxel, as `resample_mask`.

    Raises
    ------
    GeometryError
        If it touches no voxel of that grid.
    """
    small = cropped(roi, spare=1)  # a voxel centre between two voxels may take the outer one
    box = _box_around(small.grid, grid, 0.0)
    found = resample_mask(small, _part(grid, box)) if box else None
    if found is None or not found.mask_zyx.any():
        raise GeometryError(
            f"The region {roi.name!r} does not meet the image. Mark where the image is."
        )
    return cropped(found)


def part_around(volume: Volume, roi: Roi, margin_mm: float) -> Volume:
    """The part of an image that holds a region and a margin around it; its digest stays.

    Raises
    ------
    GeometryError
        If the image does not meet the region.
    """
    box = _box_around(cropped(roi).grid, volume.grid, margin_mm)
    if box is None:
        raise GeometryError(f"The region {roi.name!r} is outside the image. Draw it on the image.")
    return replace(volume, values_zyx=volume.values_zyx[box], grid=_part(volume.grid, box))


def slices_around(volume: Volume, roi: Roi) -> Volume:
    """The slices of an image that a region on its grid touches, whole; its digest stays."""
    z, _, _ = _touched(roi.mask_zyx)
    _, ny, nx = volume.grid.shape_zyx
    part = _part(volume.grid, (z, slice(0, ny), slice(0, nx)))
    return replace(volume, values_zyx=volume.values_zyx[z], grid=part)


def _touched(mask_zyx: NDArray[np.bool_]) -> Box:
    if not mask_zyx.any():
        return slice(0, 1), slice(0, 1), slice(0, 1)
    slices = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    part = mask_zyx[slices[0] : slices[-1] + 1]
    rows, columns = (np.flatnonzero(part.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    z, y, x = (slice(int(n[0]), int(n[-1]) + 1) for n in (slices, rows, columns))
    return z, y, x


def _box_around(inner: Grid, outer: Grid, margin_mm: float) -> Box | None:
    """Voxels of `outer` that meet the voxels of `inner` and a margin; None if there are none."""
    nz, ny, nx = inner.shape_zyx
    sides = ((-0.5, nx - 0.5), (-0.5, ny - 0.5), (-0.5, nz - 0.5))
    corners = np.array([(i, j, k) for i in sides[0] for j in sides[1] for k in sides[2]])
    index = outer.to_index(inner.to_world(corners))
    grow = margin_mm / np.array(outer.spacing_mm) + 0.5
    low = np.floor(index.min(axis=0) - grow).astype(np.int64)
    high = np.ceil(index.max(axis=0) + grow).astype(np.int64) + 1
    limit = np.array(outer.shape_zyx[::-1])
    low, high = np.clip(low, 0, limit), np.clip(high, 0, limit)
    if (high <= low).any():
        return None
    x, y, z = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return z, y, x


def _part(grid: Grid, box: Box) -> Grid:
    z, y, x = box
    start = np.array([[float(x.start), float(y.start), float(z.start)]])
    ox, oy, oz = grid.to_world(start)[0].tolist()
    shape = (z.stop - z.start, y.stop - y.start, x.stop - x.start)
    return replace(grid, shape_zyx=shape, origin_mm=(ox, oy, oz))

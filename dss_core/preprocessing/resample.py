"""Images and masks on another grid: linear for values, nearest for masks.

Only the part of an image that the target needs is handed to SimpleITK.
"""

from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.records import Roi, Volume

TIE_MM = 1e-6
"""A centre on the border of two mask voxels belongs to the one with the higher world coordinates,
whatever grid it is asked for on; rounding noise would decide it otherwise."""


def resample_volume(volume: Volume, target: Grid, outside: float) -> NDArray[np.float32]:
    """Values of an image at the voxel centres of another grid, trilinear.

    Parameters
    ----------
    volume : Volume
    target : Grid
        In the same frame of reference.
    outside : float
        Value where the target lies outside the image.

    Returns
    -------
    float32 array, shape target.shape_zyx
    """
    return _resample(volume.values_zyx, volume.grid, target, sitk.sitkLinear, outside)


def resample_mask(roi: Roi, target: Grid) -> Roi:
    """The region on another grid: each target voxel takes the nearest voxel's membership."""
    if roi.grid == target:
        return roi
    values = roi.mask_zyx.view(np.uint8)
    mask = _resample(values, roi.grid, target, sitk.sitkNearestNeighbor, 0.0)
    return replace(roi, mask_zyx=mask.astype(np.bool_), grid=target)


def _resample(
    values: NDArray[np.generic], grid: Grid, target: Grid, method: int, outside: float
) -> NDArray[np.float32]:
    start, stop = _needed(grid, target)
    if (stop <= start).any():
        return np.full(target.shape_zyx, outside, dtype=np.float32)
    part = values[start[2] : stop[2], start[1] : stop[1], start[0] : stop[0]]
    image = sitk.GetImageFromArray(np.ascontiguousarray(part))
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.to_world(start[None].astype(np.float64))[0].tolist())
    image.SetDirection(np.asarray(grid.direction).ravel().tolist())
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize([int(n) for n in reversed(target.shape_zyx)])
    resampler.SetOutputSpacing(target.spacing_mm)
    tie_mm = TIE_MM if method == sitk.sitkNearestNeighbor else 0.0
    resampler.SetOutputOrigin([origin + tie_mm for origin in target.origin_mm])
    resampler.SetOutputDirection(np.asarray(target.direction).ravel().tolist())
    resampler.SetInterpolator(method)
    resampler.SetDefaultPixelValue(outside)
    result: NDArray[np.float32] = sitk.GetArrayFromImage(resampler.Execute(image))
    return result


def _needed(grid: Grid, target: Grid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index range (column, row, slice) of the image that the target can touch."""
    nz, ny, nx = target.shape_zyx
    corners = [(i, j, k) for i in (0, nx - 1) for j in (0, ny - 1) for k in (0, nz - 1)]
    index = grid.to_index(target.to_world(np.array(corners, dtype=np.float64)))
    limit = np.array(grid.shape_zyx[::-1])
    start = np.clip(np.floor(index.min(axis=0)).astype(np.int64) - 2, 0, limit)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(np.int64) + 3, 0, limit)
    return start, stop

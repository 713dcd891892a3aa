"""Resampling: linear for values, nearest for masks.

Where the axes of both grids are parallel, one axis is done after the other; else SimpleITK does it,
on the part that matters.
"""

from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from dss_core.geometry import Grid, touched
from dss_core.records import Roi, Volume
from dss_core.spatial.separable_resampling import linear, nearest, positions

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
    at_zyx = positions(volume.grid, target)
    if at_zyx is not None:
        return linear(volume.values_zyx, at_zyx, outside)
    box = volume.grid.box_around(target)
    if box is None:
        return np.full(target.shape_zyx, outside, dtype=np.float32)
    part = volume.values_zyx[box]
    return _by_itk(part, volume.grid.part(box), target, sitk.sitkLinear, outside)


def resample_mask(roi: Roi, target: Grid) -> Roi:
    """The region on another grid: each target voxel takes the nearest voxel's membership."""
    if roi.grid == target:
        return roi
    mask = np.zeros(target.shape_zyx, dtype=np.bool_)
    held = touched(roi.mask_zyx)
    grid, values = roi.grid.part(held), roi.mask_zyx[held]
    box = target.box_around(grid)
    if box is not None:
        asked = target.part(box)
        x, y, z = (origin + TIE_MM for origin in asked.origin_mm)
        asked = replace(asked, origin_mm=(x, y, z))
        at_zyx = positions(grid, asked)
        mask[box] = (
            nearest(values, at_zyx)
            if at_zyx is not None
            else _by_itk(values.view(np.uint8), grid, asked, sitk.sitkNearestNeighbor, 0.0)
        )
    return replace(roi, mask_zyx=mask, grid=target)


def _by_itk(
    values: NDArray[np.generic], grid: Grid, target: Grid, method: int, outside: float
) -> NDArray[np.float32]:
    image = sitk.GetImageFromArray(np.ascontiguousarray(values))
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(np.asarray(grid.direction).ravel().tolist())
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize([int(n) for n in reversed(target.shape_zyx)])
    resampler.SetOutputSpacing(target.spacing_mm)
    resampler.SetOutputOrigin(target.origin_mm)
    resampler.SetOutputDirection(np.asarray(target.direction).ravel().tolist())
    resampler.SetInterpolator(method)
    resampler.SetDefaultPixelValue(outside)
    result: NDArray[np.float32] = sitk.GetArrayFromImage(resampler.Execute(image))
    return result

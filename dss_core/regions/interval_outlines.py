"""Outlines of the score interval: eight variants of the region.

Not to be mistaken for `regions.outline_variation`, where a person asks what one change of so many
millimetres does to a score: these are changes of one step in all directions at once, balanced for
a variance.

The region is moved along x, y and z and made larger or smaller, by one step each, in the eight
combinations of a half-fraction 2^(4-1) design (size = product of the three directions). In this
design the effects of the four changes do not mix, so the variance of a score over the eight is,
to first order, its variance under independent errors of one step in each.

References
----------
Box, Hunter and Hunter, Statistics for Experimenters (2nd ed., 2005), ch. 6: fractional factorials.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

STEP_VOXELS = 1
"""Of every change, on the 1 mm grid of the surroundings."""
REACH_VOXELS = 2 * STEP_VOXELS
"""How far an outline may go beyond the region: moved and made larger."""


def other_outlines(mask_zyx: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """Eight other outlines of a region on an isotropic grid.

    Parameters
    ----------
    mask_zyx : bool array
        Not empty, at least `REACH_VOXELS` away from the array's border.

    Returns
    -------
    tuple of 8 bool arrays
        Never empty: of a region that would vanish when made smaller, the middle stays.
    """
    inside = np.argwhere(mask_zyx)
    low, high = inside.min(axis=0) - 3, inside.max(axis=0) + 4
    box = tuple(slice(max(a, 0), b) for a, b in zip(low, high, strict=True))
    part = mask_zyx[box]
    depth = distance_transform_edt(part) - distance_transform_edt(~part)
    depth -= 0.5 * np.sign(depth)  # distance in voxels from the outline, positive inside
    results = []
    for shift in product((-STEP_VOXELS, STEP_VOXELS), repeat=3):
        larger = float(np.prod(np.sign(shift))) * STEP_VOXELS
        level = min(-larger, float(depth.max()) - 0.1)
        mask = np.zeros_like(mask_zyx)
        mask[box] = np.roll(depth > level, shift, axis=(0, 1, 2))
        results.append(mask)
    return tuple(results)

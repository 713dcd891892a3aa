"""Interpolation between slices: signed distances with aligned centres.

References
----------
Raya and Udupa, IEEE Trans Med Imaging 9:32 (1990), shape-based interpolation; the alignment of
the centres lets a tumour that runs obliquely keep its width.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, shift

from dss_core.errors import InputError

Mask = NDArray[np.bool_]


def fill_between(
    mask_zyx: Mask, spacing_mm: tuple[float, float, float], marked: Sequence[int] | None = None
) -> Mask:
    """The mask with every slice between two marked ones interpolated.

    Parameters
    ----------
    mask_zyx : bool array (slices, rows, columns)
    spacing_mm : (float, float, float)
        Column, row and slice distance.
    marked : sequence of int, optional
        Slices the user drew on; by default every slice that holds something. Slices that lie
        between two of them are replaced, all others stay.

    Raises
    ------
    InputError
        If a slice named as marked is empty.
    """
    holds = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    levels = sorted(set(holds.tolist() if marked is None else marked))
    for k in levels:
        if k not in holds:
            raise InputError(
                f"Slice {k + 1} is empty, so it cannot be interpolated from. Draw an outline "
                "there, or leave it out."
            )
    filled = mask_zyx.copy()
    rows, columns = (np.flatnonzero(mask_zyx.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    if not levels:
        return filled
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    for below, above in pairwise(levels):
        for k in range(below + 1, above):
            share = (k - below) / (above - below)
            filled[k] = False
            filled[k][part] = between(
                mask_zyx[below][part], mask_zyx[above][part], share, spacing_mm[:2]
            )
    return filled


def between(a: Mask, b: Mask, share: float, spacing_mm: tuple[float, float]) -> Mask:
    """The shape at `share` of the way from a to b (0 to 1), both (rows, columns) and not empty.

    Both signed distances are moved so that their centres coincide at the centre in between,
    averaged, and cut at zero.
    """
    centre_a, centre_b = _centre(a), _centre(b)
    middle = (1.0 - share) * centre_a + share * centre_b
    room = int(np.ceil(np.abs(centre_b - centre_a).max())) + 2
    distance = [
        shift(_signed_mm(np.pad(m, room), spacing_mm), middle - c, order=1, mode="nearest")
        for m, c in ((a, centre_a), (b, centre_b))
    ]
    mixed = (1.0 - share) * distance[0] + share * distance[1]
    return np.asarray(mixed[room:-room, room:-room] > 0.0)


def _centre(mask: Mask) -> NDArray[np.float64]:
    return np.asarray(np.argwhere(mask).mean(axis=0))


def _signed_mm(mask: Mask, spacing_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Distance to the outline, positive inside; the outline runs between voxel centres."""
    sampling = spacing_mm[::-1]
    half = 0.5 * min(spacing_mm)
    inside = np.asarray(distance_transform_edt(mask, sampling=sampling))
    outside = np.asarray(distance_transform_edt(~mask, sampling=sampling))
    return np.where(mask, inside - half, half - outside)

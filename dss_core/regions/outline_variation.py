"""Outline variation: a region expanded, contracted or shifted by some millimetres.

One change at a time, each by 1 to 5 mm, for the robustness view; the interval of a score has
outlines of its own (`regions.interval_outlines`). The changes are systematic, not random, so the
same region always gives the same set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

Mask = NDArray[np.bool_]


class Change(StrEnum):
    """What is done to a region; directions are the patient's."""

    GROW = "grow"
    SHRINK = "shrink"
    LEFT = "left"
    RIGHT = "right"
    ANTERIOR = "anterior"
    POSTERIOR = "posterior"
    SUPERIOR = "superior"
    INFERIOR = "inferior"


_SHIFTS = {
    Change.LEFT: (0, 0, 1),
    Change.RIGHT: (0, 0, -1),
    Change.ANTERIOR: (0, -1, 0),
    Change.POSTERIOR: (0, 1, 0),
    Change.SUPERIOR: (1, 0, 0),
    Change.INFERIOR: (-1, 0, 0),
}


@dataclass(frozen=True)
class Variation:
    """One change by some millimetres."""

    change: Change
    by_mm: float


REACH_MM = 5.0
SYSTEMATIC = tuple(Variation(c, float(mm)) for c in Change for mm in range(1, int(REACH_MM) + 1))
"""Every change by 1 to 5 mm."""


def varied_masks(
    mask_zyx: Mask,
    spacing_mm: tuple[float, float, float],
    variations: Iterable[Variation] = SYSTEMATIC,
) -> Iterator[tuple[Variation, Mask]]:
    """The mask under each change, on the same grid.

    Growing takes in every voxel whose centre is at most `by_mm` from a centre inside; shrinking
    takes away every voxel whose centre is at most `by_mm` from one outside, so that a shrunk
    region may be empty. A shift is by whole voxels, the nearest to `by_mm`.

    Parameters
    ----------
    mask_zyx : bool array (slices, rows, columns)
        On a grid along the patient's axes (x to the left, y to the back, z to the head), with
        as much room around the region as it is to move; what leaves the grid is lost.
    spacing_mm : (float, float, float)
        Column, row and slice distance.
    variations : iterable of Variation
    """
    sampling = spacing_mm[::-1]
    away: NDArray[np.float64] | None = None
    deep: NDArray[np.float64] | None = None
    for variation in variations:
        if variation.change is Change.GROW:
            if away is None:
                away = np.asarray(distance_transform_edt(~mask_zyx, sampling=sampling))
            yield variation, away <= variation.by_mm
        elif variation.change is Change.SHRINK:
            if deep is None:
                deep = np.asarray(distance_transform_edt(mask_zyx, sampling=sampling))
            yield variation, deep > variation.by_mm
        else:
            direction = _SHIFTS[variation.change]
            steps = [
                round(d * variation.by_mm / s) for d, s in zip(direction, sampling, strict=True)
            ]
            yield variation, shifted(mask_zyx, (steps[0], steps[1], steps[2]))


def shifted(mask_zyx: Mask, steps_zyx: tuple[int, int, int]) -> Mask:
    """The mask moved by whole voxels; what leaves the grid is lost."""
    moved = np.zeros_like(mask_zyx)
    target, source = [], []
    for step, n in zip(steps_zyx, mask_zyx.shape, strict=True):
        target.append(slice(max(step, 0), max(min(n, n + step), 0)))
        source.append(slice(max(-step, 0), max(min(n, n - step), 0)))
    moved[tuple(target)] = mask_zyx[tuple(source)]
    return moved

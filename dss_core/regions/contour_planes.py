"""Planes of contours, and the slab of slices that each of them stands for.

A structure set gives every contour a height of its own. Contours drawn on one plane may differ in
it by rounding or by a part of a slice, and planes may be closer or farther apart than the slices
of the image. Here contours are gathered into planes, and the axis is divided into slabs, one for
each plane: half-open, so that a slice halfway between two planes belongs to the upper one whatever
the rounding, and so that no slice between two neighbouring planes belongs to none.

Heights are slice indices of the image, with fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
_ROUNDING = 0.05
"""Slices: heights that differ by less are one height."""
_TIE = 0.01
"""Slices: an edge of a slab this much above a slice still is below it."""
_SAME_PLANE = 0.45
"""Share of the plane distance within which heights are of one plane."""
_ALIKE = 0.5
"""Overlap over union of two outlines' boxes from which one continues the other."""
_SKIPPED = 1.5
"""Plane distances from which a gap is one that was left on purpose."""


@dataclass(frozen=True)
class Plane:
    """The contours drawn on one plane.

    Attributes
    ----------
    height : float
        Mean over the contours.
    polygons : tuple of float64 arrays (n, 2)
        Vertices as (column, row).
    """

    height: float
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True)
class Slab:
    """A plane and the half-open range of heights, [low, high), that it stands for."""

    plane: Plane
    low: float
    high: float

    def slices(self, n_slices: int) -> range:
        """The slices of an image of so many that lie in it."""
        first, end = (int(np.ceil(edge - _TIE)) for edge in (self.low, self.high))
        return range(max(first, 0), min(end, n_slices))


def planes_of(polygons_ijk: Sequence[Polygon]) -> tuple[Plane, ...]:
    """The planes of a region, from below to above.

    Two outlines that continue each other are never on one plane, so the smallest distance between
    two such tells how far heights of one plane may differ.

    Parameters
    ----------
    polygons_ijk : sequence of float64 arrays (n, 3)
        Vertices as (column, row, slice); not empty.
    """
    heights = np.array([p[:, 2].mean() for p in polygons_ijk])
    order = np.argsort(heights, kind="stable")
    boxes = np.array([[p[:, :2].min(axis=0), p[:, :2].max(axis=0)] for p in polygons_ijk])
    tolerance = max(_ROUNDING, _SAME_PLANE * _smallest_step(heights[order], boxes[order]))
    groups: list[list[int]] = []
    for n in order.tolist():
        if not groups or heights[n] - heights[groups[-1][0]] > tolerance:
            groups.append([])
        groups[-1].append(n)
    return tuple(
        Plane(float(heights[g].mean()), tuple(polygons_ijk[n][:, :2] for n in sorted(g)))
        for g in groups
    )


def plane_distance(planes: Sequence[Plane]) -> float:
    """The usual distance of neighbouring planes; 1 slice for a single plane."""
    gaps = np.diff([plane.height for plane in planes])
    return float(np.quantile(gaps, 0.5, method="lower")) if gaps.size else 1.0


def slabs_of(planes: Sequence[Plane]) -> tuple[Slab, ...]:
    """The slab of every plane.

    Neighbouring planes meet halfway; beyond the last one a slab is half a plane distance thick. A
    plane that was skipped stays a gap. A region thinner than a slice is widened to one.
    """
    distance = plane_distance(planes)
    runs: list[list[Plane]] = [[planes[0]]]
    for below, above in pairwise(planes):
        if above.height - below.height > max(_SKIPPED * distance, 1.0) + _TIE:
            runs.append([])
        runs[-1].append(above)
    slabs: list[Slab] = []
    for run in runs:
        heights = [plane.height for plane in run]
        half = max(distance, 1.0 - (heights[-1] - heights[0])) / 2.0
        edges = [heights[0] - half, *np.add(heights[:-1], heights[1:]) / 2.0, heights[-1] + half]
        slabs += [
            Slab(p, float(a), float(b)) for p, (a, b) in zip(run, pairwise(edges), strict=True)
        ]
    return tuple(slabs)


def _smallest_step(heights: NDArray[np.float64], boxes: NDArray[np.float64]) -> float:
    """The smallest distance from an outline to one that continues it; 1 slice without such."""
    smallest = np.inf
    area = np.maximum(np.prod(boxes[:, 1] - boxes[:, 0], axis=1), 1e-9)
    for n in range(len(heights) - 1):
        near = slice(
            int(np.searchsorted(heights, heights[n] + _ROUNDING, side="right")),
            int(np.searchsorted(heights, heights[n] + smallest)),
        )
        low = np.maximum(boxes[near, 0], boxes[n, 0])
        high = np.minimum(boxes[near, 1], boxes[n, 1])
        shared = np.prod(np.maximum(high - low, 0.0), axis=1)
        alike = np.flatnonzero(shared >= _ALIKE * (area[near] + area[n] - shared))
        if alike.size:
            smallest = float(heights[near][alike[0]] - heights[n])
    return smallest if np.isfinite(smallest) else 1.0

"""Separable resampling between grids with parallel axes, one axis after the other.

Linear interpolation in space is then three in a row along lines, done slice by slice: a fraction of
the work of the general rule, and no memory beyond the result and two slices.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid

PARALLEL_VOXELS = 1e-6
"""How far, in image voxels, the target may lean over its whole extent and still be parallel."""

Positions = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def positions(grid: Grid, target: Grid) -> Positions | None:
    """Index in `grid` of every index of `target`, along z, y and x; None if axes lean."""
    matrix = np.linalg.inv(grid.affine) @ target.affine
    step, size = np.diag(matrix)[:3], np.array(target.shape_zyx[::-1])
    if (np.abs(matrix[:3, :3] - np.diag(step)) @ size > PARALLEL_VOXELS).any():
        return None
    x, y, z = (step[a] * np.arange(size[a]) + matrix[a, 3] for a in range(3))
    return z, y, x


def nearest(values: NDArray[np.generic], at_zyx: Positions) -> NDArray[np.generic]:
    """The value of the nearest voxel, halves upwards, 0 outside; shape as the positions."""
    result = np.zeros([len(at) for at in at_zyx], dtype=values.dtype)
    axes = [_Axis.of(at, n) for at, n in zip(at_zyx, values.shape, strict=True)]
    index = [np.floor(axis.at + 0.5).astype(np.intp) for axis in axes]
    result[tuple(axis.inside for axis in axes)] = values[np.ix_(*index)]
    return result


def linear(values: NDArray[np.float32], at_zyx: Positions, outside: float) -> NDArray[np.float32]:
    """Trilinear values, `outside` beyond the outer half voxel; shape as the positions."""
    result = np.full([len(at) for at in at_zyx], outside, dtype=np.float32)
    z, y, x = (_Axis.of(at, n) for at, n in zip(at_zyx, values.shape, strict=True))
    part = result[z.inside, y.inside, x.inside]
    if part.size == 0:
        return result
    rows = slice(int(y.low.min()), int(y.high.max()) + 1)
    planes: dict[int, NDArray[np.float32]] = {}

    def plane(k: int) -> NDArray[np.float32]:
        if k not in planes:
            along_x = _between(values[k, rows], x.low, x.high, x.weight, 1)
            planes[k] = _between(along_x, y.low - rows.start, y.high - rows.start, y.weight, 0)
        return planes[k]

    for wanted, low, high, weight in zip(part, z.low, z.high, z.weight, strict=True):
        first, second = plane(int(low)), plane(int(high))
        np.subtract(second, first, out=wanted)
        wanted *= weight
        wanted += first
        planes = {int(low): first, int(high): second}
    return result


@dataclass(frozen=True)
class _Axis:
    """Positions along one axis: which are inside, and between which voxels."""

    inside: slice
    at: NDArray[np.float64]
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    weight: NDArray[np.float32]

    @staticmethod
    def of(at: NDArray[np.float64], n: int) -> "_Axis":
        inside = np.flatnonzero((at >= -0.5) & (at < n - 0.5))
        run = slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)
        clipped = np.clip(at[run], 0.0, n - 1.0)
        low = np.floor(clipped).astype(np.intp)
        weight = (clipped - low).astype(np.float32)
        return _Axis(run, at[run], low, np.minimum(low + 1, n - 1), weight)


def _between(
    plane: NDArray[np.float32],
    low: NDArray[np.intp],
    high: NDArray[np.intp],
    weight: NDArray[np.float32],
    axis: int,
) -> NDArray[np.float32]:
    first = np.take(plane, low, axis, mode="clip")
    found = np.take(plane, high, axis, mode="clip")
    found -= first
    found *= weight if axis == 1 else weight[:, None]
    found += first
    return found

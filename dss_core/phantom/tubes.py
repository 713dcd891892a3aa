"""Tubes: vessels, airways, ribs and strands as tapering line segments.

Thick tubes are level sets; thin ones are drawn as what a scanner sees of them, a line spread
by the point spread function whose integral is the true cross-section.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.phantom.shapes import FAR_MM, Axes, Field

PIECE_MM = 5.0
OUTSIDE = 2**40


@dataclass(frozen=True)
class Tubes:
    """Segments with a radius at each end.

    Attributes
    ----------
    start_mm, end_mm : float array (n, 3)
        World x, y, z.
    radius_mm : float array (n, 2)
        Radius at start and end.
    """

    start_mm: NDArray[np.float64]
    end_mm: NDArray[np.float64]
    radius_mm: NDArray[np.float64]

    @classmethod
    def along(cls, points_mm: NDArray[np.float64], radius_mm: NDArray[np.float64]) -> "Tubes":
        """One tube through the points (n, 3) with a radius (n,) at each."""
        return cls(points_mm[:-1], points_mm[1:], np.stack([radius_mm[:-1], radius_mm[1:]], axis=1))

    @classmethod
    def joined(cls, parts: "list[Tubes]") -> "Tubes":
        """All segments of several tubes."""
        return cls(
            np.concatenate([p.start_mm for p in parts]),
            np.concatenate([p.end_mm for p in parts]),
            np.concatenate([p.radius_mm for p in parts]),
        )

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Tubes":
        """Some of the segments."""
        return Tubes(self.start_mm[which], self.end_mm[which], self.radius_mm[which])

    def cut(self) -> "Tubes":
        """The same tubes in pieces of at most `PIECE_MM` or one diameter."""
        length = np.linalg.norm(self.end_mm - self.start_mm, axis=1)
        pieces = np.ceil(length / np.maximum(PIECE_MM, 2 * self.radius_mm.max(axis=1)))
        pieces = np.maximum(pieces, 1).astype(np.int64)
        whole = np.repeat(np.arange(len(pieces)), pieces)
        nth = np.arange(len(whole)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        a, b = (nth / pieces[whole])[:, None], ((nth + 1) / pieces[whole])[:, None]
        start, way = self.start_mm[whole], (self.end_mm - self.start_mm)[whole]
        radius, change = self.radius_mm[whole, :1], np.diff(self.radius_mm, axis=1)[whole]
        return Tubes(
            start + a * way, start + b * way, np.hstack([radius + a * change, radius + b * change])
        )

    def near(self, low_mm: NDArray[np.float64], high_mm: NDArray[np.float64]) -> "Tubes":
        """The segments that touch a box."""
        reach = self.radius_mm.max(axis=1)[:, None] + 3.0
        lower = np.minimum(self.start_mm, self.end_mm) - reach
        upper = np.maximum(self.start_mm, self.end_mm) + reach
        keep = np.all((lower <= high_mm) & (upper >= low_mm), axis=1)
        return self.chosen(keep)

    def within(self, axes: Axes, reach_mm: float = 4.0) -> "Tubes":
        """The segments that touch the box of some axes."""
        sides = (axes.x_mm, axes.y_mm, axes.z_mm)
        low = np.asarray([a.min() for a in sides], dtype=np.float64)
        high = np.asarray([a.max() for a in sides], dtype=np.float64)
        return self.near(low - reach_mm, high + reach_mm)

    def thicker(self, least_mm: float) -> "Tubes":
        """The segments whose radius somewhere reaches `least_mm`."""
        keep = self.radius_mm.max(axis=1) >= least_mm
        return self.chosen(keep)


@dataclass(frozen=True)
class _Batch:
    """Short segments on windows of one size, as (segments, z, y, x) arrays.

    `voxel` indexes the flat canvas; distance and radius are in the scaled metric.
    """

    voxel: NDArray[np.int64]
    distance: Field
    radius: Field
    z_share: Field


def level_set(tubes: Tubes, axes: Axes, reach_mm: float = 4.0, z_scale: float = 1.0) -> Field:
    """Distance inside the union of tubes (mm, positive inside), `-FAR_MM` beyond the reach.

    `z_scale` below 1 makes the cross-section taller than wide by 1 / z_scale.
    """
    canvas = _Canvas(axes, -FAR_MM)
    for b in canvas.batches(tubes, reach_mm, z_scale):
        canvas.raise_to(b.voxel, b.radius - b.distance)
    return canvas.values()


def line_spread(tubes: Tubes, axes: Axes, sigma_xy_mm: float, sigma_z_mm: float) -> Field:
    """Share (0 to 1) of each voxel taken by thin tubes seen through a Gaussian point spread.

    A tube of radius r shows 1 - exp(-r^2 / 2 s^2) at its axis, exact for a cylinder; beyond the
    plateau it falls like the point spread, with the half height at r for thick tubes.
    """
    canvas = _Canvas(axes, 0.0)
    for b in canvas.batches(tubes, 2.4 * sigma_xy_mm, sigma_xy_mm / sigma_z_mm):
        across = sigma_xy_mm**2 * b.z_share + sigma_xy_mm * sigma_z_mm * (1 - b.z_share)
        peak = 1 - np.exp(-(b.radius**2) / (2 * across))
        beyond = b.distance - np.maximum(b.radius - np.float32(1.18 * sigma_xy_mm), 0)
        np.maximum(beyond, 0, out=beyond)
        canvas.raise_to(b.voxel, peak * np.exp(beyond * beyond * np.float32(-0.5 / sigma_xy_mm**2)))
    return canvas.values()


class _Canvas:
    """A volume with one spare voxel at the end, for what falls outside."""

    def __init__(self, axes: Axes, fill: float) -> None:
        self.axes = axes
        self.flat: Field = np.full(int(np.prod(axes.shape)) + 1, fill, dtype=np.float32)

    def values(self) -> Field:
        """The volume."""
        return self.flat[:-1].reshape(self.axes.shape)

    def raise_to(self, voxel: NDArray[np.int64], value: Field) -> None:
        """Each voxel becomes the largest of what it is and the values given for it."""
        np.maximum.at(self.flat, voxel.reshape(-1), value.reshape(-1))

    def batches(self, tubes: Tubes, reach_mm: float, z_scale: float) -> Iterator[_Batch]:
        """Windows around all segments that come near, grouped by their size."""
        axes_mm = (self.axes.x_mm, self.axes.y_mm, self.axes.z_mm)
        first = np.asarray([a[0] for a in axes_mm], dtype=np.float64)
        step = np.asarray([a[1] - a[0] if a.size > 1 else 1.0 for a in axes_mm], dtype=np.float64)
        last = first + step * (np.asarray([a.size for a in axes_mm]) - 1)
        grow = reach_mm / np.asarray([1.0, 1.0, z_scale])
        t = tubes.near(np.minimum(first, last) - grow, np.maximum(first, last) + grow).cut()
        reach = (t.radius_mm.max(axis=1)[:, None] + reach_mm) / np.asarray([1.0, 1.0, z_scale])
        a = (np.minimum(t.start_mm, t.end_mm) - reach - first) / step
        b = (np.maximum(t.start_mm, t.end_mm) + reach - first) / step
        low = np.ceil(np.minimum(a, b)).astype(np.int64)
        size = np.floor(np.maximum(a, b)).astype(np.int64) - low + 1
        count = np.asarray([v.size for v in axes_mm])
        keep = np.all((low < count) & (low + size > 0) & (size > 0), axis=1)
        if not keep.any():
            return
        t, low, size = t.chosen(keep), low[keep], size[keep]
        size = size + (-size % np.asarray([3, 3, 2]))
        sizes, group = np.unique(size, axis=0, return_inverse=True)
        for g, window in enumerate(sizes):
            members = np.flatnonzero(group.ravel() == g)
            for part in np.array_split(members, int(len(members) * np.prod(window) // 40_000) + 1):
                yield self._batch(t.chosen(part), low[part], window, first, step, z_scale)

    def _batch(
        self,
        t: Tubes,
        low: NDArray[np.int64],
        window: NDArray[np.int64],
        first: NDArray[np.float64],
        step: NDArray[np.float64],
        z_scale: float,
    ) -> _Batch:
        scale = np.asarray([1.0, 1.0, z_scale])
        along = ((t.end_mm - t.start_mm) * scale).astype(np.float32)
        offset = ((first + low * step - t.start_mm) * scale).astype(np.float32)
        x, y, z = (
            (offset[:, i, None] + np.arange(window[i]) * np.float32(step[i] * scale[i])).astype(
                np.float32
            )[(slice(None), *(slice(None) if j == 2 - i else None for j in range(3)))]
            for i in range(3)
        )
        ax, ay, az = (along[:, i, None, None, None] for i in range(3))
        length2 = np.maximum(ax * ax + ay * ay + az * az, np.float32(1e-6))
        share = np.clip((x * ax + y * ay + z * az) / length2, 0, 1)
        dx, dy, dz = x - share * ax, y - share * ay, z - share * az
        r0, r1 = (t.radius_mm[:, i, None, None, None].astype(np.float32) for i in (0, 1))
        stride = self.axes.shape[1] * self.axes.shape[2], self.axes.shape[2], 1
        k, j, i = (
            np.where((n >= 0) & (n < size), n * stride[axis], OUTSIDE)
            for axis, size in enumerate(self.axes.shape)
            for n in [low[:, 2 - axis, None] + np.arange(window[2 - axis])]
        )
        voxel = k[:, :, None, None] + j[:, None, :, None] + i[:, None, None, :]
        np.minimum(voxel, len(self.flat) - 1, out=voxel)
        return _Batch(
            voxel=voxel,
            distance=np.sqrt(dx * dx + dy * dy + dz * dz),
            radius=r0 + share * (r1 - r0),
            z_share=az * az / length2,
        )

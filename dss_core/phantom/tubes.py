"""Tubes: vessels, airways, ribs and strands as tapering line segments.

Thick tubes are level sets; thin ones are drawn as what a scanner sees of them, a line spread
by the point spread function whose integral is the true cross-section.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.phantom.shapes import FAR_MM, Axes, Field


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
        return cls(
            points_mm[:-1], points_mm[1:], np.stack([radius_mm[:-1], radius_mm[1:]], axis=1)
        )

    @classmethod
    def joined(cls, parts: "list[Tubes]") -> "Tubes":
        """All segments of several tubes."""
        return cls(
            np.concatenate([p.start_mm for p in parts]),
            np.concatenate([p.end_mm for p in parts]),
            np.concatenate([p.radius_mm for p in parts]),
        )

    def near(self, low_mm: NDArray[np.float64], high_mm: NDArray[np.float64]) -> "Tubes":
        """The segments that touch a box."""
        reach = self.radius_mm.max(axis=1)[:, None] + 3.0
        lower = np.minimum(self.start_mm, self.end_mm) - reach
        upper = np.maximum(self.start_mm, self.end_mm) + reach
        keep = np.all((lower <= high_mm) & (upper >= low_mm), axis=1)
        return Tubes(self.start_mm[keep], self.end_mm[keep], self.radius_mm[keep])


@dataclass(frozen=True)
class _Segment:
    """One segment on its window: distance to the axis and radius, in the scaled metric."""

    window: tuple[slice, slice, slice]
    distance: Field
    radius: Field
    z_share: float


def level_set(tubes: Tubes, axes: Axes, reach_mm: float = 6.0, z_scale: float = 1.0) -> Field:
    """Distance inside the union of tubes (mm, positive inside), `-FAR_MM` beyond the reach.

    `z_scale` below 1 makes the cross-section taller than wide by 1 / z_scale.
    """
    out = np.full(axes.shape, -FAR_MM, dtype=np.float32)
    for s in _segments(tubes, axes, reach_mm, z_scale):
        part = out[s.window]
        np.maximum(part, s.radius - s.distance, out=part)
    return out


def line_spread(tubes: Tubes, axes: Axes, sigma_xy_mm: float, sigma_z_mm: float) -> Field:
    """Share (0 to 1) of each voxel taken by thin tubes seen through a Gaussian point spread.

    A tube of radius r shows 1 - exp(-r^2 / 2 s^2) at its axis, exact for a cylinder; beyond the
    plateau it falls like the point spread, with the half height at r for thick tubes.
    """
    out = np.zeros(axes.shape, dtype=np.float32)
    z_scale = sigma_xy_mm / sigma_z_mm
    for s in _segments(tubes, axes, 3 * max(sigma_xy_mm, sigma_z_mm), z_scale):
        across = sigma_xy_mm**2 * s.z_share + sigma_xy_mm * sigma_z_mm * (1 - s.z_share)
        peak = 1 - np.exp(-(s.radius**2) / (2 * across))
        beyond = s.distance - np.maximum(s.radius - 1.18 * sigma_xy_mm, 0)
        np.maximum(beyond, 0, out=beyond)
        part = out[s.window]
        np.maximum(part, peak * np.exp(beyond * beyond * (-0.5 / sigma_xy_mm**2)), out=part)
    return out


def _segments(tubes: Tubes, axes: Axes, reach_mm: float, z_scale: float) -> Iterator[_Segment]:
    scale = np.asarray([1.0, 1.0, z_scale])
    low = np.asarray([a.min() for a in (axes.x_mm, axes.y_mm, axes.z_mm)], dtype=np.float64)
    high = np.asarray([a.max() for a in (axes.x_mm, axes.y_mm, axes.z_mm)], dtype=np.float64)
    grow = reach_mm / scale
    chosen = tubes.near(low - grow, high + grow)
    for start, end, (r0, r1) in zip(
        chosen.start_mm, chosen.end_mm, chosen.radius_mm, strict=True
    ):
        reach = (max(r0, r1) + reach_mm) / scale
        lower, upper = np.minimum(start, end) - reach, np.maximum(start, end) + reach
        spans = [
            _span(a, lo, hi)
            for a, lo, hi in zip((axes.x_mm, axes.y_mm, axes.z_mm), lower, upper, strict=True)
        ]
        if any(s.stop <= s.start for s in spans):
            continue
        x = (axes.x_mm[spans[0]] - np.float32(start[0]))[None, None, :]
        y = (axes.y_mm[spans[1]] - np.float32(start[1]))[None, :, None]
        z = ((axes.z_mm[spans[2]] - np.float32(start[2])) * np.float32(z_scale))[:, None, None]
        along = ((end - start) * scale).astype(np.float32)
        length2 = max(float(along @ along), 1e-6)
        t = np.clip((x * along[0] + y * along[1] + z * along[2]) / np.float32(length2), 0, 1)
        dx, dy, dz = x - t * along[0], y - t * along[1], z - t * along[2]
        yield _Segment(
            window=(spans[2], spans[1], spans[0]),
            distance=np.sqrt(dx * dx + dy * dy + dz * dz),
            radius=np.float32(r0) + t * np.float32(r1 - r0),
            z_share=float(along[2] ** 2 / length2),
        )


def _span(axis_mm: Field, low_mm: float, high_mm: float) -> slice:
    """Index range of an evenly spaced axis (either direction) within [low, high]."""
    step = float(axis_mm[1] - axis_mm[0]) if axis_mm.size > 1 else 1.0
    ends = sorted(((low_mm - float(axis_mm[0])) / step, (high_mm - float(axis_mm[0])) / step))
    return slice(max(int(np.ceil(ends[0])), 0), min(int(np.floor(ends[1])) + 1, axis_mm.size))

"""Smooth shapes as level sets: positive inside, in millimetres, cheap to sample finely.

Every organ is a smooth field sampled on a coarse lattice. Only the field is interpolated
(cubic convolution, as matrix products along each axis) and the edge is cut afterwards, so that
an edge stays sharp on any voxel grid while the costly formulas run on few points.

References
----------
Keys R. Cubic convolution interpolation for digital image processing. IEEE Trans Acoust Speech
Signal Process 1981;29:1153-1160.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from dss_core.geometry import Grid

Field = NDArray[np.float32]
LATTICE_MM = 4.0
FAR_MM = 40.0


@dataclass(frozen=True)
class Axes:
    """World positions (mm) of the voxel centres along each axis of an axial grid."""

    x_mm: Field
    y_mm: Field
    z_mm: Field

    @classmethod
    def of(cls, grid: Grid) -> "Axes":
        """Axes of a grid whose rows, columns and slices run along x, y, z (any sign)."""
        columns, rows, slices = (np.arange(n) for n in grid.shape_zyx[::-1])
        steps = np.diag(grid.affine)[:3]
        x, y, z = (
            (o + s * i).astype(np.float32)
            for o, s, i in zip(grid.origin_mm, steps, (columns, rows, slices), strict=True)
        )
        return cls(x, y, z)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Array shape (z, y, x)."""
        return self.z_mm.size, self.y_mm.size, self.x_mm.size

    def lattice(self, step_mm: float = LATTICE_MM) -> "Axes":
        """Coarse axes that surround these by two steps on each side."""
        return Axes(*(_cover(a, step_mm) for a in (self.x_mm, self.y_mm, self.z_mm)))

    def mesh(self) -> tuple[Field, Field, Field]:
        """Open mesh x (1,1,nx), y (1,ny,1), z (nz,1,1)."""
        return self.x_mm[None, None, :], self.y_mm[None, :, None], self.z_mm[:, None, None]


def _cover(positions_mm: Field, step_mm: float) -> Field:
    first = np.floor(positions_mm.min() / step_mm) - 2
    last = np.ceil(positions_mm.max() / step_mm) + 2
    return (np.arange(first, last + 1) * step_mm).astype(np.float32)


class Refiner:
    """Interpolates fields from a coarse lattice to fine axes, window by window."""

    def __init__(self, coarse: Axes, fine: Axes) -> None:
        self.coarse = coarse
        self.weights = tuple(
            _cubic_weights(c, f)
            for c, f in (
                (coarse.z_mm, fine.z_mm),
                (coarse.y_mm, fine.y_mm),
                (coarse.x_mm, fine.x_mm),
            )
        )

    def window(self, field: Field, above: float) -> tuple[slice, slice, slice] | None:
        """Fine index window that holds every point with field > above, or None."""
        near = field > above
        out = []
        for axis, weights in enumerate(self.weights):
            others = tuple(i for i in range(3) if i != axis)
            touched = (np.abs(weights) > 0) @ near.any(axis=others).astype(np.float32) > 0
            hits = np.flatnonzero(touched)
            if hits.size == 0:
                return None
            out.append(slice(int(hits[0]), int(hits[-1]) + 1))
        return out[0], out[1], out[2]

    def refine(self, field: Field, window: tuple[slice, slice, slice]) -> Field:
        """Field on the fine voxels of the window (z, y, x)."""
        out: Field = field
        for axis, (weights, part) in enumerate(zip(self.weights, window, strict=True)):
            chosen = weights[part]
            used = np.flatnonzero(np.abs(chosen).sum(axis=0) > 0)
            span = slice(int(used[0]), int(used[-1]) + 1)
            take = tuple(span if i == axis else slice(None) for i in range(3))
            matrix, source = chosen[:, span], out[take]
            if axis == 0:
                out = (matrix @ source.reshape(source.shape[0], -1)).reshape(-1, *source.shape[1:])
            elif axis == 1:
                out = np.matmul(matrix, source)
            else:
                out = np.matmul(source, matrix.T)
        return out


def _cubic_weights(coarse_mm: Field, fine_mm: Field) -> Field:
    """Cubic convolution weights (fine, coarse), Keys with a = -1/2."""
    step = float(coarse_mm[1] - coarse_mm[0])
    s = np.abs((fine_mm[:, None] - coarse_mm[None, :]) / step)
    near = 1.5 * s**3 - 2.5 * s**2 + 1
    far = -0.5 * s**3 + 2.5 * s**2 - 4 * s + 2
    return np.where(s < 1, near, np.where(s < 2, far, 0.0)).astype(np.float32)


def smooth_min(a: Field, b: Field, k_mm: float) -> Field:
    """Minimum with a fillet of about k_mm: the intersection of two shapes."""
    h = np.maximum(k_mm - np.abs(a - b), 0) / k_mm
    return np.asarray(np.minimum(a, b) - h * h * (k_mm / 4), dtype=np.float32)


def smooth_max(a: Field, b: Field, k_mm: float) -> Field:
    """Maximum with a fillet of about k_mm: the union of two shapes."""
    return -smooth_min(-a, -b, k_mm)


def superellipse(
    x: Field, y: Field, half_x: Field | float, half_y: Field | float, power: float
) -> Field:
    """Approximate distance (mm) to |x/a|^p + |y/b|^p = 1, positive inside."""
    u, v = np.abs(x / half_x), np.abs(y / half_y)
    r = (u**power + v**power) ** (1 / power) + 1e-6
    # first-order distance: (1 - r) / |grad r|
    gx = (u / r) ** (power - 1) / half_x
    gy = (v / r) ** (power - 1) / half_y
    return np.asarray((1 - r) / np.sqrt(gx * gx + gy * gy + 1e-9), dtype=np.float32)


def ellipsoid(
    point: tuple[Field, Field, Field],
    centre_mm: Sequence[float],
    half_mm: Sequence[float],
    axes: NDArray[np.float64] | None = None,
) -> Field:
    """Approximate distance (mm) to an ellipsoid; `axes` rows are its unit directions."""
    d = [p - c for p, c in zip(point, centre_mm, strict=True)]
    if axes is not None:
        d = [a[0] * d[0] + a[1] * d[1] + a[2] * d[2] for a in axes.astype(np.float32)]
    u = [c / np.float32(h) for c, h in zip(d, half_mm, strict=True)]
    r = np.sqrt(u[0] ** 2 + u[1] ** 2 + u[2] ** 2) + 1e-6
    g = np.sqrt(sum((c / np.float32(h)) ** 2 for c, h in zip(u, half_mm, strict=True))) / r
    return np.asarray((1 - r) / (g + 1e-6), dtype=np.float32)


class Profile:
    """A quantity along z as a monotone-preserving smooth curve through (z, value) knots."""

    def __init__(self, *knots: tuple[float, float]) -> None:
        z, values = np.asarray(sorted(knots), dtype=np.float64).T
        self._z = np.linspace(z[0], z[-1], 256)
        self._values = PchipInterpolator(z, values)(self._z)

    def __call__(self, z: Field) -> Field:
        return np.interp(z, self._z, self._values).astype(np.float32)


def edge(field: Field, width_mm: float) -> Field:
    """Share of a voxel inside the shape: 0 to 1 over `width_mm` across the surface."""
    share = field / np.float32(width_mm)
    share += np.float32(0.5)
    return np.clip(share, 0, 1, out=share)

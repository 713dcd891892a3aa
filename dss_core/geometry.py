"""Voxel grids: one affine from array index to DICOM LPS millimetres.

Array axes are (z, y, x) = (slice, row, column); world axes are (x, y, z) = (left,
posterior, superior), as in DICOM PS3.3 C.7.6.2.1.1.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
Box = tuple[slice, slice, slice]
"""Part of an array: slices, rows and columns."""
IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Grid:
    """A regular voxel grid in patient space.

    Attributes
    ----------
    shape_zyx : tuple of int
        Number of slices, rows and columns.
    spacing_mm : tuple of float
        Distance between voxel centres along column index, row index and slice index.
    origin_mm : tuple of float
        World position (x, y, z) of the centre of voxel [0, 0, 0].
    direction : 3x3 tuple
        Columns are the unit world directions of column, row and slice index.
    frame_of_reference : str
        DICOM FrameOfReferenceUID; empty when the file format has none.
    """

    shape_zyx: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: Matrix = IDENTITY
    frame_of_reference: str = ""

    @cached_property
    def affine(self) -> NDArray[np.float64]:
        """4x4 matrix from index (column, row, slice) to world (x, y, z) mm."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.asarray(self.direction) * np.asarray(self.spacing_mm)
        matrix[:3, 3] = self.origin_mm
        return matrix

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(np.prod(self.spacing_mm)) / 1000.0

    def to_world(self, index_ijk: NDArray[np.floating]) -> NDArray[np.float64]:
        """World positions (n, 3) mm of index positions (n, 3) in order column, row, slice."""
        points = np.asarray(index_ijk, dtype=np.float64)
        return np.asarray(points @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_index(self, world_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Index positions (n, 3) in order column, row, slice of world positions (n, 3) mm."""
        points = np.asarray(world_mm, dtype=np.float64) - self.affine[:3, 3]
        return np.asarray(points @ np.linalg.inv(self.affine[:3, :3]).T)

    def bounds_mm(self) -> NDArray[np.float64]:
        """World extent (2, 3): lower and upper corner of the box around all voxel centres."""
        nz, ny, nx = self.shape_zyx
        corners = [(i, j, k) for i in (0, nx - 1) for j in (0, ny - 1) for k in (0, nz - 1)]
        world = self.to_world(np.asarray(corners, dtype=np.float64))
        return np.stack([world.min(axis=0), world.max(axis=0)])

    def same_space(self, other: "Grid") -> bool:
        """True when both grids are in one frame of reference, or one of them states none."""
        mine, theirs = self.frame_of_reference, other.frame_of_reference
        return not mine or not theirs or mine == theirs

    def part(self, box: Box) -> "Grid":
        """The grid of a part of the array."""
        z, y, x = box
        start = np.array([[float(x.start), float(y.start), float(z.start)]])
        ox, oy, oz = self.to_world(start)[0].tolist()
        shape = (z.stop - z.start, y.stop - y.start, x.stop - x.start)
        return replace(self, shape_zyx=shape, origin_mm=(ox, oy, oz))

    def box_around(self, inner: "Grid", margin_mm: float = 0.0) -> Box | None:
        """Voxels of this grid that meet the voxels of another and a margin; None if none does."""
        nz, ny, nx = inner.shape_zyx
        sides = ((-0.5, nx - 0.5), (-0.5, ny - 0.5), (-0.5, nz - 0.5))
        corners = np.array([(i, j, k) for i in sides[0] for j in sides[1] for k in sides[2]])
        index = self.to_index(inner.to_world(corners))
        grow = margin_mm / np.array(self.spacing_mm) + 0.5
        limit = np.array(self.shape_zyx[::-1])
        low = np.clip(np.floor(index.min(axis=0) - grow).astype(np.int64), 0, limit)
        high = np.clip(np.ceil(index.max(axis=0) + grow).astype(np.int64) + 1, 0, limit)
        if (high <= low).any():
            return None
        x, y, z = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        return z, y, x


def touched(mask_zyx: NDArray[np.bool_]) -> Box:
    """The smallest box that holds a mask; the first voxel if it is empty."""
    if not mask_zyx.any():
        return slice(0, 1), slice(0, 1), slice(0, 1)
    slices = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    part = mask_zyx[slices[0] : slices[-1] + 1]
    rows, columns = (np.flatnonzero(part.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    z, y, x = (slice(int(n[0]), int(n[-1]) + 1) for n in (slices, rows, columns))
    return z, y, x

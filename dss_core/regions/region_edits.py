"""Region edits: a lesion as the reader's edits in order, and the region they make.

Edits are kept as they were drawn, in patient mm, so undo is exact and nothing is lost when slices
or pages change. Outlines drawn by hand count on their own slice; between two slices with outlines
the region is interpolated, unless it was already there (grown or imported).
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.records import AlgorithmType, Roi
from dss_core.regions.interpolation import between
from dss_core.regions.masks import fill_polygon

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Outline:
    """A closed outline on one axial slice.

    Attributes
    ----------
    slice_index : int
        On the marking grid, whose axes are the patient's.
    points_mm : tuple of (x, y)
        Corners in world mm; the inside is even-odd at voxel centres.
    erase : bool
        Taken away instead of added.
    """

    slice_index: int
    points_mm: tuple[tuple[float, float], ...]
    erase: bool = False


@dataclass(frozen=True)
class Area:
    """A region in 3D, grown on the PET or imported.

    Attributes
    ----------
    roi : Roi
        On a part of the marking grid, as `regions.crop.carried` gives it.
    erase : bool
        Taken away instead of added.
    """

    roi: Roi
    erase: bool = False


Edit = Outline | Area


@dataclass(frozen=True)
class Lesion:
    """A named region in the making.

    Attributes
    ----------
    edits : tuple of Shape or Area
        In the order they were made.
    undone : tuple of Shape or Area
        What redo brings back, the last undone first.
    start : Area, optional
        The region that it was begun with, below all edits: no undo takes it away.
    fill : bool
        Interpolate between slices with outlines.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    undone: tuple[Edit, ...] = ()
    fill: bool = True
    start: Area | None = None

    def add(self, edit: Edit) -> "Lesion":
        """One more edit; what was undone is gone."""
        return replace(self, edits=(*self.edits, edit), undone=())

    def undo(self) -> "Lesion":
        """Without the last edit, if there is one."""
        if not self.edits:
            return self
        return replace(self, edits=self.edits[:-1], undone=(self.edits[-1], *self.undone))

    def redo(self) -> "Lesion":
        """With the edit that was undone last, if there is one."""
        if not self.undone:
            return self
        return replace(self, edits=(*self.edits, self.undone[0]), undone=self.undone[1:])

    def region(self, grid: Grid) -> Roi:
        """The region on the marking grid; may be empty.

        A threshold is passed on only while the region is one grown area and nothing else.
        """
        sheet = _Sheet(grid, self.fill)
        for edit in self._all:
            sheet.apply(edit)
        only = self._all[0] if len(self._all) == 1 else None
        threshold = only.roi.threshold_suv if isinstance(only, Area) else None
        return Roi(self.name, sheet.mask(), grid, self._method(), threshold, self._algorithm())

    @property
    def _all(self) -> tuple[Edit, ...]:
        return self.edits if self.start is None else (self.start, *self.edits)

    def _algorithm(self) -> AlgorithmType | None:
        """What an imported region says; one that was edited is no longer all by an algorithm."""
        found = {edit.roi.algorithm for edit in self._all if isinstance(edit, Area)}
        if len(self._all) == 1:
            return next(iter(found), None)
        by_algorithm = found - {None, AlgorithmType.MANUAL}
        return AlgorithmType.SEMIAUTOMATIC if by_algorithm else None

    def _method(self) -> str:
        """How it was drawn, in words."""
        shapes = [e for e in self.edits if isinstance(e, Outline)]
        words = [
            f"{'without ' if e.erase else ''}{e.roi.method or 'imported region'}"
            for e in self._all
            if isinstance(e, Area)
        ]
        if shapes:
            slices = len({s.slice_index for s in shapes})
            filled = ", interpolated between slices" if self.fill and slices > 1 else ""
            words.append(f"{len(shapes)} outlines by hand on {slices} slices{filled}")
        return "; ".join(words)


@dataclass(frozen=True)
class _Drawn:
    """A slice with outlines; `free` where nothing in 3D was there when the first was drawn."""

    mask: Mask
    free: bool


class _Sheet:
    """The region while its edits are applied."""

    def __init__(self, grid: Grid, fill: bool) -> None:
        self.grid, self.fill = grid, fill
        self.spacing_mm = grid.spacing_mm[0], grid.spacing_mm[1]
        self.solid = np.zeros(grid.shape_zyx, dtype=np.bool_)
        self.drawn: dict[int, _Drawn] = {}

    def apply(self, edit: Edit) -> None:
        if isinstance(edit, Area):
            self._area(edit)
        else:
            self._shape(edit)

    def mask(self) -> Mask:
        out = self.solid.copy()
        for k, drawn in self.drawn.items():
            out[k] = drawn.mask
        for below, above in pairwise(sorted(self.drawn)):
            for k in range(below + 1, above):
                self._fill(out[k], k, below, above)
        return out

    def _shape(self, shape: Outline) -> None:
        k = shape.slice_index
        xy = np.array(shape.points_mm, dtype=np.float64)
        z = self.grid.origin_mm[2] + k * self.grid.spacing_mm[2]
        index = self.grid.to_index(np.column_stack([xy, np.full(len(xy), z)]))
        inside = fill_polygon(index[:, :2], self.grid.shape_zyx[1:])
        drawn = self.drawn.get(k) or _Drawn(self._undrawn(k), not self.solid[k].any())
        mask = drawn.mask & ~inside if shape.erase else drawn.mask | inside
        self.drawn[k] = replace(drawn, mask=mask)

    def _undrawn(self, k: int) -> Mask:
        """A slice without outlines of its own, as it stands."""
        out: Mask = self.solid[k].copy()
        levels = sorted(self.drawn)
        above = next((level for level in levels if level > k), None)
        below = next((level for level in reversed(levels) if level < k), None)
        if below is not None and above is not None:
            self._fill(out, k, below, above)
        return out

    def _area(self, area: Area) -> None:
        part = area.roi.mask_zyx
        origin = np.array([area.roi.grid.origin_mm])
        i, j, k = np.rint(self.grid.to_index(origin)[0]).astype(np.int64).tolist()
        nz, ny, nx = part.shape
        rows, columns = slice(j, j + ny), slice(i, i + nx)
        _put(self.solid[k : k + nz, rows, columns], part, area.erase)
        for level in range(k, k + nz):
            if level in self.drawn:
                _put(self.drawn[level].mask[rows, columns], part[level - k], area.erase)

    def _fill(self, out: Mask, k: int, below: int, above: int) -> None:
        """Add to slice k, in place, the shape between two slices with outlines."""
        ends = self.drawn[below], self.drawn[above]
        if not self.fill or not all(end.free and end.mask.any() for end in ends):
            return
        both = ends[0].mask | ends[1].mask
        rows, columns = (np.flatnonzero(both.any(axis=axis)) for axis in (1, 0))
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        share = (k - below) / (above - below)
        out[part] |= between(ends[0].mask[part], ends[1].mask[part], share, self.spacing_mm)


def _put(target: Mask, part: Mask, erase: bool) -> None:
    """Add or take away in place."""
    if erase:
        target &= ~part
    else:
        target |= part

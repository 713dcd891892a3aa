"""Frames of a DICOM segment on the slices of an image.

A frame marks the slice of the image it was drawn on, wherever its neighbours lie. Only on another
image does the distance between frames matter: it is the one that is stated, else the one that the
positions have; the thickness of a slice says nothing of it.

References
----------
DICOM PS3.3 C.7.6.16.2.1 (pixel measures), C.7.6.16.2.3 (plane position).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError
from dss_core.geometry import Grid, Matrix
from dss_core.reading.limits import check_voxels
from dss_core.records import AlgorithmType, CaseWarning, Roi
from dss_core.regions.label_masks import LabelMask, check_same_frame, on_grid
from dss_core.regions.referenced_images import Drawn

_OFF_CENTRE = 0.25
"""A frame within a quarter slice of a slice is that slice: real gaps differ by some per cent."""
_OFF_PIXEL = 0.05
_UNEVEN = 0.1


@dataclass(frozen=True, eq=False)
class SegmentMask:
    """One segment: its frames, each with its place in the patient.

    Attributes
    ----------
    frames : bool array (n, rows, columns)
    places_mm : float64 array (n, 3)
        World position (x, y, z) of the centre of each frame's first pixel.
    spacing_mm : tuple of float
        Distance of pixel centres along column and row index.
    direction : 3x3 tuple
        Columns are the unit world directions of column index, row index and plane normal.
    distance_mm : float, optional
        Between neighbouring planes; None for a single plane, or planes with no common distance.
    number : int
        SegmentNumber: unique in its file, as names need not be.
    drawn : Drawn
        Kind of image that the file refers to.
    algorithm : AlgorithmType, optional
        How it was made, where the file says so.
    """

    name: str
    frames: NDArray[np.bool_] = field(repr=False)
    places_mm: NDArray[np.float64] = field(repr=False)
    spacing_mm: tuple[float, float]
    direction: Matrix
    distance_mm: float | None
    frame_of_reference: str = ""
    warnings: tuple[CaseWarning, ...] = ()
    number: int = 1
    drawn: Drawn = Drawn.UNKNOWN
    algorithm: AlgorithmType | None = None

    @property
    def is_empty(self) -> bool:
        """True when no voxel is inside."""
        return not self.frames.any()

    @property
    def content(self) -> str:
        """What there is of it, for the chooser."""
        return f"{int(self.frames.sum())} voxels"

    @property
    def volume_ml(self) -> float | None:
        """Volume of its voxels; None where its planes have no common distance."""
        if self.distance_mm is None:
            return None
        column_mm, row_mm = self.spacing_mm
        return float(self.frames.sum()) * column_mm * row_mm * self.distance_mm / 1000.0

    @property
    def z_range_mm(self) -> tuple[float, float] | None:
        """Lowest and highest z of the planes of its frames; None when it has none."""
        if self.is_empty:
            return None
        heights = self.places_mm[:, 2]
        return float(heights.min()), float(heights.max())


def segment_on_grid(segment: SegmentMask, grid: Grid) -> tuple[Roi, tuple[CaseWarning, ...]]:
    """The segment on an image's grid: frame by frame on the slices that it was drawn on.

    Parameters
    ----------
    segment : SegmentMask
    grid : Grid
        Of an image; of another than the segment's, each voxel takes the nearest one's membership.

    Raises
    ------
    GeometryError
        Other frame of reference, no voxel inside, or planes with no common distance on an image
        that they were not drawn on.
    """
    check_same_frame(segment.name, segment.frame_of_reference, grid.frame_of_reference)
    corners = _on_own_slices(segment, grid)
    if corners is not None:
        return _pasted(segment, corners, grid)
    distance_mm, warnings = segment.distance_mm, segment.warnings
    heights = segment.places_mm @ np.array(segment.direction)[:, 2]
    if distance_mm is None and np.ptp(heights) < 0.01:
        distance_mm = grid.spacing_mm[2]
        message = (
            f"The region {segment.name!r} is one frame without a distance between slices "
            "(SpacingBetweenSlices (0018,0088)); it was put on the nearest slice of the image. "
            "Check its extent."
        )
        warnings = (*warnings, CaseWarning("one_frame_without_distance", message))
    if distance_mm is None:
        raise GeometryError(
            "The frames of the DICOM segmentation are not evenly spaced; one regular stack is "
            "needed on an image that they were not drawn on. Export it again."
        )
    return on_grid(LabelMask(segment.name, _stacked(segment, heights, distance_mm), warnings), grid)


def _on_own_slices(segment: SegmentMask, grid: Grid) -> NDArray[np.int64] | None:
    """Index (column, row, slice) of each frame's first pixel; None if drawn on another image."""
    axes, theirs = np.array(grid.direction), np.array(segment.direction)
    if not np.allclose(axes[:, :2], theirs[:, :2], atol=1e-3) or axes[:, 2] @ theirs[:, 2] < 0.99:
        return None
    if not np.allclose(segment.spacing_mm, grid.spacing_mm[:2], rtol=1e-3):
        return None
    index = grid.to_index(segment.places_mm)
    nearest = np.rint(index)
    off = np.abs(index - nearest).max(axis=0)
    if max(off[:2]) > _OFF_PIXEL or off[2] > _OFF_CENTRE:
        return None
    return nearest.astype(np.int64)


def _pasted(
    segment: SegmentMask, corners: NDArray[np.int64], grid: Grid
) -> tuple[Roi, tuple[CaseWarning, ...]]:
    mask = np.zeros(grid.shape_zyx, dtype=np.bool_)
    outside = 0
    for frame, (column, row, k) in zip(segment.frames, corners, strict=True):
        rows, columns = np.nonzero(frame)
        at = np.stack([np.full_like(rows, k), rows + row, columns + column])
        inside = ((at >= 0) & (at < np.array(grid.shape_zyx)[:, None])).all(axis=0)
        mask[tuple(at[:, inside])] = True
        outside += int((~inside).sum())
    if not mask.any():
        raise GeometryError(
            f"The region {segment.name!r} does not meet the image: no frame lies on its slices. "
            "Use a region drawn on this study."
        )
    warnings = segment.warnings
    if outside:
        message = (
            f"The region {segment.name!r} extends beyond the image and was cut there ({outside} "
            "voxels). Check that the tumour is complete."
        )
        warnings = (*warnings, CaseWarning("region_leaves_image", message))
    return Roi(segment.name, mask, grid, algorithm=segment.algorithm), warnings


def _stacked(segment: SegmentMask, heights: NDArray[np.float64], distance_mm: float) -> Roi:
    """The segment on a regular grid of its own."""
    normal = np.array(segment.direction)[:, 2]
    aside = segment.places_mm - np.outer(heights, normal)
    if np.linalg.norm(aside - aside[0], axis=1).max() > 0.5:
        raise GeometryError(
            "The frames of the DICOM segmentation are shifted sideways against each other; one "
            "straight stack is needed. Export it again."
        )
    index = np.rint((heights - heights.min()) / distance_mm).astype(np.int64)
    n_slices, (rows, columns) = int(index.max()) + 1, segment.frames.shape[1:]
    check_voxels((n_slices, rows, columns), "The segmentation")
    mask = np.zeros((n_slices, rows, columns), dtype=np.bool_)
    np.logical_or.at(mask, index, segment.frames)
    x, y, z = segment.places_mm[int(np.argmin(heights))].tolist()
    grid = Grid(
        shape_zyx=mask.shape,
        spacing_mm=(*segment.spacing_mm, distance_mm),
        origin_mm=(x, y, z),
        direction=segment.direction,
        frame_of_reference=segment.frame_of_reference,
    )
    return Roi(segment.name, mask, grid, algorithm=segment.algorithm)


def distance_of(
    places_mm: NDArray[np.float64], normal: NDArray[np.float64], stated_mm: float
) -> float | None:
    """Distance between the planes of a file: the stated one, else that of the positions.

    Parameters
    ----------
    places_mm : float64 array (n, 3)
    normal : float64 array (3,)
    stated_mm : float
        SpacingBetweenSlices, 0 if absent. Planes that are no multiples of it refute it.

    Returns
    -------
    float or None
        None for a single plane without a stated distance, or where no distance divides all gaps.
    """
    gaps = np.diff(np.unique(np.round(places_mm @ normal, 2)))
    gaps = gaps[gaps > 0.015]
    tried = [stated_mm] if stated_mm > 0.0 else []
    if gaps.size:
        tried += [float(gaps.min()) / n for n in (1, 2, 3)]
    for step in tried:
        whole = np.rint(np.cumsum(gaps) / step)
        if (whole >= 1).all() and np.abs(np.cumsum(gaps) / step - whole).max(initial=0) < _UNEVEN:
            return step
    return None

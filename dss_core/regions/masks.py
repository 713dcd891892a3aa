"""Masks from contours: exact even-odd rule at voxel centres, in the frame of the grid.

Vertices are never rounded to voxels, so that a tumour of a few voxels keeps its size.
"""

from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.records import CaseWarning, Roi
from dss_core.regions.contour_planes import Plane, Polygon, plane_distance, planes_of, slabs_of
from dss_core.regions.contours import Contours

_NESTED = 0.95
"""Share of a contour inside another from which it is nested in it."""
_SAME_OUTLINE = 0.25
"""Pixels that two outlines are apart at most when one is a copy of the other."""
_CHUNK = 256


def rasterise(contours: Contours, grid: Grid) -> tuple[Roi, tuple[CaseWarning, ...]]:
    """The voxels whose centre lies inside the contours.

    Each slice takes all contours of the plane whose slab holds it, so a region drawn on thick
    slices fills thin ones, and a skipped plane stays a gap. A contour inside a larger one cuts a
    hole; a repeated one counts once; overlapping ones are joined with a warning.

    Parameters
    ----------
    contours : Contours
    grid : Grid

    Returns
    -------
    (Roi, warnings)

    Raises
    ------
    InputError
        Contours with malformed points.
    GeometryError
        Other frame of reference, contours not parallel to the slices, or no voxel inside.
    """
    if contours.fault:
        raise InputError(
            f"The region {contours.name!r} cannot be used: {contours.fault}. Export it again."
        )
    theirs, ours = contours.frame_of_reference, grid.frame_of_reference
    if theirs and ours and theirs != ours:
        raise GeometryError(
            f"The region {contours.name!r} is drawn in another frame of reference "
            f"(FrameOfReferenceUID (0020,0052) ...{theirs[-12:]}) than the image, ...{ours[-12:]}. "
            "Use a region drawn on this study, or register the images first."
        )
    polygons = _in_index(contours, grid)
    planes = planes_of(polygons)
    mask = np.zeros(grid.shape_zyx, dtype=np.bool_)
    overlap, unused, empty = False, 0, 0
    for slab in slabs_of(planes):
        outlines = _without_copies(slab.plane.polygons)
        slices = slab.slices(grid.shape_zyx[0])
        if not slices:
            unused += _is_between_slices(slab.plane, grid) * len(outlines)
            continue
        filled = [fill_polygon(p, grid.shape_zyx[1:]) for p in outlines]
        empty += sum(
            _within(p, grid) and not m.any() for p, m in zip(outlines, filled, strict=True)
        )
        combined, overlapping = _combine(filled, contours.exclusive_or)
        mask[slices.start : slices.stop] = combined
        overlap |= overlapping
    if not mask.any():
        _refuse_empty(contours, polygons, grid)
    return Roi(contours.name, mask, grid, algorithm=contours.algorithm), (
        *contours.warnings,
        *_warnings(contours, plane_distance(planes), (overlap, unused, empty)),
        *_leaving(contours, polygons, grid),
    )


def fill_polygon(vertices_ij: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Even-odd interior of one polygon at integer pixel positions.

    Parameters
    ----------
    vertices_ij : float64 array (n, 2)
        Column and row of each vertex, fractions allowed.
    shape : (rows, columns)
    """
    rows, columns = shape
    start, end = vertices_ij, np.roll(vertices_ij, -1, axis=0)
    row = np.arange(rows)[:, None]
    crosses = (start[:, 1] <= row) != (end[:, 1] <= row)
    at_row, edge = np.nonzero(crosses)
    (x0, y0), (x1, y1) = start[edge].T, end[edge].T
    x = x0 + (at_row - y0) * (x1 - x0) / (y1 - y0)
    toggles = np.zeros((rows, columns + 1), dtype=np.int64)
    np.add.at(toggles, (at_row, np.clip(np.ceil(x), 0, columns).astype(np.int64)), 1)
    return np.asarray(np.cumsum(toggles, axis=1)[:, :columns] % 2 == 1)


def _in_index(contours: Contours, grid: Grid) -> list[Polygon]:
    """The polygons as (column, row, slice) index coordinates."""
    found = [grid.to_index(polygon) for polygon in contours.polygons]
    if any(np.ptp(index[:, 2]) > 0.5 for index in found):
        raise GeometryError(
            f"The contours of {contours.name!r} are not parallel to the image slices; draw "
            "them on the slices of this series."
        )
    return found


def _without_copies(polygons: tuple[Polygon, ...]) -> list[Polygon]:
    """Each outline once: a copy may start elsewhere, run the other way or be rounded otherwise."""
    boxes = np.array([[*p.min(axis=0), *p.max(axis=0)] for p in polygons])
    kept: list[int] = []
    for n, polygon in enumerate(polygons):
        apart = np.abs(boxes[kept] - boxes[n]).max(axis=1)
        alike = [polygons[kept[i]] for i in np.flatnonzero(apart <= _SAME_OUTLINE)]
        if not any(
            max(_farthest(polygon, other), _farthest(other, polygon)) <= _SAME_OUTLINE
            for other in alike
        ):
            kept.append(n)
    return [polygons[n] for n in kept]


def _farthest(points: Polygon, outline: Polygon) -> float:
    """Largest distance of a point from an outline."""
    along = np.roll(outline, -1, axis=0) - outline
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    farthest = 0.0
    for at in range(0, len(points), _CHUNK):
        from_start = points[at : at + _CHUNK, None] - outline
        share = np.clip((from_start * along).sum(axis=2) / length, 0.0, 1.0)
        away = ((from_start - share[..., None] * along) ** 2).sum(axis=2).min(axis=1)
        farthest = max(farthest, float(np.sqrt(away.max())))
    return farthest


def _combine(filled: list[NDArray[np.bool_]], exclusive_or: bool) -> tuple[NDArray[np.bool_], bool]:
    """One plane's mask, and whether polygons overlapped without being nested."""
    parts = sorted(filled, key=lambda m: -int(m.sum()))
    mask, covered, overlap = parts[0].copy(), parts[0].copy(), False
    for n, part in enumerate(parts[1:], start=1):
        shared = int((part & covered).sum())
        if exclusive_or or (shared and _is_nested(part, parts[:n])):
            mask ^= part
        else:
            overlap |= shared > 0
            mask |= part
        covered |= part
    return mask, overlap


def _is_nested(part: NDArray[np.bool_], larger: list[NDArray[np.bool_]]) -> bool:
    """True when a part lies in a strictly larger one."""
    size = int(part.sum())
    return any(
        int(other.sum()) > size and int((part & other).sum()) >= _NESTED * size for other in larger
    )


def _within(polygon: Polygon, grid: Grid) -> bool:
    """True when an outline lies in the image, columns and rows."""
    columns_rows = np.array(grid.shape_zyx[:0:-1])
    return bool((polygon >= -0.5).all() and (polygon <= columns_rows - 0.5).all())


def _is_between_slices(plane: Plane, grid: Grid) -> bool:
    return bool(0.0 <= plane.height <= grid.shape_zyx[0] - 1.0)


def _warnings(
    contours: Contours, distance: float, counts: tuple[bool, int, int]
) -> list[CaseWarning]:
    overlap, unused, empty = counts
    found = []
    if overlap:
        message = (
            f"Contours of {contours.name!r} partly overlap and were merged. Check the outline."
        )
        found.append(CaseWarning("overlapping_contours", message))
    if unused:
        message = (
            f"{unused} of {len(contours.polygons)} contours of {contours.name!r} lie between the "
            f"slices of the image and were not used: they are {distance:.2f} slices apart. Check "
            "the region, or use the series it was drawn on."
        )
        found.append(CaseWarning("contours_between_slices", message))
    if empty:
        message = (
            f"{empty} of {len(contours.polygons)} contours of {contours.name!r} enclose no voxel "
            "centre and add nothing. Check the outline."
        )
        found.append(CaseWarning("contours_without_voxel", message))
    return found


def _leaving(contours: Contours, polygons: list[Polygon], grid: Grid) -> list[CaseWarning]:
    points = np.concatenate(polygons)
    outside = (points < -0.5) | (points > np.array(grid.shape_zyx[::-1]) - 0.5)
    if not outside.any():
        return []
    message = (
        f"The region {contours.name!r} extends beyond the image and was cut there. Check that "
        "the tumour is complete."
    )
    return [CaseWarning("region_leaves_image", message)]


def _refuse_empty(contours: Contours, polygons: list[Polygon], grid: Grid) -> NoReturn:
    """Say why no voxel is inside."""
    points = np.concatenate(polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    if (high < -0.5).any() or (low > np.array(grid.shape_zyx[::-1]) - 0.5).any():
        raise GeometryError(
            f"The region {contours.name!r} does not meet the image: {_where(contours, grid)}. "
            "Use a region drawn on this study."
        )
    raise GeometryError(
        f"The region {contours.name!r} holds no voxel of the image: its outlines, "
        f"{_where(contours, grid)}, enclose no voxel centre or cancel each other. Draw the tumour "
        "again on this series."
    )


def _where(contours: Contours, grid: Grid) -> str:
    points = np.concatenate(contours.polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    image = grid.bounds_mm()
    names = ("x", "y", "z")
    return ", ".join(
        f"{n} {a:.0f}..{b:.0f} mm against {c:.0f}..{d:.0f} mm"
        for n, a, b, c, d in zip(names, low, high, image[0], image[1], strict=True)
    )

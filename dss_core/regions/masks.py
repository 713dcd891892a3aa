"""Masks from contours: exact even-odd rule at voxel centres, in the frame of the grid.

Vertices are never rounded to voxels, so that a tumour of a few voxels keeps its size.
"""

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.records import CaseWarning, Roi
from dss_core.regions.contours import Contours

_NESTED = 0.95


def rasterise(contours: Contours, grid: Grid) -> tuple[Roi, tuple[CaseWarning, ...]]:
    """The voxels whose centre lies inside the contours.

    Each slice takes the nearest contour plane within half the contours' own distance, so a
    region drawn on thick slices fills thin ones, and a skipped plane stays a gap. Nested
    contours cut holes; overlapping ones are joined with a caution.

    Parameters
    ----------
    contours : Contours
    grid : Grid

    Returns
    -------
    (Roi, cautions)

    Raises
    ------
    GeometryError
        Other frame of reference, contours not parallel to the slices, or no voxel inside.
    """
    theirs, ours = contours.frame_of_reference, grid.frame_of_reference
    if theirs and ours and theirs != ours:
        raise GeometryError(
            f"The region {contours.name!r} is drawn in another frame of reference "
            f"(FrameOfReferenceUID (0020,0052) ...{theirs[-12:]}) than the image, ...{ours[-12:]}. "
            "Use a region drawn on this study, or register the images first."
        )
    planes = _planes(contours, grid)
    mask = np.zeros(grid.shape_zyx, dtype=np.bool_)
    warnings: list[CaseWarning] = []
    for k, polygons in _assigned(planes, grid.shape_zyx[0]):
        filled, overlap = _combine(polygons, grid.shape_zyx[1:], contours.exclusive_or)
        mask[k] = filled
        if overlap and not warnings:
            message = (
                f"Contours of {contours.name!r} partly overlap and were merged. Check the outline."
            )
            warnings.append(CaseWarning("overlapping_contours", message))
    if not mask.any():
        raise GeometryError(
            f"The region {contours.name!r} does not meet the image: {_where(contours, grid)}. "
            "Use a region drawn on this study."
        )
    if _leaves(planes, grid):
        message = (
            f"The region {contours.name!r} extends beyond the image and was cut there. Check that "
            "the tumour is complete."
        )
        warnings.append(CaseWarning("region_leaves_image", message))
    return Roi(contours.name, mask, grid), tuple(warnings)


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


def _planes(contours: Contours, grid: Grid) -> dict[float, list[NDArray[np.float64]]]:
    """Polygons in (column, row) index coordinates by the slice index of their plane."""
    planes: dict[float, list[NDArray[np.float64]]] = {}
    for polygon in contours.polygons:
        index = grid.to_index(polygon)
        if np.ptp(index[:, 2]) > 0.5:
            raise GeometryError(
                f"The contours of {contours.name!r} are not parallel to the image slices; draw "
                "them on the slices of this series."
            )
        height = float(index[:, 2].mean())
        near = next((h for h in planes if abs(h - height) < 0.05), height)
        planes.setdefault(near, []).append(index[:, :2])
    return planes


def _assigned(
    planes: dict[float, list[NDArray[np.float64]]], n_slices: int
) -> list[tuple[int, list[NDArray[np.float64]]]]:
    heights = np.array(sorted(planes))
    distance = float(np.median(np.diff(heights))) if heights.size > 1 else 1.0
    reach = max(1.0, distance) / 2.0
    pairs = []
    for k in range(n_slices):
        offset = k - heights
        nearest = int(np.argmin(np.abs(offset)))
        if -reach <= offset[nearest] < reach:
            pairs.append((k, planes[float(heights[nearest])]))
    return pairs


def _combine(
    polygons: list[NDArray[np.float64]], shape: tuple[int, int], exclusive_or: bool
) -> tuple[NDArray[np.bool_], bool]:
    """One plane's mask, and whether polygons overlapped without being nested."""
    filled = sorted((fill_polygon(p, shape) for p in polygons), key=lambda m: -int(m.sum()))
    mask, covered, overlap = filled[0].copy(), filled[0].copy(), False
    for part in filled[1:]:
        shared = int((part & covered).sum())
        if exclusive_or or shared >= _NESTED * part.sum():
            mask ^= part
        else:
            overlap |= shared > 0
            mask |= part
        covered |= part
    return mask, overlap


def _leaves(planes: dict[float, list[NDArray[np.float64]]], grid: Grid) -> bool:
    nz, ny, nx = grid.shape_zyx
    points = np.concatenate([p for polygons in planes.values() for p in polygons])
    outside = (points < -0.5).any() or (points > np.array([nx, ny]) - 0.5).any()
    return bool(outside or min(planes) < -0.5 or max(planes) > nz - 0.5)


def _where(contours: Contours, grid: Grid) -> str:
    points = np.concatenate(contours.polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    image = grid.bounds_mm()
    names = ("x", "y", "z")
    return ", ".join(
        f"{n} {a:.0f}..{b:.0f} mm against {c:.0f}..{d:.0f} mm"
        for n, a, b, c, d in zip(names, low, high, image[0], image[1], strict=True)
    )

"""Attention maps in patient space: from network squares to a grid in world millimetres.

The inverse of how the squares were sampled (`dss_core.preprocessing.tensor.region_images`).
"""

import numpy as np
from numpy.typing import NDArray

from dss_core.attention.attention_result import AttentionMap
from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.records import NetworkInput, Quantity, Volume
from dss_core.spatial.resampling import resample_volume

SPACING_MM = 1.0


def to_patient_grid(
    maps: NDArray[np.floating], slices: NetworkInput | AttentionMap, frame_of_reference: str
) -> tuple[NDArray[np.float32], Grid]:
    """Maps on an isotropic 1 mm grid that just holds all squares.

    Parameters
    ----------
    maps : float array (n, rows, columns)
        One per slice, in the order of the slices.
    slices : NetworkInput or AttentionMap
        Where the squares lie.
    frame_of_reference : str
        Of the images.

    Returns
    -------
    values_zyx : float32 array
        Bilinear inside each square; 0 outside the squares and on levels without a slice.
    grid : Grid

    Raises
    ------
    GeometryError
        If maps and slices do not belong together.
    """
    if maps.ndim != 3 or len(maps) != len(slices.z_mm):
        raise GeometryError(
            f"One map for each of {len(slices.z_mm)} slices was expected, found an array of shape "
            f"{maps.shape}."
        )
    grid = _grid(slices, frame_of_reference)
    x, y, z = grid.origin_mm
    nz, ny, nx = grid.shape_zyx
    columns_mm: NDArray[np.float64] = x + SPACING_MM * np.arange(nx, dtype=np.float64)
    rows_mm: NDArray[np.float64] = y + SPACING_MM * np.arange(ny, dtype=np.float64)
    levels = np.rint((slices.z_mm - z) / SPACING_MM).astype(np.int64)
    values: NDArray[np.float32] = np.zeros((nz, ny, nx), dtype=np.float32)
    for one, level, centre, side in zip(
        maps, levels, slices.centre_mm, slices.side_mm, strict=True
    ):
        down = _weights(rows_mm, float(centre[1]), float(side), one.shape[0])
        across = _weights(columns_mm, float(centre[0]), float(side), one.shape[1])
        values[level] = down @ one @ across.T
    return values, grid


def on_grid(values_zyx: NDArray[np.float32], grid: Grid, target: Grid) -> NDArray[np.float32]:
    """Placed maps on another grid (the CT's, a plane), trilinear; 0 outside."""
    # The resampler reads values and grid only; attention has no quantity of its own.
    return resample_volume(Volume(values_zyx, grid, Quantity.SUVBW, ""), target, 0.0)


def _grid(slices: NetworkInput | AttentionMap, frame_of_reference: str) -> Grid:
    half = slices.side_mm[:, None] / 2.0
    low = np.ceil((slices.centre_mm - half).min(axis=0) / SPACING_MM)
    high = np.floor((slices.centre_mm + half).max(axis=0) / SPACING_MM)
    bottom, top = float(slices.z_mm.min()), float(slices.z_mm.max())
    nx, ny = ((high - low).astype(np.int64) + 1).tolist()
    x, y = (low * SPACING_MM).tolist()
    return Grid(
        shape_zyx=(round((top - bottom) / SPACING_MM) + 1, ny, nx),
        spacing_mm=(SPACING_MM, SPACING_MM, SPACING_MM),
        origin_mm=(x, y, bottom),
        frame_of_reference=frame_of_reference,
    )


def _weights(at_mm: NDArray[np.float64], centre: float, side: float, n: int) -> NDArray[np.float64]:
    """Linear interpolation from n cells of a square to world positions; 0 outside the square."""
    position = (at_mm - centre) / side * n + n / 2.0 - 0.5
    inside = np.abs(at_mm - centre) <= side / 2.0
    clamped = np.clip(position, 0.0, n - 1.0)
    left = np.minimum(clamped.astype(np.int64), n - 2)
    matrix = np.zeros((at_mm.size, n))
    rows = np.arange(at_mm.size)
    matrix[rows, left] = 1.0 - (clamped - left)
    matrix[rows, left + 1] = clamped - left
    matrix[~inside] = 0.0
    return matrix

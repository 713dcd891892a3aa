"""Aerated lung in and around a region, measured on the CT itself.

Aerated lung is lighter than -500 HU, and on average heavier than -950 HU, as emphysema and the gas
in bowel are (Gevenois, Am J Respir Crit Care Med 154:187 (1996)). A layer between gas and tissue
averages to the same numbers, but touches tissue; so lung is known by cells of 4 mm with no tissue
beside them, which also makes it independent of noise and voxel size. What the air around the body
reaches is not lung: couch, cushions and blankets.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_dilation,
    binary_erosion,
    distance_transform_edt,
    generate_binary_structure,
    label,
    maximum_filter,
    minimum_filter,
)

from dss_core.geometry import touched
from dss_core.records import Roi, Volume
from dss_core.regions.region_checks import AERATED_HU, TISSUE_HU
from dss_core.spatial.resampling import resample_mask

REACH_MM = 30.0
AIR_HU = -950.0
CELL_MM = 4.0
_WHOLE_MM, _AIR_SHARE = 300.0, 0.25
_BODY_PART_MM2 = 2000.0
_CUBE = np.ones((3, 3, 3), dtype=np.bool_)
_IN_SLICE = generate_binary_structure(3, 1) & np.array([False, True, False])[:, None, None]

Values = NDArray[np.float32]
Mask = NDArray[np.bool_]


def aerated_lung_ml(roi: Roi, ct: Volume, reach_mm: float = REACH_MM) -> float:
    """Volume of aerated lung in a region and within a distance of its surface.

    Parameters
    ----------
    roi : Roi
        On any grid of this space.
    ct : Volume
        HU. Nothing is known beyond its border, so nothing counts there.
    reach_mm : float

    Returns
    -------
    float
        mL, in cells of about 4 mm; 0 too where the region does not meet the CT.
    """
    axial = 2 - int(np.abs(np.asarray(ct.grid.direction)[2]).argmax())
    mask = np.moveaxis(resample_mask(roi, ct.grid).mask_zyx, axial, 0)
    values = np.moveaxis(ct.values_zyx, axial, 0)
    if not mask.any():
        return 0.0
    others = [axis for axis in range(3) if axis != axial]
    spacing = np.array(ct.grid.spacing_mm[::-1])[[axial, *others]]
    per_cell = np.maximum(np.rint(CELL_MM / spacing), 1.0).astype(np.int64)
    cell_mm = per_cell * spacing
    held = touched(mask)
    beyond = np.ceil(reach_mm / cell_mm).astype(np.int64) + 2
    z, rows, columns = (
        slice(max(s.start // n - more, 0), -(-s.stop // n) + more)
        for s, n, more in zip(held, per_cell, beyond, strict=True)
    )
    # whole slices tell what is outside the body; the rest is asked of the surroundings alone
    hu = _cells(values[z.start * per_cell[0] : z.stop * per_cell[0]], per_cell)
    light = ((hu < AERATED_HU) & ~_outside_body(hu, cell_mm))[:, rows, columns]
    hu = hu[:, rows, columns]
    corner = [s.start for s in held]
    at = (np.argwhere(mask[held]) + corner) // per_cell - [z.start, rows.start, columns.start]
    region = np.zeros(hu.shape, dtype=np.bool_)
    region[tuple(at.T)] = True
    around = distance_transform_edt(~region, sampling=cell_mm) <= reach_mm
    pieces, n = label(binary_erosion(light, _CUBE, border_value=1))
    size = np.bincount(pieces.ravel(), minlength=n + 1)
    total_hu = np.bincount(pieces.ravel(), weights=hu.ravel(), minlength=n + 1)
    is_lung = total_hu > AIR_HU * size
    is_lung[0] = False
    lung = binary_dilation(is_lung[pieces], _CUBE) & light & around
    return float(lung.sum() * cell_mm.prod() / 1000.0)


def _cells(values_zyx: Values, per_cell: NDArray[np.int64]) -> Values:
    """Means over so many voxels along each axis; the last cell may hold fewer."""
    cells = values_zyx
    for axis, n in enumerate(per_cell.tolist()):
        along = np.moveaxis(cells, axis, 0)
        sums = along[::n].copy(order="K")
        held = np.zeros(len(sums), dtype=np.float32)
        for i in range(n):
            part = along[i::n]
            held[: len(part)] += 1.0
            if i:
                sums[: len(part)] += part
        sums /= held[:, None, None]
        cells = np.moveaxis(sums, 0, axis)
    return cells


def _outside_body(hu: Values, cell_mm: NDArray[np.float64]) -> Mask:
    """What reaches the border of its axial slice between the parts of the body.

    Tissue one cell thick, such as the shell of a couch, bounds nothing. On a CT too small to hold a
    chest, lung is cut by the border too; there a quarter must be air, which it hardly is in lung.
    """
    tissue = (hu > TISSUE_HU).view(np.uint8)
    thick = maximum_filter(minimum_filter(tissue, (1, 2, 2)), (1, 2, 2), origin=(0, -1, -1))
    parts, n = label(thick, _IN_SLICE)
    area_mm2 = np.bincount(parts.ravel(), minlength=n + 1) * cell_mm[1] * cell_mm[2]
    area_mm2[0] = 0.0
    rest, n = label(area_mm2[parts] < _BODY_PART_MM2, _IN_SLICE)
    size = np.bincount(rest.ravel(), minlength=n + 1)
    air = np.bincount(rest.ravel(), weights=(hu < AIR_HU).ravel(), minlength=n + 1)
    border = np.zeros(n + 1, dtype=np.bool_)
    border[rest[:, [0, -1]]] = border[rest[:, :, [0, -1]]] = True
    border[0] = False
    whole = min(hu.shape[1] * cell_mm[1], hu.shape[2] * cell_mm[2]) >= _WHOLE_MM
    return np.asarray((border & (whole | (air > _AIR_SHARE * size)))[rest])

"""Region measurements: size on the CT, uptake on the PET.

References
----------
Zwanenburg et al., Radiology 295:328 (2020), IBSI: maximum 3D diameter, global intensity peak
(SUVpeak: the highest mean over spheres of 1 mL centred on the region's voxels).
Wahl et al., J Nucl Med 50 Suppl 1:122S (2009): SUVpeak in a sphere of about 1 mL.
Boellaard et al., Eur J Nucl Med Mol Imaging 42:328 (2015): metabolic volume at 41 % of SUVmax.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.records import Roi, Volume
from dss_core.regions.suv_statistics import pet_voxels
from dss_core.spatial.resampling import resample_mask

PEAK_RADIUS_MM = (3.0 / (4.0 * np.pi)) ** (1.0 / 3.0) * 10.0
METABOLIC_SHARE = 0.41


@dataclass(frozen=True)
class RegionMeasures:
    """What a region measures.

    Attributes
    ----------
    volume_ml : float
    diameter_3d_mm : float
        Longest distance between two points of the surface, the surface being the mesh halfway
        between voxels inside and outside.
    diameter_axial_mm : float
        The same within one axial slice, the largest of all slices.
    hu_mean : float
        Over the CT voxels inside.
    suv_max, suv_mean : float
        SUVbw (g/mL) over the PET voxels whose centre lies inside.
    suv_peak : float
        Highest mean of a 1 mL sphere centred on one of these voxels (the sphere may reach out).
    mtv_ml : float
        Volume of the PET voxels inside that reach `mtv_threshold_suv`.
    mtv_threshold_suv : float
        The region's own threshold if it was drawn by one, else 41 % of its SUVmax.
    tlg_g : float
        `mtv_ml` times their mean SUV.
    n_pet_voxels : int
    """

    volume_ml: float
    diameter_3d_mm: float
    diameter_axial_mm: float
    hu_mean: float
    suv_max: float
    suv_peak: float
    suv_mean: float
    mtv_ml: float
    mtv_threshold_suv: float
    tlg_g: float
    n_pet_voxels: int


@dataclass(frozen=True)
class CtMeasures:
    """What a region measures on the CT alone, as in `RegionMeasures`."""

    volume_ml: float
    diameter_3d_mm: float
    diameter_axial_mm: float
    hu_mean: float


def measure_on_ct(roi: Roi, ct: Volume) -> CtMeasures:
    """Measure a region on the CT alone.

    Parameters
    ----------
    roi : Roi
        Not empty, on any grid of this space.
    ct : Volume
        HU.

    Raises
    ------
    GeometryError
        If no CT voxel centre lies in the region.
    """
    on_ct = resample_mask(roi, ct.grid).mask_zyx
    if not on_ct.any():
        raise GeometryError(
            f"No CT voxel centre lies in the region {roi.name!r}: it is outside the CT. Draw the "
            "region on the CT."
        )
    low, high = _extent(on_ct)
    part = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    hu = ct.values_zyx[part][on_ct[part]]
    return CtMeasures(
        volume_ml=roi.volume_ml,
        diameter_3d_mm=longest_diameter_mm(roi.mask_zyx, roi.grid),
        diameter_axial_mm=longest_axial_diameter_mm(roi.mask_zyx, roi.grid),
        hu_mean=float(hu.mean(dtype=np.float64)),
    )


def measure_region(roi: Roi, ct: Volume, pet: Volume) -> RegionMeasures:
    """Measure a region.

    Parameters
    ----------
    roi : Roi
        Not empty, on any grid of this space.
    ct : Volume
        HU.
    pet : Volume
        SUVbw.

    Raises
    ------
    GeometryError
        If the PET is not SUVbw, or no PET or no CT voxel centre lies in the region.
    """
    on_pet = resample_mask(roi, pet.grid).mask_zyx
    inside = pet_voxels(pet, roi)
    on_ct = measure_on_ct(roi, ct)
    suv_max = float(inside.max())
    threshold = METABOLIC_SHARE * suv_max if roi.threshold_suv is None else roi.threshold_suv
    hot = inside[inside >= threshold]
    mtv_ml = hot.size * pet.grid.voxel_ml
    return RegionMeasures(
        volume_ml=on_ct.volume_ml,
        diameter_3d_mm=on_ct.diameter_3d_mm,
        diameter_axial_mm=on_ct.diameter_axial_mm,
        hu_mean=on_ct.hu_mean,
        suv_max=suv_max,
        suv_peak=suv_peak(pet, on_pet),
        suv_mean=float(inside.mean(dtype=np.float64)),
        mtv_ml=mtv_ml,
        mtv_threshold_suv=threshold,
        tlg_g=mtv_ml * float(hot.mean(dtype=np.float64)) if hot.size else 0.0,
        n_pet_voxels=int(inside.size),
    )


def longest_diameter_mm(mask_zyx: NDArray[np.bool_], grid: Grid) -> float:
    """Longest distance between two points of the surface (IBSI maximum 3D diameter)."""
    return _longest(_surface(mask_zyx, (0, 1, 2)) * np.array(grid.spacing_mm[::-1]))


def longest_axial_diameter_mm(mask_zyx: NDArray[np.bool_], grid: Grid) -> float:
    """Longest distance between two points of one slice's outline; the largest of all slices."""
    edge = _surface(mask_zyx, (1, 2))
    spacing = np.array(grid.spacing_mm[1::-1])
    return max(_longest(edge[edge[:, 0] == k][:, 1:] * spacing) for k in np.unique(edge[:, 0]))


def suv_peak(pet: Volume, mask_zyx: NDArray[np.bool_]) -> float:
    """Highest mean over 1 mL spheres centred on the voxels of a mask on the PET's grid."""
    spacing = np.array(pet.grid.spacing_mm[::-1])
    reach = np.floor(PEAK_RADIUS_MM / spacing).astype(np.int64)
    offsets = np.indices(2 * reach + 1).reshape(3, -1).T - reach
    offsets = offsets[np.linalg.norm(offsets * spacing, axis=1) <= PEAK_RADIUS_MM]
    centres = np.argwhere(mask_zyx)
    total, count = np.zeros(len(centres)), np.zeros(len(centres))
    for offset in offsets:
        at = centres + offset
        exists = ((at >= 0) & (at < mask_zyx.shape)).all(axis=1)
        total[exists] += pet.values_zyx[tuple(at[exists].T)]
        count += exists
    return float((total / count).max())


def _extent(mask_zyx: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and one past the last index of a mask that is not empty, along each axis."""
    slices = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    plane: NDArray[np.bool_] = np.any(mask_zyx[slices[0] : slices[-1] + 1], axis=0)
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    ends = [(found[0], found[-1] + 1) for found in (slices, rows, columns)]
    low, high = np.array(ends, dtype=np.int64).T
    return low, high


def _surface(mask_zyx: NDArray[np.bool_], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Centres (n, 3) of the voxel faces across these axes that part inside from outside.

    These are the vertices of the mesh at one half between neighbouring voxel centres.
    """
    low, high = _extent(mask_zyx)
    part = np.pad(mask_zyx[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], 1)
    found = []
    for axis in axes:
        faces = np.argwhere(np.diff(part, axis=axis)).astype(np.float64)
        faces[:, axis] += 0.5
        found.append(faces)
    return np.asarray(np.concatenate(found) + (low - 1))


def _longest(points_mm: NDArray[np.float64]) -> float:
    """Longest distance between two of the points, which do not lie on one line or plane."""
    return float(pdist(points_mm[ConvexHull(points_mm).vertices]).max())

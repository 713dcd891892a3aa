"""SUV statistics of the PET voxels in a region."""

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError
from dss_core.records import Quantity, Roi, SuvStatistics, Volume
from dss_core.spatial.resampling import resample_mask


def suv_statistics(pet: Volume, roi: Roi) -> SuvStatistics:
    """SUV over the PET voxels whose centre lies in the region.

    Raises
    ------
    GeometryError
        See `pet_voxels`.
    """
    inside = pet_voxels(pet, roi)
    return SuvStatistics(float(inside.max()), float(inside.mean(dtype=np.float64)), inside.size)


def pet_voxels(pet: Volume, roi: Roi) -> NDArray[np.float32]:
    """SUV of the PET voxels whose centre lies in the region.

    Raises
    ------
    GeometryError
        If the PET is not SUVbw, or no PET voxel centre lies in the region.
    """
    if pet.quantity is not Quantity.SUVBW:
        raise GeometryError(
            f"SUVbw was expected, the PET contains {pet.quantity}; convert it first."
        )
    inside = pet.values_zyx[resample_mask(roi, pet.grid).mask_zyx]
    if inside.size == 0:
        raise GeometryError(
            f"No PET voxel centre lies in the region {roi.name!r}: it is outside the PET or "
            "smaller than a PET voxel. Draw the region on the PET, or larger."
        )
    return inside

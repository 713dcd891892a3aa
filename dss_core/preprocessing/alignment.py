"""Whether PET and CT may be laid over each other as they are.

A hybrid scanner puts both in one frame of reference; then the alignment is the identity.
Anything else is refused.
"""

import numpy as np

from dss_core.errors import GeometryError
from dss_core.geometry import Grid


def check_alignment(ct: Grid, pet: Grid) -> str:
    """Name of the transform that aligns PET with CT ("identity").

    Raises
    ------
    GeometryError
        If the frames of reference differ, or the images do not overlap.
    """
    if not ct.same_space(pet):
        raise GeometryError(
            "PET and CT are in different frames of reference (FrameOfReferenceUID (0020,0052) "
            f"...{pet.frame_of_reference[-12:]} and ...{ct.frame_of_reference[-12:]}). Choose the "
            "CT that was acquired with the PET."
        )
    low = np.maximum(ct.bounds_mm()[0], pet.bounds_mm()[0])
    high = np.minimum(ct.bounds_mm()[1], pet.bounds_mm()[1])
    if (high <= low).any():
        raise GeometryError(
            "PET and CT share a frame of reference but do not overlap in space "
            f"(CT z {ct.bounds_mm()[0][2]:.0f}..{ct.bounds_mm()[1][2]:.0f} mm, "
            f"PET z {pet.bounds_mm()[0][2]:.0f}..{pet.bounds_mm()[1][2]:.0f} mm). "
            "Choose series of the same body part."
        )
    return "identity"

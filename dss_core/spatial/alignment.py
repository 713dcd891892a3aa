"""Whether PET and CT may be laid over each other as they are.

A hybrid scanner puts both in one frame of reference; then the alignment is the identity.
Anything else is refused, unless it is registered (`dss_core.spatial.registration`).
"""

from dataclasses import dataclass

import numpy as np

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.records import CaseWarning, SuvRecord, Volume
from dss_core.spatial.registration import Registration


@dataclass(frozen=True)
class Images:
    """The images of a case, in one space.

    Attributes
    ----------
    ct : Volume
        HU.
    pet : Volume
        SUVbw on its own grid.
    suv : SuvRecord
    alignment : str
        Name of the transform between them: "identity" or "rigid"; "unaligned" until it is known.
    warnings : tuple of CaseWarning
    registration : Registration or None
        What moved the PET, None for the identity.
    """

    ct: Volume
    pet: Volume
    suv: SuvRecord
    alignment: str
    warnings: tuple[CaseWarning, ...]
    registration: Registration | None = None

    @property
    def share_space(self) -> bool:
        """True when CT and PET are in one frame of reference, or one of them names none."""
        return self.ct.grid.same_space(self.pet.grid)


def check_alignment(ct: Grid, pet: Grid) -> tuple[str, tuple[CaseWarning, ...]]:
    """Name of the transform that aligns PET with CT ("identity"), and warnings.

    Raises
    ------
    GeometryError
        If the frames of reference differ, or the images do not overlap.
    """
    if not ct.same_space(pet):
        raise GeometryError(
            "PET and CT are in different frames of reference (FrameOfReferenceUID (0020,0052) "
            f"...{pet.frame_of_reference[-12:]} and ...{ct.frame_of_reference[-12:]}). Choose the "
            "CT that was acquired with the PET, or register them (--register)."
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
    if ct.frame_of_reference and pet.frame_of_reference:
        return "identity", ()
    message = "CT or PET names no frame of reference; they are taken to lie in one space."
    return "identity", (CaseWarning("no_frame_of_reference", message),)

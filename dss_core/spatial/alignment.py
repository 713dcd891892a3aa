"""Alignment of PET and CT: one space as they were read, or by registration.

A hybrid scanner puts both in one frame of reference; then the transform is the identity. A PET of
another frame is refused, unless it is registered (`dss_core.spatial.registration`).
"""

from dataclasses import dataclass

import numpy as np

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.records import CaseWarning, SuvRecord, Volume
from dss_core.spatial.registration import Registration, apply_registration


@dataclass(frozen=True)
class ReadImages:
    """CT and PET as they lie; nothing can be scored before `align` or `register`.

    Attributes
    ----------
    ct : Volume
        HU.
    pet : Volume
        SUVbw on its own grid.
    suv : SuvRecord
    warnings : tuple of CaseWarning
    """

    ct: Volume
    pet: Volume
    suv: SuvRecord
    warnings: tuple[CaseWarning, ...] = ()

    @property
    def share_space(self) -> bool:
        """True when CT and PET are in one frame of reference, or one of them names none."""
        return self.ct.grid.same_space(self.pet.grid)


@dataclass(frozen=True)
class AlignedImages:
    """The images of a case, in one space: made by `align` or `register`.

    Attributes
    ----------
    ct : Volume
        HU.
    pet : Volume
        SUVbw on its own grid, moved where it was registered.
    suv : SuvRecord
    warnings : tuple of CaseWarning
    registration : Registration or None
        What moved the PET, None for the identity.

    Raises
    ------
    GeometryError
        If the frames of reference differ, or the images do not overlap.
    """

    ct: Volume
    pet: Volume
    suv: SuvRecord
    warnings: tuple[CaseWarning, ...] = ()
    registration: Registration | None = None

    def __post_init__(self) -> None:
        _check_frames(self.ct.grid, self.pet.grid)
        _check_overlap(self.ct.grid, self.pet.grid)

    @property
    def alignment(self) -> str:
        """Name of the transform between them: "identity" or "rigid"."""
        return "identity" if self.registration is None else "rigid"


@dataclass(frozen=True)
class CtAlone:
    """A CT without a PET: it can be looked at and measured, never scored.

    Attributes
    ----------
    ct : Volume
        HU.
    warnings : tuple of CaseWarning
    """

    ct: Volume
    warnings: tuple[CaseWarning, ...] = ()


def align(images: ReadImages) -> AlignedImages:
    """The images as they lie, where that is right.

    Raises
    ------
    GeometryError
        If their frames of reference differ, or they do not overlap.
    """
    warnings = images.warnings
    if not (images.ct.grid.frame_of_reference and images.pet.grid.frame_of_reference):
        message = "No frame of reference in CT or PET; assumed aligned. Check the fusion images."
        warnings += (CaseWarning("no_frame_of_reference", message),)
    return AlignedImages(images.ct, images.pet, images.suv, warnings)


def register(images: ReadImages, registration: Registration) -> AlignedImages:
    """The images with the PET moved onto the CT by a registration that was agreed to.

    Raises
    ------
    GeometryError
        If the registration is for another PET, or leaves the images apart.
    """
    message = (
        f"PET registered to the CT by mutual information: shift "
        f"{registration.shift_mm:.1f} mm, rotation {registration.rotation_deg:.1f} degrees, "
        f"information {registration.mi_before:.3f} before and {registration.mi_after:.3f} after. "
        "Check the lung base, which breathing moves."
    )
    return AlignedImages(
        images.ct,
        apply_registration(images.pet, registration),
        images.suv,
        (*images.warnings, CaseWarning("registered", message)),
        registration,
    )


def _check_frames(ct: Grid, pet: Grid) -> None:
    if not ct.same_space(pet):
        raise GeometryError(
            "PET and CT are in different frames of reference (FrameOfReferenceUID (0020,0052) "
            f"...{pet.frame_of_reference[-12:]} and ...{ct.frame_of_reference[-12:]}). Choose the "
            "CT that was acquired with the PET, or register them (--register)."
        )


def _check_overlap(ct: Grid, pet: Grid) -> None:
    low = np.maximum(ct.bounds_mm()[0], pet.bounds_mm()[0])
    high = np.minimum(ct.bounds_mm()[1], pet.bounds_mm()[1])
    if (high <= low).any():
        raise GeometryError(
            "PET and CT share a frame of reference but do not overlap in space "
            f"(CT z {ct.bounds_mm()[0][2]:.0f}..{ct.bounds_mm()[1][2]:.0f} mm, "
            f"PET z {pet.bounds_mm()[0][2]:.0f}..{pet.bounds_mm()[1][2]:.0f} mm). "
            "Choose series of the same body part."
        )

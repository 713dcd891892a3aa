"""From files to CT, PET and tumour region in one space: read, SUV, align, region.

The dashboard and the command line both go this way and no other; then comes the `pipeline`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dss_core.errors import InputError
from dss_core.progress import Clock, ProgressCallback, StepName, no_progress
from dss_core.reading.inventory import Progress
from dss_core.reading.series_choice import Image
from dss_core.reading.sources import Source
from dss_core.reading.suv import Pet, read_pet
from dss_core.reading.volume import read_ct
from dss_core.records import CaseWarning, Roi, Volume
from dss_core.regions.region_files import RegionSource, choose_region, on_image, read_region_file
from dss_core.spatial.alignment import Images, check_alignment
from dss_core.spatial.registration import (
    Registration,
    apply_registration,
    propose_registration,
)
from dss_core.spatial.resampling import resample_mask


@dataclass(frozen=True)
class Region:
    """The tumour on the CT grid."""

    roi: Roi
    warnings: tuple[CaseWarning, ...]


def load_images(
    ct: Image,
    pet: Image,
    on_step: ProgressCallback = no_progress,
    *,
    register: bool = False,
    progress: Progress | None = None,
) -> Images:
    """`read_images`, then `align_images` or a registration that nobody is asked about.

    Parameters
    ----------
    ct, pet : Series or FileImage
    tell : Listener
    register : bool
        Align a PET of another frame of reference with the CT by mutual information; without
        it such a PET is refused.
    progress : callable, optional
        Called with (slices read, slices in all) of each image in turn.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    images = read_images(ct, pet, on_step, progress)
    if register and not images.share_space:
        clock = Clock(on_step)
        images = register_images(images, propose_registration(images.ct, images.pet))
        clock.done(StepName.ALIGN, images.warnings[-1].message)
        return images
    return align_images(images, on_step)


def read_images(
    ct: Image, pet: Image, on_step: ProgressCallback = no_progress, progress: Progress | None = None
) -> Images:
    """CT in HU and PET in SUVbw as they lie; whether they lie in one space is not yet asked.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    if ct.patient_key and pet.patient_key and ct.patient_key != pet.patient_key:
        raise InputError(
            "CT and PET have different PatientID (0010,0020); they must be of one patient. "
            "Choose series of the same patient."
        )
    clock = Clock(on_step)
    ct_volume, ct_warnings = read_ct(ct, progress)
    clock.done(StepName.READ, f"CT {_size(ct_volume)}")
    converted: Pet = read_pet(pet, progress)
    clock.done(StepName.SUV, f"PET {_size(converted.volume)}, SUVbw by {converted.record.rule}")
    warnings = ct_warnings + converted.record.warnings
    if ct.study_uid and pet.study_uid and ct.study_uid != pet.study_uid:
        message = "CT and PET are of different studies (StudyInstanceUID (0020,000D))."
        warnings += (CaseWarning("different_studies", message),)
    return Images(ct_volume, converted.volume, converted.record, "unaligned", warnings)


def align_images(images: Images, on_step: ProgressCallback = no_progress) -> Images:
    """The images as they lie, where that is right.

    Raises
    ------
    GeometryError
        If their frames of reference differ, or they do not overlap.
    """
    clock = Clock(on_step)
    alignment, warnings = check_alignment(images.ct.grid, images.pet.grid)
    clock.done(StepName.ALIGN, "same frame of reference, no shift needed")
    return replace(images, alignment=alignment, warnings=images.warnings + warnings)


def register_images(images: Images, registration: Registration) -> Images:
    """The images with the PET moved by a registration that the user has agreed to.

    Raises
    ------
    GeometryError
        If the registration is for another PET.
    """
    message = (
        f"The PET was aligned with the CT by mutual information: shift "
        f"{registration.shift_mm:.1f} mm, rotation {registration.rotation_deg:.1f} degrees, "
        f"information {registration.mi_before:.3f} before and {registration.mi_after:.3f} after. "
        "Breathing moves the lung base; check it there."
    )
    return replace(
        images,
        pet=apply_registration(images.pet, registration),
        alignment="rigid",
        warnings=(*images.warnings, CaseWarning("registered", message)),
        registration=registration,
    )


def read_regions(sources: Sequence[Source]) -> tuple[RegionSource, ...]:
    """The regions of all region files of a case: RTSTRUCT, DICOM SEG, NIfTI, NRRD, MHA masks.

    Raises
    ------
    InputError, GeometryError
        If there is no such file, or one cannot be read.
    """
    if not sources:
        raise InputError(
            "No region was given: an RTSTRUCT, DICOM SEG or mask volume with the tumour was "
            "expected. Add it to the files."
        )
    return tuple(region for source in sources for region in read_region_file(source))


def take_region(
    regions: Sequence[RegionSource],
    name: str | None,
    images: Images,
    on_step: ProgressCallback = no_progress,
) -> Region:
    """The named region, or the most tumour-like, on the CT grid.

    A region drawn in the frame of a PET that was registered moves with it.

    Raises
    ------
    InputError, GeometryError
        If it does not exist, is empty or does not meet the CT.
    """
    clock = Clock(on_step)
    chosen, choice_warnings = choose_region(regions, name)
    moved, frame = images.registration, chosen.frame_of_reference
    if moved is not None and frame and frame == moved.pet_frame:
        roi, mask_warnings = on_image(chosen, moved.back(images.pet.grid))
        roi = resample_mask(replace(roi, grid=images.pet.grid), images.ct.grid)
    else:
        roi, mask_warnings = on_image(chosen, images.ct.grid)
    clock.done(StepName.REGION, f"{roi.name}, {roi.volume_ml:.1f} mL")
    return Region(roi, choice_warnings + mask_warnings)


def _size(volume: Volume) -> str:
    return " x ".join(str(n) for n in reversed(volume.grid.shape_zyx))

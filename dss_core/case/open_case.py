"""Case opening: from the files of a case to its aligned images and its region.

The command line, training, batches, programs and the dashboard all use it:
`open_case` as a whole, or step by step where someone is asked in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dss_core.case.case_files import CaseSeries, ImageSeries
from dss_core.errors import InputError
from dss_core.progress import Clock, ProgressCallback, StepName, no_progress
from dss_core.reading.inventory import Progress
from dss_core.reading.series_choice import Image, count_patients
from dss_core.reading.suv import read_pet
from dss_core.reading.volume import read_ct
from dss_core.records import CaseWarning, Roi, Volume
from dss_core.regions.region_choice import choose_region
from dss_core.regions.region_files import RegionSource, on_image
from dss_core.spatial.alignment import AlignedImages, CtAlone, ReadImages, align, register
from dss_core.spatial.registration import propose_registration
from dss_core.spatial.resampling import resample_mask


@dataclass(frozen=True)
class Region:
    """The tumour on the CT grid."""

    roi: Roi
    warnings: tuple[CaseWarning, ...] = ()


@dataclass(frozen=True)
class OpenedCase:
    """What a score is made from: images in one space, and the region on the CT grid."""

    images: AlignedImages
    region: Region


def open_case(
    case: CaseSeries, on_step: ProgressCallback = no_progress, progress: Progress | None = None
) -> OpenedCase:
    """`open_images`, then `take_region`.

    Parameters
    ----------
    case : CaseSeries
    on_step : ProgressCallback
        Called with every finished step.
    progress : callable, optional
        Called with (slices read, slices in all) of each image in turn.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    images = open_images(case.images, on_step, progress)
    name, number = case.region_name, case.region_number
    return OpenedCase(images, take_region(case.regions, name, images, on_step, number=number))


def open_images(
    series: ImageSeries, on_step: ProgressCallback = no_progress, progress: Progress | None = None
) -> AlignedImages:
    """`read_images`, then `align_images` or `register_images`.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    images = read_images(series, on_step, progress)
    if series.register and not images.share_space:
        return register_images(images, on_step)
    return align_images(images, on_step)


def read_images(
    series: ImageSeries, on_step: ProgressCallback = no_progress, progress: Progress | None = None
) -> ReadImages:
    """CT in HU and PET in SUVbw as they lie; whether they lie in one space is not yet asked.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    ct, pet = series.ct, series.pet
    if count_patients((ct, pet)) > 1:
        raise InputError(
            "CT and PET have different PatientID (0010,0020) or IssuerOfPatientID (0010,0021); "
            "they must be of one patient. Choose series of the same patient."
        )
    clock = Clock(on_step)
    ct_volume, ct_warnings = read_ct(ct, progress)
    clock.done(StepName.READ, f"CT {_size(ct_volume)}")
    converted = read_pet(pet, progress)
    clock.done(StepName.SUV, f"PET {_size(converted.volume)}, SUVbw by {converted.record.rule}")
    warnings = ct_warnings + converted.record.warnings
    if ct.study_uid and pet.study_uid and ct.study_uid != pet.study_uid:
        message = (
            "CT and PET are from different studies (StudyInstanceUID (0020,000D)). Check that both "
            "were acquired together."
        )
        warnings += (CaseWarning("different_studies", message),)
    return ReadImages(ct_volume, converted.volume, converted.record, warnings)


def open_ct(
    image: Image, on_step: ProgressCallback = no_progress, progress: Progress | None = None
) -> CtAlone:
    """A CT in HU, where there is no PET.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    clock = Clock(on_step)
    volume, warnings = read_ct(image, progress)
    clock.done(StepName.READ, f"CT {_size(volume)}")
    return CtAlone(volume, warnings)


def align_images(images: ReadImages, on_step: ProgressCallback = no_progress) -> AlignedImages:
    """The images as they lie, where that is right.

    Raises
    ------
    GeometryError
        If their frames of reference differ, or they do not overlap.
    """
    clock = Clock(on_step)
    aligned = align(images)
    clock.done(StepName.ALIGN, "same frame of reference, no shift needed")
    return aligned


def register_images(
    images: ReadImages, on_step: ProgressCallback = no_progress, progress: Progress | None = None
) -> AlignedImages:
    """The PET of another frame of reference brought onto the CT by mutual information.

    Parameters
    ----------
    images : ReadImages
    on_step : ProgressCallback
    progress : callable, optional
        Called with (levels done, levels in all).

    Raises
    ------
    GeometryError
        If the images share too little.
    """
    clock = Clock(on_step)
    registered = register(images, propose_registration(images.ct, images.pet, progress))
    clock.done(StepName.ALIGN, registered.warnings[-1].message)
    return registered


def take_region(
    regions: Sequence[RegionSource],
    name: str | None,
    images: AlignedImages,
    on_step: ProgressCallback = no_progress,
    *,
    number: int | None = None,
) -> Region:
    """The region of this name and number, or the one that speaks of a tumour, on the CT grid.

    A region drawn in the frame of a PET that was registered moves with it.

    Raises
    ------
    InputError, GeometryError
        If it does not exist, is not the only one, is empty or does not meet the CT.
    """
    clock = Clock(on_step)
    chosen, choice_warnings = choose_region(regions, name, number)
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

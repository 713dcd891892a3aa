"""Files of a case: the series and regions found in them, not yet read in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dss_core.errors import InputError
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import Image, propose_series
from dss_core.reading.sources import Source, from_paths, from_uploads
from dss_core.reading.volume_files import PetUnit
from dss_core.regions.region_files import RegionSource, read_region_file

Files = Path | bytes
"""A folder, file or zip on disk, or the bytes of a file or zip."""


@dataclass(frozen=True)
class ImageFiles:
    """Where CT and PET of a case are, and what a user says of them.

    Attributes
    ----------
    ct, pet : Path or bytes
    ct_series, pet_series : str, optional
        SeriesInstanceUIDs, if several fit.
    pet_unit : PetUnit, optional
        Unit of a PET in a NIfTI, NRRD or MHA file.
    register : bool
        Bring a PET of another frame of reference onto the CT; without it such a PET is refused.
    """

    ct: Files
    pet: Files
    ct_series: str | None = None
    pet_series: str | None = None
    pet_unit: PetUnit | None = None
    register: bool = False


@dataclass(frozen=True)
class CaseFiles:
    """Where the images and the region of a case are.

    Attributes
    ----------
    images : ImageFiles
    roi : Path or bytes
        RTSTRUCT, DICOM SEG or mask.
    roi_name : str, optional
        Name of the region; by default the only one that speaks of a tumour.
    roi_number : int, optional
        Its ROINumber, SegmentNumber or label, where several have one name.
    """

    images: ImageFiles
    roi: Files
    roi_name: str | None = None
    roi_number: int | None = None


@dataclass(frozen=True)
class ImageSeries:
    """The CT and the PET that are taken, and whether the PET may be registered unasked."""

    ct: Image
    pet: Image
    register: bool = False


@dataclass(frozen=True)
class CaseSeries:
    """The series of a case and the regions that one is chosen from, as name and number say."""

    images: ImageSeries
    regions: tuple[RegionSource, ...]
    region_name: str | None = None
    region_number: int | None = None


def find_case(files: CaseFiles) -> CaseSeries:
    """The series and regions in the files of a case.

    Raises
    ------
    InputError, GeometryError
        If a series is missing or not clear, or no region can be read.
    """
    images, regions = find_images(files.images), find_regions(files.roi)
    return CaseSeries(images, regions, files.roi_name, files.roi_number)


def find_images(files: ImageFiles) -> ImageSeries:
    """The CT and the PET in their files, each chosen with an eye on the other.

    Raises
    ------
    InputError
        If one is missing, or it is not clear which is meant.
    """
    ct, pet = inventory_of(files.ct), inventory_of(files.pet)
    return ImageSeries(
        propose_series(ct, "CT", files.ct_series, beside=pet),
        propose_series(pet, "PT", files.pet_series, files.pet_unit, beside=ct),
        files.register,
    )


def find_regions(files: Files) -> tuple[RegionSource, ...]:
    """The regions of every region file in a folder, file or zip.

    Raises
    ------
    InputError, GeometryError
        If there is no such file, or one cannot be read.
    """
    return read_regions(inventory_of(files).region_files)


def read_regions(sources: Sequence[Source]) -> tuple[RegionSource, ...]:
    """The regions of all region files of a case: RTSTRUCT, DICOM SEG, NIfTI, NRRD, MHA masks.

    Raises
    ------
    InputError, GeometryError
        If there is no such file, or one cannot be read.
    """
    if not sources:
        raise InputError(
            "No tumour region found. Add an RTSTRUCT, DICOM SEG or mask file, or draw it."
        )
    return tuple(region for source in sources for region in read_region_file(source))


def inventory_of(files: Files) -> Inventory:
    """What a folder, file or zip holds.

    Raises
    ------
    InputError
        If it does not exist or holds no file.
    """
    return take_inventory(
        from_uploads([files]) if isinstance(files, bytes) else from_paths([files])
    )

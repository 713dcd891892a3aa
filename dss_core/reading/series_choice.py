"""Series selection: the CT and PET that belong together, or an error.

Series that fit equally are refused with the list of what tells them apart, never decided by their
order.

References
----------
DICOM PS3.3 C.7.4.1 (frame of reference), C.8.9.1 (CorrectedImage).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from dss_core.errors import InputError
from dss_core.reading.image_type_checks import is_usable
from dss_core.reading.inventory import Inventory, Series
from dss_core.reading.privacy import without_identity
from dss_core.reading.tags import text, values
from dss_core.reading.volume_files import FileImage, PetUnit

Image = Series | FileImage
_NAMES = {"CT": "CT", "PT": "PET"}
_FLAGS = {"CT": "--ct-series", "PT": "--pet-series"}


def propose_series(
    inventory: Inventory,
    modality: str,
    uid: str | None = None,
    pet_unit: PetUnit | None = None,
    beside: Inventory | None = None,
) -> Image:
    """The series with this UID, or the only one that fits best (`fitting_series`).

    Parameters
    ----------
    inventory : Inventory
    modality : {"CT", "PT"}
    uid : str, optional
        SeriesInstanceUID.
    pet_unit : PetUnit, optional
        Unit of a PET in a NIfTI, NRRD or MHA file.
    beside : Inventory, optional
        Where the other modality is, if it was given apart.

    Raises
    ------
    InputError
        If there is none, naming what was found instead, several fit equally, or the files are of
        several patients.
    """
    found = inventory.of_modality(modality)
    if uid is not None:
        for series in found:
            if series.uid == uid:
                return series
        raise InputError(
            f"There is no {_NAMES[modality]} series with SeriesInstanceUID (0020,000E) {uid!r}; "
            f"found {', '.join(s.uid for s in found) or inventory.describe()}."
        )
    if not found and len(inventory.volume_files) == 1:
        return FileImage(modality, inventory.volume_files[0], pet_unit)
    fitting = fitting_series(inventory, modality, beside)
    if len(fitting) > 1:
        raise InputError(
            f"{several(modality, fitting)} Choose one by {_FLAGS[modality]} with its "
            f"SeriesInstanceUID (0020,000E): {', '.join(s.uid for s in fitting)}; or give its "
            "files alone."
        )
    return fitting[0]


def fitting_series(
    inventory: Inventory, modality: str, beside: Inventory | None = None
) -> tuple[Series, ...]:
    """The series of a modality that fit best: one where it is obvious, else all that fit equally.

    Best is: usable; for PET attenuation corrected, static; in the frame of reference and study of
    a series of the other modality; then the one with most images.

    Parameters
    ----------
    inventory : Inventory
    modality : {"CT", "PT"}
    beside : Inventory, optional
        Where the other modality is, if it was given apart.

    Raises
    ------
    InputError
        If there is none, naming what was found instead, or the files are of several patients.
    """
    found = inventory.of_modality(modality)
    if not found:
        raise InputError(
            f"The {_NAMES[modality]} is missing: a DICOM series of Modality {modality} was "
            f"expected (or one NIfTI, NRRD or MHA file), found {inventory.describe()}. Add the "
            f"{_NAMES[modality]} series."
        )
    elsewhere = () if beside is None else beside.series
    others = [*elsewhere, *(s for s in inventory.series if s.modality != modality)]
    _check_one_patient(found, _NAMES[modality])
    partners = [s for s in others if s.modality in _NAMES and is_usable(s)]
    fitness = [_fitness(s, partners) for s in found]
    return tuple(s for s, fit in zip(found, fitness, strict=True) if fit == max(fitness))


def several(modality: str, images: Sequence[Image]) -> str:
    """One sentence on images that fit equally, with what tells them apart."""
    return (
        f"{len(images)} {_NAMES[modality]} series fit equally: {'; '.join(series_labels(images))}."
    )


def series_labels(images: Sequence[Image]) -> tuple[str, ...]:
    """A text for each image that no other has: slices and description where they are enough.

    Where they are not, the slice distance, the convolution kernel and the series number tell
    images apart, else their place in the files.
    """
    found = [_plain(image) for image in images]
    for marks in (_distance, _kernel, _number):
        counts = Counter(found)
        found = [
            label if counts[label] == 1 or not marks(image) else f"{label} · {marks(image)}"
            for label, image in zip(found, images, strict=True)
        ]
    counts = Counter(found)
    return tuple(
        label if counts[label] == 1 else f"{place}: {label}" for place, label in enumerate(found, 1)
    )


def _plain(image: Image) -> str:
    return f"{image.n_slices} slices · {image.description or 'no description'}"


def _distance(image: Image) -> str:
    return f"{image.spacing_mm[2]:.2f} mm apart" if image.spacing_mm[2] else ""


def _kernel(image: Image) -> str:
    if not isinstance(image, Series):
        return ""
    kernel = without_identity(" ".join(values(image.first, "ConvolutionKernel")), image.first)
    return f"kernel {kernel}" if kernel else ""


def _number(image: Image) -> str:
    number = text(image.first, "SeriesNumber") if isinstance(image, Series) else ""
    return f"series {number}" if number else ""


def _fitness(series: Series, partners: Sequence[Series]) -> tuple[bool, bool, bool, bool, int]:
    corrected = series.modality != "PT" or "ATTN" in values(series.first, "CorrectedImage")
    moving = {"DYNAMIC", "GATED"} & set(values(series.first, "SeriesType"))
    frame, study = series.frame_of_reference, series.study_uid
    return (
        is_usable(series),
        corrected and not moving,
        any(frame and frame == p.frame_of_reference for p in partners),
        any(study and study == p.study_uid for p in partners),
        series.n_slices,
    )


def count_patients(images: Iterable[Image]) -> int:
    """How many patients images are of, as far as they say.

    One number by two issuers is of two patients; where an issuer is not stated, nothing differs.
    """
    issuers: dict[str, set[str]] = {}
    for image in images:
        if image.patient_key:
            issuers.setdefault(image.patient_key, set()).add(image.issuer_key)
    return sum(max(1, len(found - {""})) for found in issuers.values())


def _check_one_patient(found: Sequence[Series], name: str) -> None:
    patients = count_patients(found)
    if patients > 1:
        raise InputError(
            f"The {name} series are of {patients} patients (PatientID (0010,0020), or "
            "IssuerOfPatientID (0010,0021), differs); one patient is scored at a time. Give the "
            "files of one patient, or choose the series."
        )

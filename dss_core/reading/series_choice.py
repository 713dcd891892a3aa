"""Series selection: the CT and PET that belong together, or an error.

References
----------
DICOM PS3.3 C.7.4.1 (frame of reference), C.8.9.1 (CorrectedImage).
"""

from collections.abc import Sequence

from dss_core.errors import InputError
from dss_core.reading.image_type_checks import is_usable
from dss_core.reading.inventory import Inventory, Series
from dss_core.reading.tags import values
from dss_core.reading.volume_files import FileImage, PetUnit

Image = Series | FileImage
_NAMES = {"CT": "CT", "PT": "PET"}


def propose_series(
    inventory: Inventory,
    modality: str,
    uid: str | None = None,
    pet_unit: PetUnit | None = None,
    beside: Inventory | None = None,
) -> Image:
    """The series with this UID, or the obvious one of its modality.

    Obvious is: usable; for PET attenuation corrected, static; in the frame of reference and
    study of a series of the other modality; then the one with most images.

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
        If there is none, naming what was found instead, or the files are of several patients.
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
    return max(found, key=lambda s: _fitness(s, partners))


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


def _check_one_patient(found: Sequence[Series], name: str) -> None:
    patients = {s.patient_key for s in found} - {""}
    if len(patients) > 1:
        raise InputError(
            f"The {name} series are of {len(patients)} patients (PatientID (0010,0020) differs); "
            "one patient is scored at a time. Give the files of one patient, or choose the series."
        )

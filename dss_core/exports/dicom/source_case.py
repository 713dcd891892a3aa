"""A scored case with the series that it came from: what every DICOM object of it is made of."""

import hashlib
import json
from dataclasses import dataclass, replace

from pydicom.uid import CTImageStorage, PositronEmissionTomographyImageStorage

from dss_core.case.case_files import ImageSeries
from dss_core.case.make_record import images_digest, region_digest
from dss_core.case.record import CaseRecord
from dss_core.errors import InputError
from dss_core.reading.derived_uid import derived_uid
from dss_core.reading.inventory import Series, read_dataset
from dss_core.reading.new_dicom_object import Making
from dss_core.reading.patient_and_study import (
    IdentityChoice,
    PatientAndStudy,
    of_nobody,
    patient_and_study,
)
from dss_core.reading.privacy import without_identity
from dss_core.records import Roi, Volume
from dss_core.regions.region_writer import Origin, references_of
from dss_core.regions.structure_set import ImageReferences, Instance
from dss_core.spatial.alignment import AlignedImages


@dataclass(frozen=True)
class SourceCase:
    """A record, the region that was scored, and the images that both belong to.

    Attributes
    ----------
    roi : Roi
        On the grid of the CT.
    ct, pet : ImageReferences
    patient : PatientAndStudy
        Whose the objects are.
    """

    record: CaseRecord
    roi: Roi
    ct: ImageReferences
    pet: ImageReferences
    patient: PatientAndStudy

    @property
    def making(self) -> Making:
        """Whose the objects are, and the moment at which the case was scored."""
        return Making(self.patient, self.record.created)

    @property
    def result_digest(self) -> str:
        """SHA-256 of the result: another result makes other objects."""
        content = json.dumps(self.record.result, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def origin(self) -> Origin:
        """The same with the CT, for the region."""
        return Origin(self.ct, self.record.created, self.patient)


def source_case(
    record: CaseRecord, roi: Roi, series: ImageSeries, identity: IdentityChoice
) -> SourceCase:
    """Bring a record together with the series it was scored from.

    Raises
    ------
    InputError
        If a series is no DICOM, or has not what an object must say of it.
    GeometryError
        If a series is not one regular stack.
    """
    ct, pet = _dicom(series.ct, "CT"), _dicom(series.pet, "PET")
    ct_images, pet_images = references_of(ct), references_of(pet)
    header = read_dataset(ct.slices[0].source)
    patient = patient_and_study(identity, header, ct_images.study_uid)
    if identity is IdentityChoice.NONE:
        roi = replace(roi, name=without_identity(roi.name, header))
    return SourceCase(record, _named(roi), ct_images, pet_images, patient)


def case_without_headers(record: CaseRecord, images: AlignedImages, roi: Roi) -> SourceCase:
    """A record with its kept images, which have no identifiers: nobody's.

    The objects refer to CT and PET by identifiers that follow from their digests, as they would to
    a copy whose identifiers were replaced: the same images have the same ones.
    """
    digest = record.source.images_digest
    ct = _replaced(images.ct, CTImageStorage, digest)
    pet = _replaced(images.pet, PositronEmissionTomographyImageStorage, digest)
    return SourceCase(record, _named(roi), ct, pet, of_nobody(digest))


def check_belongs(record: CaseRecord, images: AlignedImages, roi: Roi) -> None:
    """Refuse images or a region that the record was not made from.

    Raises
    ------
    InputError
    """
    if images_digest(images) != record.source.images_digest:
        raise InputError(
            f"CT and PET are not those that case {record.label!r} was scored from. Give its own."
        )
    if region_digest(roi) != record.region.digest:
        raise InputError(
            f"The region is not the one that case {record.label!r} was scored with. Give its own."
        )


def _named(roi: Roi) -> Roi:
    return replace(roi, name=roi.name.strip() or "Region")


def _replaced(volume: Volume, sop_class: str, images_digest: str) -> ImageReferences:
    n_slices = volume.grid.shape_zyx[0]
    return ImageReferences(
        study_uid=derived_uid("replaced study", images_digest),
        series_uid=derived_uid("replaced series", volume.digest),
        sop_class=sop_class,
        frame_of_reference=derived_uid("replaced frame of reference", images_digest),
        instances=tuple(
            Instance(derived_uid("replaced image", volume.digest, str(k))) for k in range(n_slices)
        ),
    )


def _dicom(image: object, name: str) -> Series:
    if not isinstance(image, Series):
        raise InputError(
            f"The {name} is a volume file; DICOM objects refer to DICOM images. Give its DICOM "
            "series."
        )
    return image

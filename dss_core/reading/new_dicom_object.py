"""A DICOM object that this program writes: patient, study, series and equipment, and its bytes.

Identifiers follow from the content, so that the same content is the same object; its dates are
handed over and are not part of that.

References
----------
DICOM PS3.3 C.7.3.1 (general series), C.7.5.1 (equipment), C.12.1 (SOP common); PS3.10 7.1.
"""

import io
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dss_core import __version__
from dss_core.reading.derived_uid import derived_uid
from dss_core.reading.patient_and_study import PatientAndStudy

IMPLEMENTATION = "2.25.133671042968123412508125634190274112853"
MAKER = "nsclc-dss"


@dataclass(frozen=True)
class ObjectKind:
    """What is the same in all objects of one kind.

    Attributes
    ----------
    series_number : int
        High, so that it is none of the scanner's.
    """

    sop_class: str
    modality: str
    series_number: int
    series_description: str


@dataclass(frozen=True)
class Making:
    """Whose an object is, and when its content was made."""

    patient: PatientAndStudy
    made: datetime

    @property
    def date(self) -> str:
        """DICOM DA."""
        return self.patient.local(self.made).strftime("%Y%m%d")

    @property
    def time(self) -> str:
        """DICOM TM with microseconds."""
        return self.patient.local(self.made).strftime("%H%M%S.%f")


def new_object(kind: ObjectKind, making: Making, *content: str) -> Dataset:
    """A dataset with everything that is not its content.

    Parameters
    ----------
    kind : ObjectKind
    making : Making
    *content : str
        Whatever makes this object another one than others of its kind.
    """
    ds = Dataset()
    fill_object(ds, kind, making, *content)
    return ds


def fill_object(ds: Dataset, kind: ObjectKind, making: Making, *content: str) -> None:
    """Put into a dataset what `new_object` has."""
    uid = object_uid(kind, making, *content)
    making.patient.put_into(ds)
    ds.SOPClassUID, ds.SOPInstanceUID = UID(kind.sop_class), uid
    ds.InstanceCreationDate, ds.InstanceCreationTime = making.date, making.time
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = kind.modality, kind.series_number, 1
    ds.SeriesInstanceUID = derived_uid("series", uid)
    ds.SeriesDescription = kind.series_description
    ds.Manufacturer, ds.ManufacturerModelName = MAKER, MAKER
    ds.DeviceSerialNumber, ds.SoftwareVersions = __version__, __version__


def object_uid(kind: ObjectKind, making: Making, *content: str) -> UID:
    """SOPInstanceUID of an object."""
    patient = making.patient
    whose = (patient.identity, patient.study_uid, *patient.attributes.values())
    return derived_uid(kind.sop_class, __version__, *whose, *content)


def dicom_bytes(ds: Dataset) -> bytes:
    """The object as a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION)
    ds.file_meta = meta
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()

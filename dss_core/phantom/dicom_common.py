"""Shared DICOM attributes of a simulated study: identity, identifiers, writing.

Everything follows from a seed, unique identifiers included, so that two runs write the same
bytes. The patient is named simulated in every object.

References
----------
DICOM PS3.5 B.2 (UUID-derived UIDs under 2.25), PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.12.1.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dss_core import __version__
from dss_core.storage import writing

IMPLEMENTATION = "2.25.133671042968123412508125634190274112853"
MANUFACTURER = "SIMULATED"


def derived_uid(seed: int, *names: object) -> UID:
    """A unique identifier under 2.25 that depends only on the seed and the names."""
    text = "/".join(["dss-phantom", str(seed), *(str(n) for n in names)])
    return UID(f"2.25.{int(hashlib.sha256(text.encode()).hexdigest()[:31], 16)}")


@dataclass(frozen=True)
class Study:
    """A simulated patient on a simulated day.

    Attributes
    ----------
    seed : int
        All identifiers follow from it.
    sex : str
        "M" or "F".
    dose_bq : float
        Injected activity at injection time.
    injected, scanned : datetime
        Injection, and start of the PET acquisition (the decay reference).
    """

    seed: int
    sex: str
    age_years: int
    weight_kg: float
    height_m: float
    dose_bq: float
    injected: datetime
    scanned: datetime
    half_life_s: float = 6586.2
    patient_id: str = "SIM-0001"
    patient_name: str = "SIMULATED^DEMO"

    def uid(self, *names: object) -> UID:
        """An identifier of this study."""
        return derived_uid(self.seed, *names)

    @property
    def frame_of_reference(self) -> UID:
        """FrameOfReferenceUID shared by CT, PET and structures."""
        return self.uid("frame of reference")

    @property
    def dose_at_scan_bq(self) -> float:
        """Injected activity that is left at the start of the scan."""
        waited = (self.scanned - self.injected) / timedelta(seconds=1)
        return float(self.dose_bq * 2 ** (-waited / self.half_life_s))


def new_object(study: Study, sop_class: str, modality: str, description: str) -> Dataset:
    """A dataset with patient, study, series and equipment filled in."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = sop_class
    ds.PatientName = study.patient_name
    ds.PatientID = study.patient_id
    ds.PatientBirthDate = ""
    ds.PatientSex = study.sex
    ds.PatientAge = f"{study.age_years:03d}Y"
    ds.PatientWeight = f"{study.weight_kg:.1f}"
    ds.PatientSize = f"{study.height_m:.2f}"
    ds.PatientComments = "Simulated patient: not a real person"
    ds.StudyInstanceUID = study.uid("study")
    ds.StudyID = "1"
    ds.AccessionNumber = ""
    ds.ReferringPhysicianName = ""
    ds.StudyDate, ds.StudyTime = date_of(study.scanned), time_of(study.scanned)
    ds.StudyDescription = "SIMULATED FDG PET/CT thorax"
    ds.Modality = modality
    ds.SeriesInstanceUID = study.uid("series", modality)
    ds.SeriesNumber = {"CT": "2", "PT": "3"}.get(modality, "4")
    ds.SeriesDate, ds.SeriesTime = ds.StudyDate, ds.StudyTime
    ds.SeriesDescription = f"SIMULATED {description}"
    ds.BodyPartExamined = "CHEST"
    ds.PatientPosition = "HFS"
    ds.Manufacturer = MANUFACTURER
    ds.ManufacturerModelName = "dss_core.phantom"
    ds.SoftwareVersions = __version__
    ds.FrameOfReferenceUID = study.frame_of_reference
    ds.PositionReferenceIndicator = ""
    ds.InstanceCreationDate, ds.InstanceCreationTime = ds.StudyDate, ds.StudyTime
    return ds


def write(ds: Dataset, path: Path) -> None:
    """Write a dataset as a DICOM file, the same bytes every time."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION)
    meta.ImplementationVersionName = "DSS_PHANTOM"
    ds.file_meta = meta
    with writing(path):
        ds.save_as(path, enforce_file_format=True)


def date_of(moment: datetime) -> str:
    """DICOM DA."""
    return moment.strftime("%Y%m%d")


def time_of(moment: datetime) -> str:
    """DICOM TM with microseconds."""
    return moment.strftime("%H%M%S.%f")


def decimal(value: float) -> str:
    """DICOM DS: a number in at most 16 characters."""
    for digits in range(15, 5, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    raise AssertionError(f"{value} has no 16 character form")

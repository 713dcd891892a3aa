"""A demo patient's record put on the series of a tiny case: DICOM objects without scoring."""

import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from dss_core.case.case_files import ImageFiles, find_images
from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import CaseRecord
from dss_core.exports.dicom.dicom_objects import ObjectName, Presentation, dicom_objects
from dss_core.exports.dicom.source_case import SourceCase, source_case
from dss_core.reading.patient_and_study import IdentityChoice
from dss_core.reading.volume import stack_of
from dss_core.records import Roi
from tests.dicom_case import WrittenCase, write_case

PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
SOURCE_TAGS = {
    "PatientName": "Wang^XiaoDong=王^小东",
    "PatientID": "00123 ",
    "IssuerOfPatientID": "Hospital A",
    "PatientBirthDate": "19510203",
    "PatientSex": "M",
    "StudyDate": "20200101",
    "StudyTime": "101112.5",
    "StudyID": "007",
    "StudyDescription": "PET/CT",
    "AccessionNumber": "A-0042",
    "ReferringPhysicianName": "Li^Wei",
}


def record_named(name: str) -> CaseRecord:
    """The shipped record of a demo patient."""
    return next(p.record for p in demo_patients() if p.name == name)


def png(side: int = 7) -> bytes:
    """A picture with an odd number of pixels."""
    values = np.arange(side * side * 3, dtype=np.uint8).reshape(side, side, 3)
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    return stream.getvalue()


@dataclass(frozen=True)
class Source:
    """A tiny case on disk, whose headers can be changed."""

    files: WrittenCase

    def set(self, *folders: Path, charset: str | list[str] = "ISO_IR 192", **tags: object) -> None:
        """Set tags of every image, in CT and PET unless folders are named; None removes one."""
        for path in [p for f in folders or (self.files.ct, self.files.pet) for p in f.iterdir()]:
            ds = pydicom.dcmread(path)
            ds.SpecificCharacterSet = charset
            for keyword, value in tags.items():
                if value is None:
                    del ds[keyword]
                else:
                    setattr(ds, keyword, value)
            ds.save_as(path)

    def case(
        self,
        record: CaseRecord,
        identity: IdentityChoice = IdentityChoice.SOURCE,
        roi: Roi | None = None,
    ) -> SourceCase:
        """The record on these series."""
        series = find_images(ImageFiles(self.files.ct, self.files.pet))
        return source_case(record, roi or self.roi(), series, identity)

    def roi(self) -> Roi:
        """A ragged box on the CT's grid."""
        series = find_images(ImageFiles(self.files.ct, self.files.pet))
        grid = stack_of(series.ct).grid
        mask = np.zeros(grid.shape_zyx, dtype=np.bool_)
        mask[3:7, 20:31, 15:40] = True
        mask[5, 20:24, 15:18] = False
        return Roi("GTV", mask, grid, "PET threshold, 41 % of SUVmax", 2.5)


def written_source(folder: Path) -> Source:
    """A tiny case with a patient who has a name."""
    source = Source(write_case(folder))
    source.set(**SOURCE_TAGS)
    return source


def objects_of(case: SourceCase, *names: ObjectName) -> dict[ObjectName, bytes]:
    """The files of all objects, or of these."""
    shown = Presentation(png(), "PET on CT", PDF)
    made = dicom_objects(case, names or list(ObjectName), shown)
    return {one.name: one.content for one in made}


def read(content: bytes) -> Dataset:
    """A file read by pydicom."""
    return pydicom.dcmread(io.BytesIO(content))


def validator_errors(content: bytes, folder: Path) -> list[str]:
    """Lines of dciodvfy that say Error."""
    program = shutil.which("dciodvfy")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have dciodvfy (Debian: dicom3tools)")
        pytest.skip("dciodvfy (Debian: dicom3tools) is not installed")
    path = folder / "object.dcm"
    path.write_bytes(content)
    done = subprocess.run([program, str(path)], capture_output=True, text=True, errors="replace")
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) > 0
    return [line for line in lines if "Error" in line]

"""DICOM objects of a scored case: whose they are, what they say, and what a validator says."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from dss_core.case.record import CaseRecord
from dss_core.errors import DssError, GeometryError, InputError
from dss_core.exports.dicom import codes
from dss_core.exports.dicom.dicom_objects import ObjectName, Presentation, dicom_objects
from dss_core.reading.patient_and_study import IdentityChoice
from dss_core.reading.sources import from_uploads
from dss_core.regions.region_files import on_image, read_region_file
from tests.dicom_objects import (
    PDF,
    Source,
    objects_of,
    png,
    read,
    record_named,
    validator_errors,
    written_source,
)

RECORD = record_named("egfr-high")
BOTH = list(IdentityChoice)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return written_source(tmp_path_factory.mktemp("source"))


def changed(record: CaseRecord, **result: object) -> CaseRecord:
    return record.model_copy(update={"result": record.result | result})


@pytest.mark.parametrize("identity", BOTH)
@pytest.mark.parametrize("record", ["egfr-high", "withheld", "indeterminate"])
def test_no_object_has_an_error_by_the_validator(
    source: Source, identity: IdentityChoice, record: str, tmp_path: Path
) -> None:
    for name, content in objects_of(source.case(record_named(record), identity)).items():
        assert validator_errors(content, tmp_path) == [], name


def test_another_region_makes_another_segmentation_and_report(source: Source) -> None:
    roi = source.roi()
    smaller = roi.mask_zyx.copy()
    smaller[3] = False
    first, other = (
        objects_of(source.case(RECORD, roi=r), ObjectName.SEG, ObjectName.SR)
        for r in (roi, replace(roi, mask_zyx=smaller))
    )
    for name, content in first.items():
        assert read(content).SOPInstanceUID != read(other[name]).SOPInstanceUID


def test_segmentation_read_by_simpleitk_and_by_ourselves_is_the_region(
    source: Source, tmp_path: Path
) -> None:
    roi = source.roi()
    content = objects_of(source.case(RECORD), ObjectName.SEG)[ObjectName.SEG]
    path = tmp_path / "seg.dcm"
    path.write_bytes(content)
    frames = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    touched = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    assert (frames.astype(bool) == roi.mask_zyx[touched]).all()
    (uploaded,) = from_uploads([content])
    (region,) = read_region_file(uploaded)
    assert (on_image(region, roi.grid)[0].mask_zyx == roi.mask_zyx).all()


def test_picture_is_the_same_to_the_pixel(source: Source) -> None:
    ds = read(objects_of(source.case(RECORD), ObjectName.SC)[ObjectName.SC])
    with Image.open(io.BytesIO(png())) as picture:
        assert (ds.pixel_array == np.asarray(picture)).all()
    assert ds.ImageComments == "PET on CT"


@pytest.mark.parametrize("pdf", [PDF, PDF + b" "])
def test_document_is_the_same_to_the_byte(source: Source, pdf: bytes) -> None:
    (made,) = dicom_objects(source.case(RECORD), [ObjectName.REPORT], Presentation(pdf=pdf))
    ds = read(made.content)
    assert ds.EncapsulatedDocument[: ds.EncapsulatedDocumentLength] == pdf
    assert ds.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == codes.SCHEME


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (Presentation(pdf=b"<html>"), "The report is no whole PDF"),
        (Presentation(pdf=PDF[:40]), "The report is no whole PDF"),
        (Presentation(pdf=b""), "The report is no whole PDF"),
        (Presentation(png=b"GIF89a"), "The picture cannot be read as PNG"),
        (Presentation(png=png()[:50]), "The picture cannot be read as PNG"),
        (Presentation(), "There is no (picture|document) of the case"),
    ],
)
def test_what_is_no_picture_or_document_is_refused(
    source: Source, shown: Presentation, sentence: str
) -> None:
    name = ObjectName.SC if shown.png else ObjectName.REPORT
    with pytest.raises(InputError, match=sentence):
        dicom_objects(source.case(RECORD), [name], shown)


def test_empty_region_is_refused(source: Source) -> None:
    roi = source.roi()
    empty = replace(roi, mask_zyx=np.zeros_like(roi.mask_zyx))
    with pytest.raises(GeometryError, match="has no voxel"):
        objects_of(source.case(RECORD, roi=empty))


@pytest.mark.parametrize("identity", BOTH)
@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "FrameOfReferenceUID"])
def test_source_without_an_identifier_to_refer_to_is_refused(
    tmp_path: Path, identity: IdentityChoice, keyword: str
) -> None:
    source = written_source(tmp_path)
    source.set(**{keyword: None})
    with pytest.raises(DssError, match=rf"have no {keyword} \("):
        source.case(RECORD, identity)


@pytest.mark.parametrize("identity", BOTH)
def test_report_of_two_studies_is_refused_and_the_rest_is_not(
    tmp_path: Path, identity: IdentityChoice
) -> None:
    source = written_source(tmp_path)
    source.set(source.files.pet, StudyInstanceUID="1.2.3.4")
    case = source.case(RECORD, identity)
    with pytest.raises(InputError, match="CT and PET are of different studies"):
        objects_of(case)
    assert len(objects_of(case, ObjectName.SEG, ObjectName.SC, ObjectName.REPORT)) == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_number_that_is_not_finite_is_refused(source: Source, value: float) -> None:
    measures = RECORD.result["measures"] | {"suv_peak": value}
    with pytest.raises(InputError, match="suv_peak of the result is"):
        objects_of(source.case(changed(RECORD, measures=measures)), ObjectName.SR)

"""The de-identified copy: nothing that was planted is left, and the same SUV comes out."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.cli import main
from dss_core.reading.deidentification import Disguise, deidentify
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.reading.suv import Pet, read_pet
from tests.dicom_case import WrittenCase, write_case

PLANTED = {
    "PatientName": "Plantedname^Xaver", "PatientID": "PLANTEDID77", "PatientBirthDate": "19510203",
    "AccessionNumber": "PLANTEDACC5", "ReferringPhysicianName": "Plantedref^Doc",
    "InstitutionName": "Planted Hospital", "InstitutionAddress": "Planted street 5",
    "StationName": "PLANTEDSTAT", "OperatorsName": "Plantedop^O", "StudyID": "PLANTEDSTUDY",
    "StudyDescription": "planted study", "SeriesDescription": "planted series",
    "PatientComments": "planted comment", "DeviceSerialNumber": "PLANTEDSERIAL",
    "OtherPatientIDs": "PLANTEDOTHER", "PatientAddress": "planted address",
    "RequestingPhysician": "Plantedreq^R", "ImageComments": "planted image",
    "StudyDate": "20200101", "ContentDate": "20200101",
}  # fmt: skip


def plant(dataset: Dataset) -> None:
    for keyword, value in PLANTED.items():
        setattr(dataset, keyword, value)
    request = Dataset()
    request.RequestedProcedureDescription = "planted request"
    request.AccessionNumber = "PLANTEDINNER"
    dataset.RequestAttributesSequence = Sequence([request])
    block = dataset.private_block(0x0029, "PLANTED PRIVATE", create=True)
    block.add_new(0x01, "LO", "planted private value")
    if "StructureSetROISequence" in dataset:
        dataset.StructureSetROISequence[1].ROIName = "plantedroi Xaver"
        reference = Dataset()
        reference.FrameOfReferenceUID = dataset.StructureSetROISequence[
            0
        ].ReferencedFrameOfReferenceUID
        dataset.ReferencedFrameOfReferenceSequence = Sequence([reference])


@pytest.fixture
def case(tmp_path: Path) -> WrittenCase:
    case = write_case(tmp_path / "in", region_names=("GTV-1", "other"))
    for path in case.files():
        dataset = pydicom.dcmread(path)
        plant(dataset)
        dataset.save_as(path)
    return case


@pytest.fixture
def copy(case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["deidentify", str(case.ct.parent), str(tmp_path / "out")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["written"] == {"ct": 12, "pet": 12, "rtstruct": 1}
    return tmp_path / "out"


def pet_of(folder: Path) -> Pet:
    return read_pet(propose_series(take_inventory(from_paths([folder])), "PT"))


def test_no_planted_byte_is_left_in_files_or_names(case: WrittenCase, copy: Path) -> None:
    files = [p for p in copy.rglob("*") if p.is_file()]
    assert len(files) == 25
    old_uids = {str(e.value) for p in case.files() for e in pydicom.dcmread(p) if e.VR == "UI"}
    personal = [u.encode() for u in old_uids if not u.startswith("1.2.840.10008.")]
    for path in files:
        content = path.read_bytes()
        for planted in (b"planted", b"xaver", b"19510203", b"20200101"):
            assert planted not in content.lower(), (path.name, planted)
            assert planted not in str(path.relative_to(copy)).lower().encode()
        assert not [u for u in personal if u in content]


def test_suv_volume_of_the_copy_is_exactly_the_same(case: WrittenCase, copy: Path) -> None:
    before, after = pet_of(case.pet), pet_of(copy)
    assert np.array_equal(before.volume.values_zyx, after.volume.values_zyx)
    assert before.record == after.record
    assert np.array_equal(before.volume.grid.affine, after.volume.grid.affine)


def test_references_between_the_files_hold(case: WrittenCase, copy: Path) -> None:
    found = take_inventory(from_paths([copy]))
    images = open_images(ImageSeries(propose_series(found, "CT"), propose_series(found, "PT")))
    regions = read_regions(found.structure_sets)
    assert [r.name for r in regions] == ["GTV-1", "ROI 2"]
    assert take_region(regions, "GTV-1", images).roi.volume_ml > 3.0


def test_characteristics_stay_and_dates_move_by_whole_days(copy: Path) -> None:
    (first, *others) = [pydicom.dcmread(p) for p in copy.rglob("*.dcm")]
    assert {d.StudyDate for d in others} == {first.StudyDate}
    pet = next(d for d in (first, *others) if d.Modality == "PT")
    assert (pet.PatientWeight, pet.AcquisitionTime) == (70.0, "110000")
    assert pet.SeriesDate == pet.AcquisitionDate == pet.StudyDate != "20200101"
    assert pet.PatientBirthDate == ""
    assert pet.PatientIdentityRemoved == "YES"
    assert [c.CodeValue for c in pet.DeidentificationMethodCodeSequence] == [
        "113100", "113108", "113107",
    ]  # fmt: skip


def test_every_reference_object_and_raw_scan_keeps_its_suv(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DRO_2_4", "DRO_3_4", "DRO_4_0"):
        source, target = shared_data / "suv_dro" / name / "PT", tmp_path / name
        assert main(["deidentify", str(source), str(target)]) == 0
        before, after = pet_of(source), pet_of(target)
        assert np.array_equal(before.volume.values_zyx, after.volume.values_zyx)
        assert before.record.rule == after.record.rule
    capsys.readouterr()


def test_scan_time_in_a_private_tag_moves_with_the_dates() -> None:
    dataset = Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.128", "1.2.3"
    dataset.add_new((0x0009, 0x0010), "LO", "GEMS_PETD_01")
    dataset.add_new((0x0009, 0x100D), "DT", "20200301101500.00")
    dataset.SeriesDate = "20200301"
    deidentify(dataset, Disguise("secret", -30))
    assert dataset[0x0009, 0x100D].value == "20200131101500.00"
    assert dataset.SeriesDate == "20200131"


def test_captures_and_burned_in_images_are_left_out(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marked = pydicom.dcmread(case.ct / "001.dcm")
    marked.BurnedInAnnotation = "YES"
    marked.save_as(case.ct / "001.dcm")
    assert main(["deidentify", str(case.ct), str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == {"burned-in annotation": 1}


def test_full_target_folder_is_refused(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deidentify", str(case.ct), str(case.pet)]) == 2
    assert "is not an empty folder; name a new folder." in capsys.readouterr().err


def test_scale_in_another_private_block_and_time_zone_keep_the_suv(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in case.pet.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.Units = "CNTS"
        dataset.TimezoneOffsetFromUTC = "+0100"
        drug = dataset.RadiopharmaceuticalInformationSequence[0]
        drug.RadiopharmaceuticalStartDateTime = "20200101090000+0000"
        dataset.add_new((0x7053, 0x0011), "LO", "Philips PET Private Group")
        dataset.add_new((0x7053, 0x1109), "DS", "2.0")
        dataset.save_as(path)
    assert main(["deidentify", str(case.pet), str(tmp_path / "copy")]) == 0
    capsys.readouterr()
    before, after = pet_of(case.pet), pet_of(tmp_path / "copy")
    assert before.record == after.record
    assert np.array_equal(before.volume.values_zyx, after.volume.values_zyx)


def test_a_region_name_that_fits_and_holds_the_patients_name_is_replaced(tmp_path: Path) -> None:
    written = write_case(tmp_path, region_names=("GTV Zhou", "GTV left", "GTV_1"))
    dataset = pydicom.dcmread(written.region)
    dataset.PatientName = "Zhou^Min"
    found = deidentify(dataset, Disguise("secret", 10)).StructureSetROISequence
    assert [str(item.ROIName) for item in found] == ["ROI 1", "GTV left", "GTV_1"]

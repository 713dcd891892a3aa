"""Which series is proposed when several are given, and what is refused."""

from pathlib import Path

import pydicom
import pytest

from dss_core.case.case_files import ImageSeries
from dss_core.case.open_case import open_images
from dss_core.errors import InputError
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.reading.volume import read_ct
from tests.dicom_case import WrittenCase, write_case


@pytest.fixture
def case(tmp_path: Path) -> WrittenCase:
    return write_case(tmp_path)


def inventory(case: WrittenCase) -> Inventory:
    return take_inventory(from_paths([case.ct.parent]))


def add_series(folder: Path, name: str, **changes: object) -> str:
    """A copy of a series beside it with other tags; returns its UID."""
    target = folder.parent / name
    target.mkdir()
    uid = pydicom.uid.generate_uid(entropy_srcs=[name])
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.SeriesInstanceUID = uid
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        dataset.save_as(target / path.name)
    return str(uid)


def extend(folder: Path) -> None:
    """One more slice, so that the series is the larger one."""
    last = pydicom.dcmread(max(folder.iterdir()))
    last.ImagePositionPatient[2] = float(last.ImagePositionPatient[2]) + float(last.SliceThickness)
    last.SOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=[str(folder)])
    last.save_as(folder / "last.dcm")


def test_corrected_pet_is_proposed_before_a_larger_uncorrected_one(case: WrittenCase) -> None:
    wanted = propose_series(inventory(case), "PT").uid
    add_series(case.pet, "nac", CorrectedImage=["DECY", "SCAT"])
    extend(case.pet.parent / "nac")
    assert propose_series(inventory(case), "PT").uid == wanted


def test_static_pet_is_proposed_before_a_larger_gated_one(case: WrittenCase) -> None:
    wanted = propose_series(inventory(case), "PT").uid
    add_series(case.pet, "gated", SeriesType=["GATED", "IMAGE"])
    extend(case.pet.parent / "gated")
    assert propose_series(inventory(case), "PT").uid == wanted


def test_ct_in_the_frame_of_the_pet_is_proposed_before_a_larger_one(case: WrittenCase) -> None:
    wanted = propose_series(inventory(case), "CT").uid
    add_series(case.ct, "diagnostic", FrameOfReferenceUID="1.2.3", StudyInstanceUID="1.2.4")
    extend(case.ct.parent / "diagnostic")
    assert propose_series(inventory(case), "CT").uid == wanted
    apart = take_inventory(from_paths([case.ct, case.ct.parent / "diagnostic"]))
    pet = take_inventory(from_paths([case.pet]))
    assert propose_series(apart, "CT", beside=pet).uid == wanted


def test_captures_and_dose_reports_are_not_proposed(case: WrittenCase) -> None:
    wanted = propose_series(inventory(case), "CT").uid
    add_series(case.ct, "dose", ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"])
    extend(case.ct.parent / "dose")
    assert propose_series(inventory(case), "CT").uid == wanted


def test_series_is_taken_by_its_uid(case: WrittenCase) -> None:
    uid = add_series(case.ct, "other", SeriesDescription="other")
    assert propose_series(inventory(case), "CT", uid).uid == uid
    with pytest.raises(InputError, match=r"no CT series with SeriesInstanceUID .* '9\.9'; found"):
        propose_series(inventory(case), "CT", "9.9")


def test_files_of_two_patients_are_refused(case: WrittenCase) -> None:
    add_series(case.ct, "other", PatientID="someone else")
    with pytest.raises(
        InputError, match=r"CT series are of 2 patients \(PatientID \(0010,0020\), or "
    ):
        propose_series(inventory(case), "CT")


def test_ct_and_pet_of_two_studies_are_said(case: WrittenCase) -> None:
    uid = add_series(case.ct, "other", StudyInstanceUID="1.2.3")
    found = inventory(case)
    images = open_images(ImageSeries(propose_series(found, "CT", uid), propose_series(found, "PT")))
    assert [c.code for c in images.warnings] == ["different_studies"]


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ({"BurnedInAnnotation": "YES"}, r"text burned in \(BurnedInAnnotation \(0028,0301\)"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "secondary capture or dose report"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, "is a projection"),
        ({"SamplesPerPixel": 3}, "in colour"),
    ],
)
def test_series_that_is_no_stack_of_measurements_is_refused(
    case: WrittenCase, tags: dict[str, object], sentence: str
) -> None:
    uid = add_series(case.ct, "other", **tags)
    with pytest.raises(InputError, match=sentence):
        read_ct(propose_series(inventory(case), "CT", uid))


def test_the_description_of_a_series_does_not_name_the_patient(tmp_path: Path) -> None:
    case = write_case(tmp_path, ct_description="CASE SIMULATED thorax", with_region=False)
    assert {s.description for s in inventory(case).series} == {"*** thorax", "PET corrected"}

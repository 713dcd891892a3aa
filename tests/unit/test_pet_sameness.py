"""What enters the SUV is one for all slices, and copies of a slice are copies in everything."""

import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from dss_core.errors import GeometryError, InputError
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sameness import SERIES_WIDE, check_series_wide
from dss_core.reading.sources import from_paths
from dss_core.reading.suv import read_pet, suv_plan
from tests.dicom_case import write_case
from tests.pet_headers import HALF_LIFE_S, PLAIN, headers

CHANGED = {
    "Units": ("(0054,1001)", "GML"),
    "SUVType": ("(0054,1006)", "BSA"),
    "SeriesType": ("(0054,1000)", "WHOLE BODY\\IMAGE"),
    "DecayCorrection": ("(0054,1102)", "ADMIN"),
    "CorrectedImage": ("(0028,0051)", "DECY\\ATTN"),
    "PatientWeight": ("(0010,1030)", "71"),
    "PatientSize": ("(0010,1020)", "1.8"),
    "PatientSex": ("(0010,0040)", "M"),
    "SeriesDate": ("(0008,0021)", "20200103"),
    "SeriesTime": ("(0008,0031)", "110001"),
    "TimezoneOffsetFromUTC": ("(0008,0201)", "+0100"),
    "GE scan time": ("(0009,100D)", "20200102110000"),
    "Philips SUV scale": ("(7053,1000)", "0.0005"),
    "RadionuclideTotalDose": ("(0018,1074)", "3.8E8"),
    "RadionuclideHalfLife": ("(0018,1075)", "4062.6"),
    "RadionuclideCodeSequence": ("(0054,0300)", "C-111A1"),
    "RadiopharmaceuticalStartTime": ("(0018,1072)", "100001"),
    "RadiopharmaceuticalStartDateTime": ("(0018,1078)", "20200102100001"),
}
ELEMENTS = {"GE scan time": (0x0009, 0x100D), "Philips SUV scale": (0x7053, 0x1000)}


def change(item: Dataset, name: str, value: str) -> None:
    if name in ELEMENTS:
        item.add_new(ELEMENTS[name], "LO", value)
        return
    target = item
    if name.startswith("Radio"):
        target = item.RadiopharmaceuticalInformationSequence[0]
    if name == "RadionuclideCodeSequence":
        code = Dataset()
        code.CodeValue = value
        target.RadionuclideCodeSequence = [code]
    else:
        setattr(target, name, value.split("\\") if "\\" in value else value)


def own_tracers(slices: list[Dataset]) -> list[Dataset]:
    """The slices, each with a tracer item of its own."""
    for item in slices:
        tracer = Dataset()
        tracer.update(item.RadiopharmaceuticalInformationSequence[0])
        item.RadiopharmaceuticalInformationSequence = [tracer]
    return slices


def test_every_series_wide_statement_is_tried_here() -> None:
    assert {s.name for s in SERIES_WIDE} == CHANGED.keys()


@pytest.mark.parametrize("name", CHANGED)
def test_slices_that_differ_in_what_enters_the_suv_are_refused(name: str) -> None:
    slices = own_tracers([*headers(), *headers()])
    tag, value = CHANGED[name]
    change(slices[3], name, value)
    start = f"{name} differs between images of the PET series: {tag} is "
    end = f" and {value}; one value is needed. Export one series."
    with pytest.raises(InputError, match=f"^{re.escape(start)}.*{re.escape(end)}$"):
        suv_plan(slices)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PatientWeight", "7.0E1"),
        ("RadionuclideTotalDose", "370000000"),
        ("RadionuclideHalfLife", "6586.200"),
        ("SeriesTime", "11:00:00.000"),
        ("RadiopharmaceuticalStartTime", "1000"),
        ("CorrectedImage", "SCAT\\DECY\\ATTN"),
    ],
)
def test_one_value_written_otherwise_is_one_value(name: str, value: str) -> None:
    slices = own_tracers(headers())
    change(slices[1], name, value)
    check_series_wide(slices)
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)


def test_beds_on_both_sides_of_midnight_have_one_factor() -> None:
    slices = headers(
        SeriesTime="235000",
        RadiopharmaceuticalStartTime="225000",
        RadiopharmaceuticalStartDateTime="20200102225000",
    )
    for item, day, time, offset in (
        (slices[0], "20200102", "235000", 0.0),
        (slices[1], "20200103", "000200", 720_000.0),
    ):
        item.AcquisitionDate, item.AcquisitionTime, item.FrameReferenceTime = day, time, offset
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)


@pytest.fixture
def pet(tmp_path: Path) -> Path:
    return write_case(tmp_path / "case", with_ct=False, with_region=False).pet


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("RescaleSlope", "0.5"),
        ("RescaleIntercept", "1"),
        ("AcquisitionTime", "110500"),
        ("PatientWeight", "80"),
        ("Units", "GML"),
        ("DecayFactor", "1.1"),
    ],
)
def test_a_slice_stored_twice_with_other_numbers_is_no_copy(
    pet: Path, keyword: str, value: str
) -> None:
    twice = pydicom.dcmread(sorted(pet.iterdir())[4])
    setattr(twice, keyword, value)
    twice.save_as(pet / "again.dcm", enforce_file_format=True)
    with pytest.raises(GeometryError, match=rf"at one position .*{keyword} \(.* {value}"):
        read_pet(take_inventory(from_paths([pet])).of_modality("PT")[0])


def test_a_slice_stored_twice_with_its_numbers_written_otherwise_is_a_copy(pet: Path) -> None:
    before = read_pet(take_inventory(from_paths([pet])).of_modality("PT")[0]).volume
    twice = pydicom.dcmread(sorted(pet.iterdir())[4])
    twice.PatientWeight, twice.AcquisitionTime = "70.00", "110000.000"
    twice.save_as(pet / "again.dcm", enforce_file_format=True)
    after = read_pet(take_inventory(from_paths([pet])).of_modality("PT")[0])
    assert np.array_equal(before.values_zyx, after.volume.values_zyx)
    assert "duplicates_dropped" in [w.code for w in after.record.warnings]

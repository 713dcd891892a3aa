"""Numbers of a header in another unit than DICOM's are refused, and what stands there is shown."""

import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from dss_core.errors import DssError, InputError
from dss_core.reading.inventory import take_inventory
from dss_core.reading.plausibility import check_share
from dss_core.reading.sources import from_paths
from dss_core.reading.suv import read_pet, suv_plan
from tests.dicom_case import write_case
from tests.pet_headers import headers


def fits(unit: str) -> str:
    return rf"\(it would fit in {unit}\)"


@pytest.mark.parametrize(
    ("keyword", "value", "sentence"),
    [
        ("RadionuclideHalfLife", "109.77", r"is 109\.77 seconds; .*" + fits("minutes")),
        ("RadionuclideHalfLife", "1.8295", r"is 1\.8295 seconds; .*" + fits("hours")),
        ("RadionuclideHalfLife", "6586200", r"is 6586200 seconds; .*" + fits("milliseconds")),
        ("RadionuclideHalfLife", "6000", r"is 6000 seconds; no PET nuclide has it, F-18 has 6586"),
        ("RadionuclideTotalDose", "10", r"\(0018,1074\) is 10 Bq, .*" + fits("mCi")),
        ("RadionuclideTotalDose", "370000", r"\(0018,1074\) is 370000 Bq, .*" + fits("kBq")),
        ("RadionuclideTotalDose", "0.37", r"\(0018,1074\) is 0\.37 Bq, .*" + fits("GBq")),
        ("RadionuclideTotalDose", "36", r"is 36 Bq, 5\.14e-07 .*were expected\. Correct"),
        ("RadionuclideTotalDose", "1.5E9", r"21\.4 MBq per kg .* 0\.5 to 20 MBq per kg were exp"),
        ("PatientWeight", "1", r"\(0010,1030\) is 1 kg; 2 to 350 kg were expected\. Correct"),
        ("PatientWeight", "700", r"\(0010,1030\) is 700 kg; .*" + fits("lb")),
        ("PatientWeight", "70000", r"\(0010,1030\) is 70000 kg; .*" + fits("g")),
        ("PatientWeight", "99999999", r"is 99999999 kg; 2 to 350 kg were expected\. Correct"),
    ],
)
def test_a_number_in_another_unit_is_refused_with_the_unit_that_would_fit(
    keyword: str, value: str, sentence: str
) -> None:
    slices = headers()
    for item in slices:
        tracer = item.RadiopharmaceuticalInformationSequence[0]
        setattr(tracer if keyword.startswith("Radio") else item, keyword, value)
    with pytest.raises(InputError, match=sentence):
        suv_plan(slices)


@pytest.mark.parametrize(
    ("code", "half_life", "usable"),
    [
        ("C-111A1", "6588", True),
        ("77004003", "6586.2", True),
        ("C-111A1", "4062.6", False),
        ("35337001", "6586.2", False),
        ("C-131A3", "4062.6", True),
        ("of another scheme", "6586.2", True),
    ],
)
def test_the_half_life_is_that_of_the_named_nuclide(
    code: str, half_life: str, usable: bool
) -> None:
    slices = headers(RadionuclideHalfLife=None)
    for item in slices:
        tracer = item.RadiopharmaceuticalInformationSequence[0]
        tracer.RadionuclideHalfLife = half_life
        name = pydicom.Dataset()
        name.CodeValue = code
        tracer.RadionuclideCodeSequence = [name]
    if usable:
        suv_plan(slices)
    else:
        with pytest.raises(InputError, match=f"is {half_life} seconds; that of (F-18|Ga-68) is"):
            suv_plan(slices)


@given(
    weight=st.floats(1e-3, 1e6), dose=st.floats(1e-3, 1e13), half_life=st.floats(1e-3, 1e9)
)  # fmt: skip
def test_no_header_numbers_give_an_suv_out_of_all_proportion(
    weight: float, dose: float, half_life: float
) -> None:
    """Bands: SUV per (Bq/mL) is between 1/20 and 1/0.5 of a mL per kBq, times decay."""
    slices = headers(PatientWeight=f"{weight:.6g}")
    for item in slices:
        tracer = item.RadiopharmaceuticalInformationSequence[0]
        tracer.RadionuclideTotalDose = f"{dose:.6g}"
        tracer.RadionuclideHalfLife = f"{half_life:.6g}"
    try:
        factors = suv_plan(slices).factors
    except InputError:
        return
    assert (factors >= 1 / 20e3).all() and (factors <= 16 / 0.5e3).all()


@pytest.fixture
def pet(tmp_path: Path) -> Path:
    return write_case(tmp_path / "case", with_ct=False, with_region=False).pet


def suv_of(folder: Path) -> np.ndarray:
    return read_pet(take_inventory(from_paths([folder])).of_modality("PT")[0]).volume.values_zyx


@pytest.mark.parametrize("divided_by", [1000.0, 3621.0, 1e-3, 1e-36])
def test_a_field_of_impossible_suv_is_refused(pet: Path, divided_by: float) -> None:
    """kBq/mL, SUV under BQML, mBq/mL, and numbers that overflow."""
    for path in pet.iterdir():
        item = pydicom.dcmread(path)
        item.RescaleSlope = f"{float(item.RescaleSlope) / divided_by:.8e}"
        item.save_as(path)
    with np.errstate(over="ignore"), pytest.raises(InputError, match="highest SUV of the PET is"):
        suv_of(pet)


def test_a_field_that_holds_more_than_was_given_is_refused() -> None:
    """70 litres of SUV 1 hold what 70 kg were given; of SUV 2, twice that."""
    body = np.ones((7, 10, 10), dtype=np.float32)
    check_share(body, 100.0, 70.0)
    with pytest.raises(InputError, match="would hold 200% of the injected activity"):
        check_share(2.0 * body, 100.0, 70.0)


NUMBERS = {
    "PatientWeight": "70,0",
    "RescaleSlope": "1,5 ",
    "RescaleIntercept": "0,0 ",
    "FrameReferenceTime": "1e400 ",
    "ActualFrameDuration": "12000O",
    "PixelSpacing": "4,0\\4,0 ",
    "ImagePositionPatient": "1\\2",
    "ImageOrientationPatient": "1\\0\\0\\0\\one\\0 ",
    "RadionuclideTotalDose": "3,5E8 ",
    "RadionuclideHalfLife": "6586\\2",
}


@pytest.mark.parametrize("keyword", NUMBERS)
def test_a_refusal_shows_what_stands_in_the_file(pet: Path, keyword: str) -> None:
    tag, stands = Tag(keyword), NUMBERS[keyword].encode()
    for path in pet.iterdir():
        item = pydicom.dcmread(path)
        target = item
        if keyword.startswith("Radio"):
            target = item.RadiopharmaceuticalInformationSequence[0]
        target[tag] = RawDataElement(tag, "DS", len(stands), stands, 0, False, True)
        item.save_as(path)
    name = re.escape(f"{keyword} ({tag.group:04X},{tag.element:04X})")
    found = re.escape(NUMBERS[keyword].strip())
    with pytest.raises(DssError, match=rf"{name}.* is {found}\b"):
        suv_of(pet)

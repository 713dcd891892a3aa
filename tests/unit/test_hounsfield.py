"""A CT is HU only when it says so and looks like it; its geometry is compared as numbers."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from dss_core.errors import GeometryError, InputError
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from dss_core.reading.volume import read_ct
from dss_core.records import Volume
from tests.dicom_case import write_case

Values = dict[str, object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_case(tmp_path / "case", with_pet=False, with_region=False).ct


def ct_of(folder: Path) -> Volume:
    return read_ct(take_inventory(from_paths([folder])).of_modality("CT")[0])[0]


def edit(folder: Path, values: Values, every: int = 1) -> None:
    for path in sorted(folder.iterdir())[::every]:
        item = pydicom.dcmread(path)
        for keyword, value in values.items():
            if value is None:
                delattr(item, keyword)
            else:
                setattr(item, keyword, value)
        item.save_as(path)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"RescaleSlope": None}, r"no RescaleSlope \(0028,1053\)"),
        ({"RescaleIntercept": None}, r"no RescaleIntercept \(0028,1052\)"),
        ({"RescaleIntercept": ""}, r"no RescaleIntercept \(0028,1052\)"),
        ({"RescaleType": "US"}, r"RescaleType \(0028,1054\) of the CT is US; Hounsfield"),
        ({"RescaleType": "MGML"}, r"RescaleType \(0028,1054\) of the CT is MGML"),
        ({"RescaleType": "Z_EFF"}, r"RescaleType \(0028,1054\) of the CT is Z_EFF"),
        ({"RescaleSlope": -1}, r"RescaleSlope \(0028,1053\) is -1\.0; a number above 0"),
        *(
            ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", kind]}, f"{kind} is not in Hounsfield")
            for kind in ("IODINE", "Z_EFF", "MAT_SPECIFIC", "ELECTRON_DENSITY", "RHO_Z")
        ),
    ],
)
@pytest.mark.parametrize("every", [1, 5])
def test_ct_that_is_not_in_hu_is_refused(
    folder: Path, values: Values, sentence: str, every: int
) -> None:
    """In all images, and in some of them."""
    edit(folder, values, every)
    with pytest.raises(InputError, match=sentence):
        ct_of(folder)


def test_ct_without_lung_or_air_is_refused(folder: Path) -> None:
    """The lowest stored value is 170: -853 HU with the intercept it was written with."""
    edit(folder, {"RescaleIntercept": -371})
    ct_of(folder)
    edit(folder, {"RescaleIntercept": -370})
    with pytest.raises(InputError, match="given as CT has -200 as its lowest value; in Hounsf"):
        ct_of(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"RescaleType": None},
        {"RescaleType": "hu "},
        {"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]},
        {"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VMI"]},
    ],
)
def test_ct_in_hu_is_read_however_it_says_so(folder: Path, values: Values) -> None:
    before = ct_of(folder).digest
    edit(folder, values)
    assert ct_of(folder).digest == before


@pytest.mark.parametrize(
    "values",
    [
        {"PixelSpacing": ["3.00000", "3.000"]},
        {"PixelSpacing": ["3.0E+00", "3"]},
        {"PixelSpacing": ["3.0000001", "2.9999999"]},
        {"ImageOrientationPatient": ["1.000000", "0.0", "-0.0", "0", "1.0", "0.0000"]},
        {"RescaleSlope": "1.00E0", "RescaleIntercept": "-1024.000"},
    ],
)
def test_numbers_written_otherwise_in_some_images_are_the_same(
    folder: Path, values: Values
) -> None:
    before = ct_of(folder)
    edit(folder, values, every=2)
    after = ct_of(folder)
    assert np.array_equal(after.values_zyx, before.values_zyx)
    assert after.grid.affine == pytest.approx(before.grid.affine, abs=1e-6)


def test_spacing_that_differs_is_refused_with_both_values(folder: Path) -> None:
    edit(folder, {"PixelSpacing": ["3.001", "3.0"]}, every=5)
    with pytest.raises(
        GeometryError, match=r"differ in PixelSpacing \(3\.001\\3\.0 and 3\.0\\3\.0"
    ):
        ct_of(folder)

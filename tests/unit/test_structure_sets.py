"""Structure sets as they come: whose contours are whose, and nothing left out in silence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from dss_core.case.case_files import find_regions
from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.regions.contours import Contours
from dss_core.regions.masks import rasterise
from dss_core.regions.region_choice import choose_region
from tests.dicom_case import write_case

GRID = Grid((12, 64, 64), (1.0, 1.0, 3.0), (-32.0, -32.0, -16.5))


def written(folder: Path, *names: str, edit: Callable[[Dataset], None] | None = None) -> Path:
    case = write_case(folder, with_ct=False, with_pet=False, region_names=names)
    dataset = pydicom.dcmread(case.region)
    if edit:
        edit(dataset)
    dataset.save_as(case.region)
    return case.region


def one(path: Path) -> Contours:
    (region,) = find_regions(path)
    assert isinstance(region, Contours)
    return region


def contours_of(dataset: Dataset, place: int = 0) -> list[Dataset]:
    return list(dataset.ROIContourSequence[place].ContourSequence)


@pytest.mark.parametrize(
    ("sequence", "keyword"),
    [
        ("StructureSetROISequence", "ROINumber"),
        ("ROIContourSequence", "ReferencedROINumber"),
    ],
)
def test_a_number_used_twice_or_missing_is_refused(
    tmp_path: Path, sequence: str, keyword: str
) -> None:
    def twice(dataset: Dataset) -> None:
        setattr(dataset[sequence].value[1], keyword, 1)

    def missing(dataset: Dataset) -> None:
        delattr(dataset[sequence].value[1], keyword)

    with pytest.raises(InputError, match=rf"more than once \({keyword} .*: 1\)"):
        find_regions(written(tmp_path, "GTV", "Heart", edit=twice))
    with pytest.raises(InputError, match=rf"1 region.* have no region number \({keyword}"):
        find_regions(written(tmp_path, "GTV", "Heart", edit=missing))


def test_the_numbers_of_the_file_are_kept(tmp_path: Path) -> None:
    regions = find_regions(written(tmp_path, "GTV", "GTV"))
    assert [r.number for r in regions] == [1, 2]


LEFT_OUT = {
    "1 of type OPEN_PLANAR": lambda c: setattr(c, "ContourGeometricType", "OPEN_PLANAR"),
    "1 of type POINT": lambda c: setattr(c, "ContourGeometricType", "POINT"),
    "1 without a type": lambda c: delattr(c, "ContourGeometricType"),
    "1 without points": lambda c: setattr(c, "ContourData", None),
    "1 of fewer than three points": lambda c: setattr(c, "ContourData", list(c.ContourData)[:6]),
}


@pytest.mark.parametrize("reason", LEFT_OUT)
def test_what_is_left_out_of_a_region_is_counted_with_its_reason(
    tmp_path: Path, reason: str
) -> None:
    region = one(written(tmp_path, "GTV", edit=lambda d: LEFT_OUT[reason](contours_of(d)[2])))
    _, warnings = rasterise(region, GRID)
    assert [w.code for w in warnings] == ["contours_left_out"]
    assert f"1 of 6 contours of 'GTV' were left out: {reason}" in warnings[0].message


def test_contours_with_another_number_of_points_than_stated_are_counted(tmp_path: Path) -> None:
    def shorten(dataset: Dataset) -> None:
        contour = contours_of(dataset)[2]
        contour.ContourData = list(contour.ContourData)[:-30]

    _, warnings = rasterise(one(written(tmp_path, "GTV", edit=shorten)), GRID)
    assert [w.code for w in warnings] == ["contour_points_differ"]
    assert "1 of 6 contours" in warnings[0].message


def test_contours_of_a_region_without_a_name_are_shown_by_its_number(tmp_path: Path) -> None:
    def lose(dataset: Dataset) -> None:
        del dataset.StructureSetROISequence[1]

    regions = find_regions(written(tmp_path, "GTV", "Heart", edit=lose))
    assert [(r.name, r.number, r.is_empty) for r in regions] == [
        ("GTV", 1, False),
        ("ROI 2", 2, False),
    ]
    assert choose_region(regions, None)[0].name == "GTV"


def test_a_region_of_open_contours_alone_is_empty_and_the_reason_is_said(tmp_path: Path) -> None:
    def opened(dataset: Dataset) -> None:
        for contour in contours_of(dataset):
            contour.ContourGeometricType = "OPEN_PLANAR"

    with pytest.raises(InputError, match=r"is empty: .* 6 of type OPEN_PLANAR"):
        choose_region(find_regions(written(tmp_path, "GTV", edit=opened)), None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda values: values[:-1],
        lambda values: ["nan", *values[1:]],
        lambda values: ["inf", *values[1:]],
    ],
)
def test_malformed_points_refuse_their_region_and_no_other(
    tmp_path: Path, spoil: Callable[[list[str]], list[str]]
) -> None:
    def edit(dataset: Dataset) -> None:
        contour = contours_of(dataset)[3]
        contour.ContourData = spoil([str(v) for v in contour.ContourData])

    regions = find_regions(written(tmp_path, "GTV", "lesion", edit=edit))
    bad, good = regions
    with pytest.raises(InputError, match="contour 4 has malformed ContourData"):
        rasterise(bad, GRID)
    assert rasterise(good, GRID)[0].volume_ml > 3.0


def test_a_decimal_comma_in_the_points_is_malformed(tmp_path: Path) -> None:
    path = written(tmp_path, "GTV")
    data = bytes(path.read_bytes())
    value = next(
        v for v in contours_of(pydicom.dcmread(path))[0].ContourData if abs(float(v)) > 1.0
    )
    path.write_bytes(data.replace(str(value).encode(), str(value).replace(".", ",").encode(), 1))
    with pytest.raises(InputError, match="malformed ContourData"):
        rasterise(one(path), GRID)


def test_a_name_outside_the_declared_characters_is_said_to_be_unreadable(tmp_path: Path) -> None:
    def chinese(dataset: Dataset) -> None:
        dataset.SpecificCharacterSet = "GB18030"
        dataset.StructureSetROISequence[0].ROIName = "肿瘤GTV"

    path = written(tmp_path, "GTV", edit=chinese)
    assert one(path).name == "肿瘤GTV" and one(path).warnings == ()
    path.write_bytes(path.read_bytes().replace(b"GB18030 ", b"ISO_IR 6"))
    assert [w.code for w in one(path).warnings] == ["unreadable_name"]
    assert choose_region(find_regions(path), None)[0].name.endswith("GTV")


@pytest.mark.parametrize("form", ["same", "other start", "other sense", "rounded", "thrice"])
def test_a_contour_written_twice_counts_once(tmp_path: Path, form: str) -> None:
    region = one(written(tmp_path, "GTV"))
    more = {
        "same": [region.polygons[2]],
        "other start": [np.roll(region.polygons[2], 20, axis=0)],
        "other sense": [region.polygons[2][::-1]],
        "rounded": [np.round(region.polygons[2], 1)],
        "thrice": [region.polygons[2]] * 2,
    }[form]
    again = Contours("GTV", "", (*region.polygons, *more), False)
    once, said = rasterise(again, GRID)
    assert np.array_equal(once.mask_zyx, rasterise(region, GRID)[0].mask_zyx)
    assert said == ()

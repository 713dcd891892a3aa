"""Guard rails of a region, on a simulated body with lungs, a couch and a tumour."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from dss_core.cli import main
from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.records import Quantity, Roi, Volume
from dss_core.regions.measures import measure_region
from dss_core.regions.region_checks import check_region, share_outside_body
from dss_core.settings import TrainingRanges
from tests.dicom_case import write_case

GRID = Grid((20, 200, 200), (2.0, 2.0, 3.0), (-199.0, -199.0, -28.5))
Z, Y, X = (
    np.indices(GRID.shape_zyx) * np.array([3.0, 2.0, 2.0])[:, None, None, None]
    + np.array([-28.5, -199.0, -199.0])[:, None, None, None]
)
BODY = (X / 160.0) ** 2 + (Y / 110.0) ** 2 <= 1.0
LUNG = (np.abs(X) > 30.0) & ((X / 140.0) ** 2 + (Y / 90.0) ** 2 <= 1.0)
COUCH = (np.abs(Y - 135.0) < 4.0) & (np.abs(X) < 180.0)
TUMOUR = (X - 80.0) ** 2 + Y**2 + Z**2 <= 15.0**2
RANGES = TrainingRanges((8.0, 110.0), (1.0, 25.0), (1.0, 5.0), (2.0, 5.0))


def ct() -> Volume:
    hu = np.full(GRID.shape_zyx, -1000.0)
    hu[COUCH] = 0.0
    hu[BODY] = 40.0
    hu[LUNG] = -850.0
    hu[TUMOUR] = 30.0
    return Volume(hu.astype(np.float32), GRID, Quantity.HU, "")


def pet() -> Volume:
    suv = np.where(BODY, 0.6, 0.0) + np.where(TUMOUR, 8.0, 0.0)
    return Volume(suv.astype(np.float32), GRID, Quantity.SUVBW, "")


def codes(mask: np.ndarray, ranges: TrainingRanges | None = RANGES) -> list[str]:
    roi = Roi("GTV", mask, GRID)
    measures = measure_region(roi, ct(), pet())
    return [c.code for c in check_region(roi, measures, ct(), pet(), ranges)]


def ball(x: float, y: float, radius: float) -> np.ndarray:
    return (X - x) ** 2 + (Y - y) ** 2 + Z**2 <= radius**2


def test_a_tumour_in_the_lung_passes_without_a_word() -> None:
    assert codes(TUMOUR) == []


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (ball(-185.0, -180.0, 12.0), r"contains only air \(95% of it below -1000 HU\)"),
        (COUCH & (np.abs(X) < 20.0) & (np.abs(Z) < 8.0), "lies outside the body"),
        ((X == 81.0) & (Y == 1.0) & (Z == 1.5), "is a single voxel or less on the CT"),
    ],
)
def test_what_cannot_be_a_tumour_is_refused(mask: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        codes(mask)


def test_unusual_regions_are_said_but_not_refused() -> None:
    assert codes(ball(-80.0, 0.0, 15.0)) == ["region_aerated", "no_uptake", "suv_outside_training"]
    assert codes(BODY & (np.abs(Z) < 5.0)) == ["region_very_large", "diameter_outside_training"]
    assert codes(ball(0.0, 0.0, 12.0)) == ["no_uptake", "suv_outside_training"]


def test_part_of_a_region_outside_the_body_is_measured_and_said() -> None:
    half = ball(0.0, -110.0, 20.0)  # its centre lies on the skin
    assert share_outside_body(half, ct()) == pytest.approx(
        (half & ~BODY).sum() / half.sum(), abs=0.1
    )
    assert "region_leaves_body" in codes(half)


def test_lung_that_a_small_field_of_view_cuts_is_not_outside_the_body() -> None:
    window = (slice(None), slice(70, 130), slice(120, 160))  # inside lung and tumour
    grid = Grid((20, 60, 40), (2.0, 2.0, 3.0), (41.0, -59.0, -28.5))
    cut = Volume(ct().values_zyx[window], grid, Quantity.HU, "")
    for mask in (TUMOUR[window], ball(110.0, 0.0, 8.0)[window]):
        assert share_outside_body(mask, cut) == 0.0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"diameter_mm": (40.0, 90.0)}, "diameter_outside_training"),
        ({"suv_max": (1.0, 8.0)}, "suv_outside_training"),
        ({"ct_slice_mm": (0.5, 2.5)}, "ct_slices_outside_training"),
        ({"pet_slice_mm": (3.2, 5.0)}, "pet_slices_outside_training"),
    ],
)
def test_what_lies_outside_the_training_range_is_named(changes: dict, code: str) -> None:
    values = {**asdict(RANGES), **changes}
    assert codes(TUMOUR, TrainingRanges(**values)) == [code]


def test_weights_that_name_no_ranges_are_said_to_be_unchecked() -> None:
    assert codes(TUMOUR, None) == ["training_range_unknown"]


def test_card_ranges_are_read_and_damaged_ones_refused() -> None:
    ranges = TypeAdapter(TrainingRanges)
    card = {k: list(v) for k, v in asdict(RANGES).items()}
    assert ranges.validate_python(card) == RANGES
    for bad in ({}, {**card, "suv_max": [1.0]}, {**card, "suv_max": [9.0, 1.0]}, [], "x",
                {**card, "more": [0.0, 1.0]}, {**card, "suv_max": ["a", "b"]}):  # fmt: skip
        with pytest.raises(ValidationError):
            ranges.validate_python(bad)


def test_command_line_score_carries_the_guard_rails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path / "low", suv_peak=0.9)
    words = ["score", "--ct", case.ct, "--pet", case.pet, "--roi", case.region]
    assert main([str(w) for w in words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert "no_uptake" in [w["code"] for w in said["warnings"]]
    assert said["measures"]["suv_max"] == said["suv"]["max"]
    assert 18.0 < said["measures"]["diameter_axial_mm"] <= said["measures"]["diameter_3d_mm"] < 23.0

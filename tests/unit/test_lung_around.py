"""Lung in and around a region, on bodies built of ellipses with couch, cushion and gas."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles, find_case
from dss_core.case.open_case import OpenedCase, Region, open_case
from dss_core.case.report import as_json, result_from_json
from dss_core.case.score_case import score_case
from dss_core.cli import main
from dss_core.geometry import Grid
from dss_core.records import Quantity, Roi, Task, Volume
from dss_core.regions.lung_around import REACH_MM, aerated_lung_ml
from dss_core.scoring.lung_check import LEAST_LUNG_ML, NO_LUNG, lung_check
from tests.dicom_case import write_case

AIR, FOAM, FAT, MUSCLE, BONE, LUNG = -1000.0, -880.0, -100.0, 50.0, 600.0, -850.0
Hu = NDArray[np.float64]
NOISE_HU = 25.0


def grid(spacing_mm: tuple[float, float, float] = (2.5, 2.5, 3.0), depth_mm: float = 120.0) -> Grid:
    """400 x 320 mm wide, centred on the world origin."""
    counts = [round(mm / s) for mm, s in zip((400.0, 320.0, depth_mm), spacing_mm, strict=True)]
    first = [-(n - 1) / 2 * s for n, s in zip(counts, spacing_mm, strict=True)]
    return Grid((counts[2], counts[1], counts[0]), spacing_mm, (first[0], first[1], first[2]))


def mesh(on: Grid) -> tuple[Hu, Hu, Hu]:
    """World x, y, z of a grid along the patient's axes, each broadcast along the others."""
    (nz, ny, nx), (sx, sy, sz), (ox, oy, oz) = on.shape_zyx, on.spacing_mm, on.origin_mm
    z, y, x = np.ogrid[:nz, :ny, :nx]
    return ox + sx * x, oy + sy * y, oz + sz * z


def ellipse(x: Hu, y: Hu, at: tuple[float, float], half: tuple[float, float]) -> NDArray[np.bool_]:
    return ((x - at[0]) / half[0]) ** 2 + ((y - at[1]) / half[1]) ** 2 <= 1.0


def ball(on: Grid, at: tuple[float, float, float], radius: float) -> NDArray[np.bool_]:
    x, y, z = mesh(on)
    return (x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2 <= radius**2


def couch(on: Grid) -> Hu:
    """Air, and below a cushion of foam on the shell of a couch filled with foam."""
    y = np.broadcast_to(mesh(on)[1], on.shape_zyx)
    hu = np.full(on.shape_zyx, AIR)
    hu[(y > 95.0) & (y < 150.0)] = FOAM
    hu[(y > 120.0) & (y < 122.5)] = 0.0
    return hu


def paint(hu: Hu, where: NDArray[np.bool_], value: float) -> None:
    hu[np.broadcast_to(where, hu.shape)] = value


def chest(on: Grid, wall_mm: float = 25.0) -> Hu:
    """Two lungs, 60 mm of mediastinum between them at its widest."""
    x, y, _ = mesh(on)
    hu = couch(on)
    paint(hu, ellipse(x, y, (0, 0), (160, 95)), MUSCLE)
    inner = ellipse(x, y, (0, 0), (160 - wall_mm, 95 - wall_mm))
    paint(hu, inner & (np.abs(x) > 30.0 - 0.15 * np.abs(y)), LUNG)
    return hu


def thighs(on: Grid) -> Hu:
    """Two thighs on a cushion, a blanket of foam's density over them."""
    x, y, _ = mesh(on)
    hu = couch(on)
    paint(hu, (y > -110.0) & (y < -85.0), FOAM)
    for side in (-85.0, 85.0):
        paint(hu, ellipse(x, y, (side, 10), (80, 85)), FAT)
        paint(hu, ellipse(x, y, (side, 10), (70, 75)), MUSCLE)
        paint(hu, ellipse(x, y, (side, 0), (14, 14)), BONE)
    return hu


def found_ml(hu: Hu, mask: NDArray[np.bool_], on: Grid, reach_mm: float = REACH_MM) -> float:
    noise = np.random.default_rng(1).normal(0, NOISE_HU, hu.shape)
    ct = Volume((hu + noise).astype(np.float32), on, Quantity.HU, "")
    return aerated_lung_ml(Roi("GTV", mask, on), ct, reach_mm)


ON = grid()


@pytest.mark.parametrize(
    ("at", "radius"),
    [((80, 0, 0), 15), ((0, 0, 0), 15), ((-138, 0, 0), 12), ((50, 60, -20), 30), ((80, 0, 55), 15)],
    ids=["lung", "mediastinum", "chest wall", "large", "last slice"],
)
def test_around_a_tumour_of_the_lung_there_is_lung(
    at: tuple[float, float, float], radius: float
) -> None:
    mask = ball(ON, at, radius)
    hu = chest(ON)
    paint(hu, mask, MUSCLE)
    assert found_ml(hu, mask, ON) > 5 * LEAST_LUNG_ML


@pytest.mark.parametrize(
    ("at", "radius"),
    [((85, 9, 0), 9), ((85, 80, 0), 12), ((-85, -65, 0), 20), ((-20, 20, 0), 9), ((85, 9, 55), 9)],
    ids=["middle", "beside the cushion", "below the blanket", "inner side", "last slice"],
)  # fmt: skip
def test_a_thigh_has_no_lung_whatever_it_lies_on(
    at: tuple[float, float, float], radius: float
) -> None:
    assert found_ml(thighs(ON), ball(ON, at, radius), ON) == 0.0


def test_gas_in_bowel_and_its_wall_are_no_lung() -> None:
    x, y, _ = mesh(ON)
    hu = couch(ON)
    paint(hu, ellipse(x, y, (0, 0), (160, 95)), MUSCLE)
    paint(hu, ball(ON, (40, -10, 0), 30), AIR)
    paint(hu, (np.abs(x + 60) < 45) & (y > -60) & (y < 0), AIR)  # above a level of fluid
    for centre in ((0.0, 0.0, 0.0), (-60.0, 20.0, 0.0), (40.0, -10.0, 40.0)):
        assert found_ml(hu, ball(ON, centre, 12), ON) == 0.0


def test_the_volume_is_that_of_the_lung_within_the_distance() -> None:
    """A slab of lung beside a ball: the cap of a sphere of 20 + 30 mm beyond the plane."""
    x, y, z = mesh(ON)

    def beyond(plane: float, reach_mm: float = REACH_MM) -> float:
        slab = (x > plane) & (x < 150.0) & (np.abs(y) < 140.0)
        hu = np.where(slab, LUNG, MUSCLE) + 0 * z
        return found_ml(hu, ball(ON, (0, 0, 0), 20.0), ON, reach_mm)

    for plane in (22.5, 27.5):
        height = 50.0 - plane
        cap_ml = np.pi * height**2 * (3 * 50.0 - height) / 3 / 1000
        assert beyond(plane) == pytest.approx(cap_ml, rel=0.2)
    assert beyond(42.5) > LEAST_LUNG_ML
    assert beyond(60.0) == 0.0
    assert beyond(60.0, reach_mm=50.0) > 15.0


@pytest.mark.parametrize("spacing", [(1.0, 1.5, 1.0), (1.4, 1.4, 5.0), (4.0, 4.0, 10.0)])
def test_the_verdict_does_not_hang_on_the_voxels(spacing: tuple[float, float, float]) -> None:
    on = grid(spacing, depth_mm=60.0)
    for at in ((80.0, 0.0, 0.0), (0.0, 0.0, 0.0)):
        assert found_ml(chest(on), ball(on, at, 15), on) > LEAST_LUNG_ML
    assert found_ml(thighs(on), ball(on, (85.0, 70.0, 0.0), 15), on) == 0.0


def test_a_slice_that_is_not_axial_is_turned_first() -> None:
    """A coronal volume: the lung reaches the upper border of every slice."""
    hu, mask = chest(ON), ball(ON, (80, 0, 0), 15)
    (sx, sy, sz), (ox, oy, oz) = ON.spacing_mm, ON.origin_mm
    turned = Grid(
        (ON.shape_zyx[1], ON.shape_zyx[0], ON.shape_zyx[2]),
        (sx, sz, sy),
        (ox, oy, oz),
        ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    )
    ct = Volume(hu.astype(np.float32), ON, Quantity.HU, "")
    coronal = Volume(np.swapaxes(ct.values_zyx, 0, 1), turned, Quantity.HU, "")
    found = aerated_lung_ml(Roi("GTV", mask, ON), ct)
    assert found > 5 * LEAST_LUNG_ML
    assert aerated_lung_ml(Roi("GTV", np.swapaxes(mask, 0, 1), turned), coronal) == found


def test_a_small_field_of_view_inside_the_lung_shows_lung() -> None:
    part = (slice(15, 25), slice(48, 80), slice(92, 124))
    mask, hu = ball(ON, (70, 0, 0), 10)[part], chest(ON)[part]
    assert found_ml(hu, mask, ON.part(part)) > 5 * LEAST_LUNG_ML
    one = (slice(20, 21), *part[1:])
    assert found_ml(chest(ON)[one], ball(ON, (70, 0, 0), 10)[one], ON.part(one)) > LEAST_LUNG_ML


def test_a_small_field_of_view_of_a_limb_shows_none() -> None:
    part = (slice(8, 32), slice(16, 110), slice(72, 158))
    assert found_ml(thighs(ON)[part], ball(ON, (85, 10, 0), 20)[part], ON.part(part)) == 0.0


def test_lung_full_of_emphysema_is_lung() -> None:
    x, y, z = mesh(ON)
    hu = chest(ON)
    holes = np.sin(x / 5) + np.sin(y / 6) + np.sin(z / 7) > 0.0  # half of it, 15 to 20 mm wide
    paint(hu, (hu == LUNG) & holes, -980.0)
    assert found_ml(hu, ball(ON, (80, 0, 0), 15), ON) > 20 * LEAST_LUNG_ML


def test_the_thin_wall_of_a_slender_patient_holds_the_lung() -> None:
    on = grid((1.0, 1.0, 3.0), depth_mm=60.0)
    assert found_ml(chest(on, wall_mm=12.0), ball(on, (100, 40, 0), 12), on) > 20 * LEAST_LUNG_ML


def test_a_region_partly_off_the_ct_counts_what_the_ct_shows_and_one_off_it_nothing() -> None:
    taller = grid(depth_mm=240.0)
    ct = Volume(chest(ON).astype(np.float32), ON, Quantity.HU, "")
    half = Roi("GTV", ball(taller, (80, 0, 60), 15), taller)
    assert aerated_lung_ml(half, ct) > LEAST_LUNG_ML
    off = Roi("GTV", ball(taller, (80, 0, 100), 10), taller)
    assert aerated_lung_ml(off, ct) == 0.0


def test_the_verdict_names_what_was_found_the_limit_and_what_to_do() -> None:
    ct = Volume(thighs(ON).astype(np.float32), ON, Quantity.HU, "")
    withheld = lung_check(Roi("GTV", ball(ON, (85, 10, 0), 15), ON), ct, (Task.EGFR,))
    assert withheld is not None
    assert (withheld.tasks, withheld.code) == ((Task.EGFR,), NO_LUNG)
    assert "0.00 mL of aerated lung within 30 mm, limit 1 mL" in withheld.reason
    assert "Check the region" in withheld.reason
    inside = Volume(chest(ON).astype(np.float32), ON, Quantity.HU, "")
    assert lung_check(Roi("GTV", ball(ON, (80, 0, 0), 15), ON), inside, (Task.EGFR,)) is None


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenedCase:
    case = write_case(tmp_path_factory.mktemp("lung"))
    return open_case(find_case(CaseFiles(ImageFiles(case.ct, case.pet), case.region)))


def test_a_case_without_lung_has_no_score_and_its_record_says_why(opened: OpenedCase) -> None:
    bundle = load_bundle()
    images = opened.images
    assert score_case(images, opened.region, bundle).result.withheld is None
    solid = np.maximum(images.ct.values_zyx, np.float32(0.0))
    without = replace(images, ct=replace(images.ct, values_zyx=solid))
    result = score_case(without, Region(opened.region.roi), bundle).result
    assert result.scores == () and result.withheld is not None
    assert result.withheld.code == "no_lung"
    assert result.unusual is None  # a score that is not there is not unreliable
    said = as_json(result)
    for task in ("egfr", "pdl1"):
        reason = result.withheld.reason
        assert said[task] == {"dls": None, "group": "withheld", "reason": reason}
    assert result_from_json(json.loads(json.dumps(said))) == result


def test_the_command_line_withholds_and_exits_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path, lung_hu=-100.0)
    words = ["score", "--ct", case.ct, "--pet", case.pet, "--roi", case.region]
    assert main([str(w) for w in words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["withheld"]["code"] == "no_lung"
    assert said["egfr"]["dls"] is said["pdl1"]["dls"] is None
    assert said["measures"]["suv_max"] > 0.0

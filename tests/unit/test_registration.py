"""Rigid registration: known shifts and rotations come back, on made-up and on real images."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dss_core.case.case_files import ImageSeries
from dss_core.case.open_case import open_images
from dss_core.cli import main
from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.records import Quantity, Volume
from dss_core.spatial.alignment import AlignedImages, ReadImages, align
from dss_core.spatial.registration import (
    Registration,
    apply_registration,
    propose_registration,
)
from tests.dicom_case import write_case

MOVES = [((20.0, 0.0, 0.0), (0, 0, 1), 0.0), ((0.0, -12.0, 16.0), (1, 0, 0), 5.0),
         ((11.0, 11.0, -12.0), (1, 1, 1), -5.0)]  # fmt: skip


def motion(grid: Grid, shift: tuple[float, ...], axis: tuple[int, ...], deg: float) -> np.ndarray:
    """Rodrigues' rotation about the grid's centre, then the shift."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(deg)
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    centre = grid.bounds_mm().mean(axis=0)
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre + np.array(shift)
    return matrix


def moved(pet: Volume, matrix: np.ndarray) -> Volume:
    blank = Registration(matrix, 0.0, 0.0, 0.0, 0.0, 1.0, "other", pet.grid.frame_of_reference)
    return apply_registration(pet, blank)


def error(matrix: np.ndarray, grid: Grid) -> tuple[float, float]:
    """Displacement at the centre in mm, and angle in degrees, of what should be the identity."""
    centre = np.append(grid.bounds_mm().mean(axis=0), 1.0)
    cosine = np.clip((np.trace(matrix[:3, :3]) - 1) / 2, -1, 1)
    return float(np.linalg.norm((matrix @ centre - centre)[:3])), float(
        np.rad2deg(np.arccos(cosine))
    )


@pytest.fixture(scope="module")
def thorax() -> AlignedImages:
    """A lopsided body with lungs, a spine, a heart and a tumour; CT 3 mm, PET 4 mm."""

    def ball(p: np.ndarray, centre: tuple[float, ...], half: tuple[float, ...]) -> np.ndarray:
        return (((p - centre) / half) ** 2).sum(axis=-1) < 1.0

    def paint(grid: Grid, air: float, tissue: float, lung: float, organs: list) -> np.ndarray:
        index = np.stack(np.indices(grid.shape_zyx)[::-1], axis=-1).reshape(-1, 3)
        p = grid.to_world(index).reshape(*grid.shape_zyx, 3)
        values = np.where(ball(p, (0, 0, 0), (160, 105, 190)), tissue, air)
        values[ball(p, (-70, -5, 10), (50, 70, 95)) | ball(p, (75, -8, 0), (42, 62, 90))] = lung
        for centre, half, value in organs:
            values[ball(p, centre, half)] = value
        return values.astype(np.float32)

    places = [((20, -30, -30), (40, 35, 40)), ((0, 75, 0), (16, 16, 170)),
              ((-60, 10, 40), (18, 18, 18)), ((-60, 0, -110), (70, 60, 40))]  # fmt: skip
    ct = Grid((90, 80, 120), (3.0, 3.0, 3.0), (-178.5, -118.5, -133.5), frame_of_reference="1.2")
    pet = Grid((66, 60, 90), (4.0, 4.0, 4.0), (-178.0, -118.0, -130.0), frame_of_reference="1.2")
    hu = paint(
        ct, -1000, 30, -820, [(*p, v) for p, v in zip(places, (45, 400, 40, 60), strict=True)]
    )
    suv = paint(
        pet, 0, 0.7, 0.4, [(*p, v) for p, v in zip(places, (2.2, 1.2, 8.0, 2.4), strict=True)]
    )
    rng = np.random.default_rng(5)
    hu += rng.normal(0, 15, hu.shape).astype(np.float32)
    suv *= rng.normal(1, 0.08, suv.shape).astype(np.float32)
    return align(ReadImages(
        Volume(hu, ct, Quantity.HU, "ct"), Volume(suv, pet, Quantity.SUVBW, "pet"),
        None,
    ))  # fmt: skip


@pytest.mark.parametrize(("shift", "axis", "deg"), MOVES)
def test_known_motion_of_a_made_up_thorax_comes_back(
    thorax: AlignedImages, shift: tuple[float, ...], axis: tuple[int, ...], deg: float
) -> None:
    there = motion(thorax.pet.grid, shift, axis, deg)
    found = propose_registration(thorax.ct, moved(thorax.pet, there))
    off_mm, off_deg = error(found.matrix @ there, thorax.pet.grid)
    assert off_mm < 1.5
    assert off_deg < 1.0
    assert found.mi_after > found.mi_before
    assert found.shift_mm == pytest.approx(np.linalg.norm(shift), abs=1.5)
    assert found.rotation_deg == pytest.approx(abs(deg), abs=1.0)


def test_known_motion_of_a_real_pet_comes_back_to_where_it_lay(shared_data: Path) -> None:
    """Against the place that mutual information gives the PET unmoved."""
    inventory = take_inventory(from_paths([shared_data / "cases" / "sts_037"]))
    images = open_images(
        ImageSeries(propose_series(inventory, "CT"), propose_series(inventory, "PT"))
    )
    still = propose_registration(images.ct, images.pet)
    for shift, axis, deg in MOVES:
        there = motion(images.pet.grid, shift, axis, deg)
        found = propose_registration(images.ct, moved(images.pet, there))
        off = error(found.matrix @ there @ np.linalg.inv(still.matrix), images.pet.grid)
        assert off[0] < 1.5
        assert off[1] < 1.0


def test_proposal_is_the_same_every_time(thorax: AlignedImages) -> None:
    first, again = (propose_registration(thorax.ct, thorax.pet) for _ in range(2))
    assert np.array_equal(first.matrix, again.matrix)


def test_applying_moves_the_grid_and_leaves_the_values(thorax: AlignedImages) -> None:
    there = motion(thorax.pet.grid, (5.0, 6.0, 7.0), (0, 0, 1), 4.0)
    after = moved(thorax.pet, there)
    assert after.values_zyx is thorax.pet.values_zyx
    assert np.abs(after.grid.affine - there @ thorax.pet.grid.affine).max() < 1e-9
    assert after.digest != thorax.pet.digest


def test_registration_of_another_pet_is_refused(thorax: AlignedImages) -> None:
    found = propose_registration(thorax.ct, thorax.pet)
    other = replace(thorax.pet, grid=replace(thorax.pet.grid, frame_of_reference="9.9"))
    with pytest.raises(GeometryError, match="proposed for another PET"):
        apply_registration(other, found)


def test_command_line_registers_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path, pet_same_frame=False)
    arguments = ["score", "--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]
    assert main(arguments) == 2
    assert "different frames of reference" in capsys.readouterr().err
    assert main([*arguments, "--register"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["alignment"] == "rigid"
    assert set(said["registration"]) == {
        "pet_to_ct", "shift_mm", "rotation_deg", "mi_before", "mi_after", "overlap",
    }  # fmt: skip
    assert "registered" in [w["code"] for w in said["warnings"]]


def test_region_drawn_on_the_pet_moves_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ball of 10 mm radius: 4.19 mL in any pose."""
    case = write_case(tmp_path, pet_same_frame=False, region_same_frame=False)
    arguments = ["score", "--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]
    assert main([*arguments, "--register"]) == 0
    assert json.loads(capsys.readouterr().out)["roi"]["volume_ml"] == pytest.approx(4.19, rel=0.2)

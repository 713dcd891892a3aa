"""What reaches the browser is the patient: every value at its place, whatever way it was stored."""

import json
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dss_core.geometry import Grid, Matrix
from dss_core.records import Quantity, Roi, SuvRecord, Volume
from dss_core.spatial.alignment import AlignedImages, ReadImages, align
from dss_ui.viewer.scene import Axis, Scene, message, scene_of

UPRIGHT: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
HEAD_LAST: Matrix = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
CORONAL_STACK: Matrix = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))
OBLIQUE: Matrix = ((0.96, -0.28, 0.0), (0.28, 0.96, 0.0), (0.0, 0.0, 1.0))


def _hu(world: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(world @ np.array([2.0, -3.0, 1.0]) - 40.0)


def _suv(world: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(6.0 + world @ np.array([0.02, 0.03, -0.01]))


def _volume(grid: Grid, field: Any, quantity: Quantity) -> Volume:
    k, j, i = np.indices(grid.shape_zyx)
    world = grid.to_world(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(np.float64))
    values = field(world).reshape(grid.shape_zyx).astype(np.float32)
    return Volume(values, grid, quantity, f"{quantity}-digest-of-test")


def _images(direction: Matrix) -> AlignedImages:
    middle = Grid((14, 20, 26), (3.0, 2.0, 4.0), (0.0, 0.0, 0.0), direction)
    away = middle.to_world(np.array([[12.5, 9.5, 6.5]]))[0]
    origin = (float(-away[0]), float(-away[1]), float(-away[2]))
    ct = Grid(middle.shape_zyx, middle.spacing_mm, origin, direction)
    pet = Grid((30, 30, 30), (5.0, 5.0, 5.0), (-72.5, -72.5, -72.5))
    return align(
        ReadImages(
            _volume(ct, _hu, Quantity.HU),
            _volume(pet, _suv, Quantity.SUVBW),
            SuvRecord("SUVbw", "test", ""),
        )
    )


def _unfolded(blob: bytes, shape: list[int]) -> NDArray[np.uint16]:
    """Plain reading of the format: row by row, value by value."""
    raw, (rows, columns) = zlib.decompress(blob), shape
    out = np.zeros((rows, columns), dtype=np.uint16)
    for row in range(rows):
        value = 0
        for column in range(columns):
            at = row * columns + column
            folded = raw[at] + 256 * raw[rows * columns + at]
            value += folded // 2 if folded % 2 == 0 else -(folded + 1) // 2
            out[row, column] = value % 65536
    return out


def _read(data: bytes) -> tuple[dict[str, Any], Any]:
    size = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + size])

    def blob(part: dict[str, Any]) -> bytes:
        return data[4 + size + part["from"] : 4 + size + part["to"]]

    return header, blob


def _sent(scene: Scene, axis: Axis, index: int, roi: Roi | None = None) -> tuple[Any, Any]:
    regions = {"#fff": roi} if roi else {}
    return _read(message(scene, [(axis, index)], with_mip=True, regions=regions, state={"a": 1}))


def _world_of_plane(placed: dict[str, Any], axis: Axis, at_mm: float) -> NDArray[np.float64]:
    """World position of every pixel of a plane, from what the header says."""
    across = {"axial": 2, "coronal": 1, "sagittal": 0}[axis]
    along = [a for a in (0, 1, 2) if a != across]
    sizes = list(reversed(placed["shape"]))
    sides = [placed["origin"][a] + np.arange(sizes[a]) * placed["spacing"][a] for a in along]
    world = np.empty((len(sides[1]), len(sides[0]), 3))
    world[..., along[0]], world[..., along[1]] = np.meshgrid(*sides)
    world[..., across] = at_mm
    return world


@pytest.mark.parametrize("axis", list(Axis))
@pytest.mark.parametrize("direction", [UPRIGHT, HEAD_LAST, CORONAL_STACK])
def test_every_pixel_has_the_hu_and_suv_of_its_place(direction: Matrix, axis: Axis) -> None:
    scene = scene_of(_images(direction))
    header, blob = _sent(scene, axis, 5)
    (plane,) = header["planes"]
    across = {"axial": 2, "coronal": 1, "sagittal": 0}[axis]
    at_mm = header["ct"]["origin"][across] + 5 * header["ct"]["spacing"][across]
    hu = _unfolded(blob(plane["ct"]), plane["ct"]["shape"]).view(np.int16)
    np.testing.assert_allclose(hu, _hu(_world_of_plane(header["ct"], axis, at_mm)), atol=0.5001)
    suv = _unfolded(blob(plane["pet"]), plane["pet"]["shape"]) * header["pet"]["step"]
    expected = _suv(_world_of_plane(header["pet"], axis, at_mm))
    np.testing.assert_allclose(suv, expected, atol=header["pet"]["step"])


def test_an_oblique_ct_is_shown_along_the_patient_axes() -> None:
    scene = scene_of(_images(OBLIQUE))
    header, blob = _sent(scene, Axis.AXIAL, 6)
    (plane,) = header["planes"]
    hu = _unfolded(blob(plane["ct"]), plane["ct"]["shape"]).view(np.int16)
    at_mm = header["ct"]["origin"][2] + 6 * header["ct"]["spacing"][2]
    expected = _hu(_world_of_plane(header["ct"], Axis.AXIAL, at_mm))
    inside = hu > -1000
    assert inside.mean() > 0.6
    assert np.median(np.abs(hu - expected)[inside]) < 1.0


def test_a_pet_wider_than_the_ct_is_cut_to_it() -> None:
    scene = scene_of(_images(UPRIGHT))
    ct, pet = scene.ct.grid.bounds_mm(), scene.pet.grid.bounds_mm()
    assert (pet[0, :2] <= ct[0, :2]).all() and (pet[1, :2] >= ct[1, :2]).all()
    assert (pet[0, :2] > ct[0, :2] - 15.0).all() and (pet[1, :2] < ct[1, :2] + 15.0).all()


def test_the_projection_names_the_row_its_value_comes_from() -> None:
    scene = scene_of(_images(UPRIGHT))
    header, blob = _sent(scene, Axis.AXIAL, 0)
    suv, row = (
        _unfolded(blob(header["mip"][part]), header["mip"][part]["shape"])
        for part in ("suv", "row")
    )
    values = scene.pet.values_zyx
    for k, i in ((0, 0), (11, 7)):
        assert suv[k, i] * header["pet"]["step"] == pytest.approx(values[k, :, i].max(), abs=0.001)
        assert values[k, row[k, i], i] == values[k, :, i].max()


def test_a_region_comes_back_from_its_bits() -> None:
    scene = scene_of(_images(UPRIGHT))
    random = np.random.default_rng(7)
    mask = np.zeros(scene.ct.grid.shape_zyx, dtype=np.bool_)
    mask[3:9, 4:11, 5:18] = random.random((6, 7, 13)) > 0.4
    header, blob = _sent(scene, Axis.AXIAL, 0, Roi("GTV", mask, scene.ct.grid))
    (region,) = header["regions"]
    bits = zlib.decompress(blob(region))
    found = np.zeros_like(mask)
    (z0, y0, x0), (dz, dy, dx) = region["start"], region["shape"]
    for n in range(dz * dy * dx):
        z, y, x = n // (dy * dx), n // dx % dy, n % dx
        found[z0 + z, y0 + y, x0 + x] = bits[n // 8] >> (n % 8) & 1
    np.testing.assert_array_equal(found, mask)
    assert "GTV" not in json.dumps(header)

"""The picture is the patient: upright, unmirrored, in millimetres, at its stated grey."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dss_core.geometry import Grid, Matrix
from dss_core.pictures.axial_views import (
    PLANE_PX,
    Axial,
    Field,
    axial,
    field_of_view,
)
from dss_core.pictures.image_rendering import Window, ct_scale, fuse, grey, hot
from dss_core.pictures.panel import OUTLINE, STRIP_PX, Panel, draw
from dss_core.records import Quantity, Roi, SuvRecord, Volume
from dss_core.spatial.alignment import AlignedImages, ReadImages, align

TUMOUR_MM = (40.0, -25.0, 6.0)


def _grid(direction: Matrix, origin_mm: tuple[float, float, float]) -> Grid:
    return Grid((20, 60, 50), (4.0, 3.0, 2.0), origin_mm, direction)


HEAD_FIRST = _grid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (-98.0, -88.5, -19.0))
TURNED = _grid(((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0)), (98.0, 88.5, -19.0))


def _sphere(grid: Grid, radius_mm: float) -> NDArray[np.bool_]:
    k, j, i = np.indices(grid.shape_zyx)
    world = grid.to_world(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(float))
    distance = np.linalg.norm(world - np.array(TUMOUR_MM), axis=1)
    return np.asarray((distance <= radius_mm).reshape(grid.shape_zyx))


def _case(grid: Grid) -> tuple[AlignedImages, Roi]:
    inside = _sphere(grid, 12.0)
    ct = np.where(inside, 40.0, -1000.0).astype(np.float32)
    pet = np.where(inside, 9.0, 0.0).astype(np.float32)
    images = align(
        ReadImages(
            Volume(ct, grid, Quantity.HU, ""),
            Volume(pet, grid, Quantity.SUVBW, ""),
            SuvRecord("SUVbw", "test", ""),
        )
    )
    return images, Roi("GTV", inside, grid)


def _view(grid: Grid, field: Field = Field.WHOLE) -> Axial:
    images, roi = _case(grid)
    plane = field_of_view(roi, field, TUMOUR_MM[2])
    return axial(images, roi, plane, Window.MEDIASTINUM)


def _centre(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean()), float(rows.mean())


@pytest.mark.parametrize("grid", [HEAD_FIRST, TURNED])
def test_left_and_anterior_of_the_patient_are_right_and_top_of_the_image(grid: Grid) -> None:
    view = _view(grid)
    column, row = _centre(view.pet.rgb[..., 0] < 128)
    middle = (PLANE_PX - 1) / 2.0
    assert (column - middle) * view.pet.pixel_mm == pytest.approx(TUMOUR_MM[0], abs=2.5)
    assert (row - middle) * view.pet.pixel_mm == pytest.approx(TUMOUR_MM[1], abs=2.5)


def test_storage_order_does_not_change_the_picture() -> None:
    assert np.array_equal(_view(HEAD_FIRST).ct.rgb, _view(TURNED).ct.rgb)


@pytest.mark.parametrize("field", list(Field))
def test_a_sphere_is_round_although_voxels_are_not_square(field: Field) -> None:
    view = _view(HEAD_FIRST, field)
    rows, columns = np.nonzero(view.ct.inside)
    assert np.ptp(columns) * view.ct.pixel_mm == pytest.approx(24.0, abs=4.0)
    assert np.ptp(rows) * view.ct.pixel_mm == pytest.approx(24.0, abs=4.0)


def test_the_close_up_is_centred_on_the_tumour() -> None:
    _, roi = _case(HEAD_FIRST)
    plane = field_of_view(roi, Field.CLOSE, 0.0)
    centre = plane.to_world(np.array([[(PLANE_PX - 1) / 2.0, (PLANE_PX - 1) / 2.0, 0.0]]))[0]
    assert centre[:2].tolist() == pytest.approx(TUMOUR_MM[:2], abs=3.0)


@pytest.mark.parametrize(
    ("window", "low", "high"), [(Window.LUNG, -1350.0, 150.0), (Window.MEDIASTINUM, -160.0, 240.0)]
)
def test_ct_windows_are_black_and_white_at_their_ends(
    window: Window, low: float, high: float
) -> None:
    painted = ct_scale(window).paint(np.array([[low - 500.0, low, high, high + 500.0]]))
    assert painted[0, :, 0].tolist() == [0, 0, 255, 255]


def test_pet_is_inverse_grey_and_fusion_hot() -> None:
    assert grey(0.0, 10.0, "SUV", inverse=True).paint(np.array([[0.0, 10.0]]))[
        0, :, 0
    ].tolist() == [
        255,
        0,
    ]
    ends = hot(0.0, 10.0, "SUV").paint(np.array([[0.0, 10.0 / 3.0, 10.0]]))[0]
    assert ends.tolist() == [[0, 0, 0], [255, 0, 0], [255, 255, 255]]


def test_pet_fades_out_of_the_fusion_below_15_percent_of_its_range() -> None:
    hu = np.full((1, 4), 150.0)  # white in the lung window
    suv = np.array([[0.0, 0.75, 1.5, 10.0]])
    fused = fuse(hu, suv, Window.LUNG)[0].astype(int)
    assert fused[0].tolist() == [255, 255, 255]  # no uptake: the CT as it is
    level = 19  # SUV 0.75 of 10, its colour three times as red, at half of half opacity
    assert abs(fused[1] - [255 * 0.75 + 3 * level * 0.25, 191, 191]).max() <= 2
    assert abs(fused[2] - [128 + 3 * 38 / 2, 128, 128]).max() <= 2  # half CT, half PET
    assert fused[3].tolist() == [255, 255, 255]
    assert fuse(hu, suv, Window.LUNG, pet_share=0.0).min() == 255


def test_the_outline_hides_no_pixel_of_the_region() -> None:
    inside = np.zeros((64, 64), dtype=np.bool_)
    inside[20:30, 10:40] = True
    panel = Panel(np.zeros((64, 64, 3), np.uint8), inside, 1.0, "CT", "", grey(0, 1, ""))
    pixels = np.array(draw(panel, 512))[STRIP_PX:-STRIP_PX]
    blue = (pixels == OUTLINE).all(axis=-1)
    large = inside.repeat(8, axis=0).repeat(8, axis=1)
    assert not (blue & large).any()
    assert blue[158:160, 80:320].all() and blue[240:242, 80:320].all()
    assert blue[160:240, 78:80].all() and blue[160:240, 320:322].all()

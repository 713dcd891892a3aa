"""Rasterising contours: areas against closed forms, nesting, planes, refusals."""

import numpy as np
import pytest

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.regions.contours import Contours
from dss_core.regions.masks import fill_polygon, rasterise

GRID = Grid((9, 60, 80), (1.0, 1.0, 2.0), (-40.0, -30.0, 0.0), frame_of_reference="1.2.3")


def circle(radius: float, z: float, centre: tuple[float, float] = (0.3, 0.2)) -> np.ndarray:
    angle = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    return np.stack([x, y, np.full_like(x, z)], axis=1)


def contours(*polygons: np.ndarray, frame: str = "1.2.3", xor: bool = False) -> Contours:
    return Contours("GTV", frame, polygons, xor)


def mask_of(*polygons: np.ndarray, xor: bool = False) -> np.ndarray:
    return rasterise(contours(*polygons, xor=xor), GRID)[0].mask_zyx


@pytest.mark.parametrize("radius", [5.0, 7.5, 12.0, 20.0])
def test_area_of_a_disc_is_pi_r_squared_from_radius_five_pixels_on(radius: float) -> None:
    rng = np.random.default_rng(1)
    areas = [
        fill_polygon(circle(radius, 0.0, (30 + dx, 30 + dy))[:, :2], (60, 60)).sum()
        for dx, dy in rng.random((200, 2))
    ]
    assert np.mean(areas) == pytest.approx(np.pi * radius**2, rel=0.005)
    assert np.abs(np.array(areas) / (np.pi * radius**2) - 1.0).max() < 0.06


def test_pixel_centres_on_the_edge_belong_to_one_of_two_neighbours_only() -> None:
    left = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    right = left + np.array([4.0, 0.0])
    a, b = fill_polygon(left, (10, 10)), fill_polygon(right, (10, 10))
    assert a.sum() == b.sum() == 16
    assert not (a & b).any()


def test_inner_contour_cuts_a_hole() -> None:
    ring = mask_of(circle(12.0, 4.0), circle(5.0, 4.0))[2]
    assert ring.sum() == pytest.approx(np.pi * (144 - 25), rel=0.02)
    assert not ring[30, 40]


def test_island_in_the_hole_is_inside_again() -> None:
    nested = mask_of(circle(20.0, 4.0), circle(12.0, 4.0), circle(4.0, 4.0))[2]
    assert nested[30, 40]
    assert nested.sum() == pytest.approx(np.pi * (400 - 144 + 16), rel=0.02)


def test_keyhole_contour_is_a_ring() -> None:
    outer, inner = circle(12.0, 4.0), circle(5.0, 4.0)[::-1]
    keyhole = np.concatenate([outer, outer[:1], inner[-1:], inner, outer[:1]])
    ring = mask_of(keyhole)[2]
    assert ring.sum() == pytest.approx(np.pi * (144 - 25), rel=0.02)


def test_two_islands_are_both_filled() -> None:
    both = mask_of(circle(5.0, 4.0, (-19.7, 0.2)), circle(5.0, 4.0, (20.3, 0.2)))[2]
    assert both.sum() == pytest.approx(2 * np.pi * 25, rel=0.03)


def test_overlapping_contours_are_joined_and_said() -> None:
    pair = contours(circle(8.0, 4.0), circle(8.0, 4.0, (8.0, 0.0)))
    roi, warnings = rasterise(pair, GRID)
    assert [c.code for c in warnings] == ["overlapping_contours"]
    assert roi.mask_zyx[2, 30, 44]


def test_a_contour_as_large_as_another_cuts_no_hole() -> None:
    island, moved = circle(6.0, 4.0, (-19.7, 0.2)), circle(6.0, 4.0, (-19.2, 0.2))
    roi, warnings = rasterise(contours(circle(12.0, 4.0, (15.3, 0.2)), island, moved), GRID)
    alone = mask_of(island)[2]
    assert (roi.mask_zyx[2] & alone).sum() == alone.sum()
    assert [c.code for c in warnings] == ["overlapping_contours"]


def test_contours_drawn_finer_than_the_slices_are_counted_and_said() -> None:
    fine = contours(*(circle(6.0, z) for z in np.arange(2.0, 14.0, 0.5)))
    roi, warnings = rasterise(fine, GRID)
    assert roi.volume_ml == pytest.approx(np.pi * 36 * 12 / 1000, rel=0.02)
    assert [c.code for c in warnings] == ["contours_between_slices"]
    assert "18 of 24 contours of 'GTV' lie between" in warnings[0].message


def test_an_outline_around_no_voxel_centre_is_said_and_alone_it_is_refused_for_that() -> None:
    tiny = circle(0.2, 4.0, (0.5, 0.5))
    _, warnings = rasterise(contours(tiny, circle(6.0, 4.0, (-19.7, 0.2))), GRID)
    assert [c.code for c in warnings] == ["contours_without_voxel"]
    with pytest.raises(GeometryError, match="holds no voxel of the image"):
        rasterise(contours(tiny), GRID)


def test_xor_contours_exclude_their_overlap() -> None:
    mask = mask_of(circle(8.0, 4.0), circle(8.0, 4.0, (8.0, 0.0)), xor=True)[2]
    assert not mask[30, 44]


def test_skipped_plane_stays_a_gap_and_thick_planes_fill_thin_slices() -> None:
    gap = mask_of(*(circle(6.0, z) for z in (2.0, 4.0, 8.0, 10.0)))
    assert gap.any(axis=(1, 2)).tolist() == [False, True, True, False, True, True] + [False] * 3
    thick = mask_of(*(circle(6.0, z) for z in (2.0, 8.0, 14.0)))
    assert thick.any(axis=(1, 2)).sum() == 9


def test_oblique_grid_gives_the_same_volume() -> None:
    tilt = np.deg2rad(20.0)
    cos, sin = float(np.cos(tilt)), float(np.sin(tilt))
    direction = ((1.0, 0.0, 0.0), (0.0, cos, -sin), (0.0, sin, cos))
    grid = Grid((9, 60, 80), (0.8, 1.3, 2.0), (0.0, 0.0, 0.0), direction)
    planes = []
    for k in range(2, 7):
        index = circle(10.0, float(k), (40.0, 30.0))
        index[:, :2] = (index[:, :2] - (40.0, 30.0)) / (0.8, 1.3) + (40.0, 30.0)
        planes.append(grid.to_world(index))
    roi, _ = rasterise(contours(*planes, frame=""), grid)
    assert roi.volume_ml == pytest.approx(np.pi * 100 * 10 / 1000, rel=0.01)


def test_other_frame_of_reference_is_refused() -> None:
    with pytest.raises(GeometryError, match="another frame of reference"):
        rasterise(contours(circle(5.0, 4.0), frame="9.9"), GRID)


def test_region_that_misses_the_image_is_refused_with_both_extents() -> None:
    with pytest.raises(GeometryError, match=r"does not meet the image: .*z 500..500 mm"):
        rasterise(contours(circle(5.0, 500.0)), GRID)


def test_contours_across_the_slices_are_refused() -> None:
    sagittal = circle(8.0, 4.0)[:, [2, 1, 0]]
    with pytest.raises(GeometryError, match="not parallel to the image slices"):
        rasterise(contours(sagittal), GRID)


def test_region_at_the_border_is_said_to_leave_the_image() -> None:
    _, warnings = rasterise(contours(circle(6.0, 4.0, (38.0, 0.0))), GRID)
    assert [c.code for c in warnings] == ["region_leaves_image"]

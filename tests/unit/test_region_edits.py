"""Edits make the region that was drawn: add, subtract, fill between, undo."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.records import AlgorithmType, Quantity, Roi, Volume
from dss_core.regions.crop import carried, cropped, part_around
from dss_core.regions.region_edits import Area, Edit, Lesion, Outline
from dss_core.spatial.resampling import resample_mask

GRID = Grid((21, 40, 50), (1.0, 2.0, 3.0), (-25.0, -40.0, 100.0))


def _box(k: int, x: tuple[float, float], y: tuple[float, float], erase: bool = False) -> Outline:
    corners = ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]))
    return Outline(k, corners, erase)


def _circle(k: int, centre: tuple[float, float], radius: float) -> Outline:
    angles = np.linspace(0.0, 2.0 * np.pi, 200, endpoint=False)
    xy = np.array(centre) + radius * np.column_stack([np.cos(angles), np.sin(angles)])
    return Outline(k, tuple((float(x), float(y)) for x, y in xy))


def _area(
    k: slice, j: slice, i: slice, erase: bool = False, threshold: float | None = None
) -> Area:
    mask = np.zeros(GRID.shape_zyx, dtype=np.bool_)
    mask[k, j, i] = True
    return Area(cropped(Roi("x", mask, GRID, "PET threshold", threshold)), erase)


def _mask(*edits: Edit, fill: bool = True) -> np.ndarray:
    return Lesion("L", tuple(edits), fill=fill).region(GRID).mask_zyx


def test_a_rectangle_holds_the_voxels_whose_centre_it_holds() -> None:
    mask = _mask(_box(4, (-10.2, 4.9), (-11.0, 13.0)))
    k, j, i = np.nonzero(mask)
    assert set(k) == {4}
    assert (j.min(), j.max()) == (15, 26)  # y -40 + 2 j in (-11, 13): -10 to 12
    assert (i.min(), i.max()) == (15, 29)  # x -25 + i in (-10.2, 4.9): -10 to 4
    assert mask.sum() == 12 * 15


def test_subtracting_undoes_exactly_what_it_covers() -> None:
    whole = _box(4, (-10.5, 10.5), (-11.0, 13.0))
    right = _box(4, (0.5, 10.5), (-11.0, 13.0), erase=True)
    np.testing.assert_array_equal(_mask(whole, right), _mask(_box(4, (-10.5, 0.5), (-11.0, 13.0))))


def test_slices_between_two_outlines_are_filled_by_the_shape_halfway() -> None:
    mask = _mask(_circle(4, (-5.0, 0.0), 8.0), _circle(14, (5.0, 0.0), 16.0))
    assert not mask[:4].any() and not mask[15:].any() and mask[4:15].any(axis=(1, 2)).all()
    i = np.nonzero(mask[9])[1]
    assert np.mean(GRID.origin_mm[0] + i) == pytest.approx(0.0, abs=0.6)
    # A cone: halfway the radius is 12 mm; pixels are 1 x 2 mm.
    assert np.sqrt(mask[9].sum() * 2.0 / np.pi) == pytest.approx(12.0, abs=0.75)


def test_without_filling_the_slices_between_stay_empty() -> None:
    mask = _mask(_circle(4, (0.0, 0.0), 8.0), _circle(14, (0.0, 0.0), 8.0), fill=False)
    assert set(np.flatnonzero(mask.any(axis=(1, 2)))) == {4, 14}


def test_an_edit_on_a_filled_slice_stays_and_its_neighbours_follow_it() -> None:
    ends = _circle(4, (0.0, 0.0), 10.0), _circle(14, (0.0, 0.0), 10.0)
    cut = _box(9, (0.5, 30.0), (-30.0, 30.0), erase=True)
    before, after = _mask(*ends), _mask(*ends, cut)
    i = np.nonzero(after[9])[1]
    assert i.max() == 25  # nothing right of x = 0.5
    assert 0 < after[9].sum() < before[9].sum() and after[8].sum() < before[8].sum()
    np.testing.assert_array_equal(after[[4, 14]], before[[4, 14]])


def test_a_grown_region_keeps_what_was_drawn_and_the_filling() -> None:
    ends = _circle(4, (0.0, 0.0), 8.0), _circle(14, (0.0, 0.0), 8.0)
    grown = _area(slice(2, 17), slice(18, 22), slice(20, 40))
    both = _mask(*ends, grown)
    np.testing.assert_array_equal(both & _mask(*ends), _mask(*ends))
    np.testing.assert_array_equal(both & _mask(grown), _mask(grown))


def test_corrections_of_an_imported_region_do_not_change_the_slices_between() -> None:
    imported = _area(slice(2, 19), slice(10, 30), slice(10, 40))
    plus = [_box(k, (10.0, 22.0), (-10.0, 10.0)) for k in (4, 14)]
    changed = np.flatnonzero((_mask(imported, *plus) != _mask(imported)).any(axis=(1, 2)))
    assert set(changed) == {4, 14}


def test_a_threshold_is_that_of_one_grown_area_only() -> None:
    grown = _area(slice(2, 5), slice(2, 5), slice(2, 5), threshold=3.1)
    assert Lesion("L", (grown,)).region(GRID).threshold_suv == 3.1
    edited = Lesion("L", (grown, _circle(4, (0.0, 0.0), 8.0))).region(GRID)
    assert edited.threshold_suv is None
    assert edited.method == "PET threshold; 1 outlines by hand on 1 slices"


def test_an_outline_after_undo_is_not_followed_by_redo() -> None:
    one, two, three = (_circle(k, (0.0, 0.0), 8.0) for k in (3, 4, 5))
    lesion = Lesion("L").add(one).add(two).undo()
    assert lesion.redo().edits == (one, two)
    assert lesion.add(three).redo().edits == (one, three)
    assert Lesion("L").undo().redo() == Lesion("L")


_boxes = st.builds(
    _box,
    st.integers(0, 20),
    st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    st.booleans(),
)


@given(st.lists(_boxes, min_size=1, max_size=5))
def test_undo_and_redo_give_the_very_same_regions(edits: Sequence[Outline]) -> None:
    lesion = Lesion("L")
    seen = [lesion.region(GRID).mask_zyx]
    for edit in edits:
        lesion = lesion.add(edit)
        seen.append(lesion.region(GRID).mask_zyx)
    for mask in reversed(seen[:-1]):
        lesion = lesion.undo()
        np.testing.assert_array_equal(lesion.region(GRID).mask_zyx, mask)
    for mask in seen[1:]:
        lesion = lesion.redo()
        np.testing.assert_array_equal(lesion.region(GRID).mask_zyx, mask)


def _ball(grid: Grid, centre_mm: tuple[float, float, float], radius_mm: float) -> Roi:
    k, j, i = np.indices(grid.shape_zyx)
    world = grid.to_world(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(np.float64))
    inside = np.linalg.norm(world - np.array(centre_mm), axis=1) <= radius_mm
    return Roi("ball", inside.reshape(grid.shape_zyx), grid)


TURNED = Grid(
    (12, 15, 20), (4.0, 5.0, 6.0), (40.0, 30.0, 95.0), ((-1.0, 0, 0), (0, -1.0, 0), (0, 0, 1.0))
)


def test_a_region_carried_on_the_part_is_the_region_resampled_whole() -> None:
    ball = _ball(TURNED, (0.0, 0.0, 125.0), 17.0)
    whole = resample_mask(ball, GRID).mask_zyx
    lesion = Lesion("L", (Area(carried(ball, GRID)),))
    assert whole.any()
    np.testing.assert_array_equal(lesion.region(GRID).mask_zyx, whole)


def test_a_region_that_misses_the_image_is_refused() -> None:
    far = Grid((5, 5, 5), (1.0, 1.0, 1.0), (500.0, 0.0, 0.0))
    with pytest.raises(GeometryError, match="does not meet the image"):
        carried(_ball(TURNED, (0.0, 0.0, 125.0), 17.0), far)


def test_the_part_around_a_region_holds_its_values_and_the_margin() -> None:
    values = np.random.default_rng(1).normal(size=GRID.shape_zyx).astype(np.float32)
    image = Volume(values, GRID, Quantity.HU, "d")
    ball = _ball(GRID, (0.0, 0.0, 130.0), 6.0)
    part = part_around(image, ball, 4.0)
    assert part.values_zyx.size < values.size / 4
    inside = resample_mask(ball, part.grid).mask_zyx
    np.testing.assert_array_equal(part.values_zyx[inside], values[ball.mask_zyx])
    low, high = part.grid.bounds_mm()
    assert (low <= np.array([-10.0, -10.0, 121.0])).all()
    assert (high >= np.array([10.0, 10.0, 139.0])).all()


def test_imported_region_that_was_edited_is_no_longer_all_by_an_algorithm() -> None:
    def area(algorithm: AlgorithmType | None, erase: bool = False) -> Area:
        grown = _area(slice(2, 5), slice(3, 9), slice(4, 9), erase)
        return replace(grown, roi=replace(grown.roi, method="", algorithm=algorithm))

    lesion = Lesion("A", start=area(AlgorithmType.AUTOMATIC))
    assert lesion.region(GRID).algorithm is AlgorithmType.AUTOMATIC
    assert lesion.add(area(None)).region(GRID).algorithm is AlgorithmType.SEMIAUTOMATIC
    assert lesion.add(_box(4, (0, 9), (0, 9))).region(GRID).algorithm == "SEMIAUTOMATIC"
    by_hand = Lesion("A", start=area(AlgorithmType.MANUAL))
    assert by_hand.add(_box(4, (0, 9), (0, 9))).region(GRID).algorithm is None

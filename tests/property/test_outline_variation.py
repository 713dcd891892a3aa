"""Regions grown, shrunk and shifted: against brute-force distances and by their own laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.regions.outline_variation import SYSTEMATIC, Change, Variation, shifted, varied_masks

SPACING = (1.5, 1.0, 2.5)
masks = arrays(np.bool_, (4, 6, 5), elements=st.booleans()).filter(
    lambda m: m.any() and not m.all()
)
millimetres = st.floats(0.5, 6.0)


def changed(mask: np.ndarray, change: Change, by_mm: float) -> np.ndarray:
    ((variation, result),) = varied_masks(mask, SPACING, [Variation(change, by_mm)])
    assert variation == Variation(change, by_mm)
    return result


def points_mm(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask) * np.array(SPACING[::-1])


@given(masks, millimetres)
def test_growing_takes_every_voxel_within_the_distance(mask: np.ndarray, by_mm: float) -> None:
    all_points = points_mm(np.ones_like(mask)).reshape(*mask.shape, 3)
    gap = np.linalg.norm(all_points[..., None, :] - points_mm(mask), axis=-1).min(axis=-1)
    assert (changed(mask, Change.GROW, by_mm) == (gap <= by_mm + 1e-9)).all()


@given(masks, millimetres)
def test_shrinking_is_growing_of_what_is_outside(mask: np.ndarray, by_mm: float) -> None:
    assert (changed(mask, Change.SHRINK, by_mm) == ~changed(~mask, Change.GROW, by_mm)).all()


@given(masks, millimetres, millimetres)
def test_growing_more_never_loses_a_voxel(mask: np.ndarray, a: float, b: float) -> None:
    less, more = sorted((a, b))
    small, large = changed(mask, Change.GROW, less), changed(mask, Change.GROW, more)
    assert (mask <= small).all() and (small <= large).all()
    deep, shallow = changed(mask, Change.SHRINK, more), changed(mask, Change.SHRINK, less)
    assert (deep <= shallow).all() and (shallow <= mask).all()


@given(masks, st.tuples(*[st.integers(-3, 3)] * 3))
def test_a_shift_is_undone_by_its_opposite(mask: np.ndarray, steps: tuple[int, int, int]) -> None:
    roomy = np.pad(mask, 3)
    there = shifted(roomy, steps)
    assert there.sum() == mask.sum()
    assert (shifted(there, (-steps[0], -steps[1], -steps[2])) == roomy).all()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change.LEFT, (3, 3, 5)), (Change.RIGHT, (3, 3, 1)),
        (Change.POSTERIOR, (3, 6, 3)), (Change.ANTERIOR, (3, 0, 3)),
        (Change.SUPERIOR, (4, 3, 3)), (Change.INFERIOR, (2, 3, 3)),
    ],
)  # fmt: skip
def test_directions_are_those_of_the_patient(
    change: Change, expected: tuple[int, int, int]
) -> None:
    mask = np.zeros((7, 7, 7), dtype=np.bool_)
    mask[3, 3, 3] = True
    assert tuple(np.argwhere(changed(mask, change, 3.0))[0]) == expected


def test_the_systematic_set_is_eight_changes_by_one_to_five_millimetres() -> None:
    assert len(SYSTEMATIC) == 40
    grown = np.zeros((41, 41, 41), dtype=np.bool_)
    z, y, x = np.indices(grown.shape) - 20
    ball = x**2 + y**2 + z**2 <= 100
    volumes = {j: int(m.sum()) for j, m in varied_masks(ball, (1.0, 1.0, 1.0))}
    for by in range(1, 6):
        # A ball of radius 10 mm grown or shrunk by d has radius 10 + d or 10 - d.
        for change, radius in ((Change.GROW, 10 + by), (Change.SHRINK, 10 - by)):
            sphere = 4.0 / 3.0 * np.pi * radius**3
            assert volumes[Variation(change, float(by))] == pytest.approx(sphere, rel=0.12)

"""Lung around a region, for any arrangement of lung and tissue."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.records import Quantity, Roi, Volume
from dss_core.regions.lung_around import aerated_lung_ml

SHAPE = (16, 20, 18)
GRID = Grid(SHAPE, (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
LUNG, TISSUE = -850.0, 40.0
boxes = st.tuples(*(st.tuples(st.integers(0, n - 3), st.integers(3, n)) for n in SHAPE))
several = st.lists(boxes, max_size=4)
Box = tuple[tuple[int, int], ...]


def ct(lung: list[Box]) -> NDArray[np.float32]:
    hu = np.full(SHAPE, TISSUE, dtype=np.float32)
    for box in lung:
        hu[tuple(slice(a, a + n) for a, n in box)] = LUNG
    return hu


def region() -> NDArray[np.bool_]:
    mask = np.zeros(SHAPE, dtype=np.bool_)
    mask[6:9, 9:12, 2:5] = True
    return mask


def found(hu: NDArray[np.float32], mask: NDArray[np.bool_], reach_mm: float = 30.0) -> float:
    return aerated_lung_ml(Roi("GTV", mask, GRID), Volume(hu, GRID, Quantity.HU, ""), reach_mm)


@settings(max_examples=60, deadline=None)
@given(several, boxes, st.floats(4.0, 40.0), st.floats(0.0, 20.0))
def test_more_lung_or_a_longer_reach_never_finds_less(
    lung: list[Box], more: Box, reach_mm: float, further_mm: float
) -> None:
    least = found(ct(lung), region(), reach_mm)
    assert found(ct([*lung, more]), region(), reach_mm) >= least
    assert found(ct(lung), region(), reach_mm + further_mm) >= least


@settings(max_examples=40, deadline=None)
@given(several, st.sampled_from([(0,), (1,), (2,), (0, 1, 2)]))
def test_the_mirrored_patient_has_as_much_lung(lung: list[Box], axes: tuple[int, ...]) -> None:
    mirrored = found(np.flip(ct(lung), axes), np.flip(region(), axes))
    assert mirrored == found(ct(lung), region())


@settings(max_examples=60, deadline=None)
@given(several)
def test_no_more_is_found_than_there_is_and_nothing_where_there_is_none(lung: list[Box]) -> None:
    hu = ct(lung)
    there_ml = float((hu == LUNG).sum()) * GRID.voxel_ml
    assert 0.0 <= found(hu, region()) <= there_ml + 1e-9

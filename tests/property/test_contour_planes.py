"""Contours on planes of any distance, offset and jitter: solid, with closed-form volume."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dss_core.geometry import Grid
from dss_core.regions.contours import Contours
from dss_core.regions.masks import rasterise

GRID = Grid((180, 28, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
SOLID_SLICES = 150.0
OUTER, HOLE, ISLAND = (2.5, 3.5, 20.0, 20.0), (8.5, 9.5, 6.0, 6.0), (30.5, 9.5, 4.0, 4.0)
AREA = 400 - 36 + 16


def rectangle(x: float, y: float, width: float, height: float, z: float) -> np.ndarray:
    """Between pixels, so that its area is its number of pixels."""
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.array([(*corner, z) for corner in corners])


def region(polygons: list[np.ndarray]) -> Contours:
    return Contours("GTV", "", tuple(polygons), False)


@settings(max_examples=60)
@given(
    distance=st.floats(0.2, 6.0) | st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0, 4.0]),
    offset=st.floats(0.0, 1.0, exclude_max=True) | st.just(0.0),
    island_off=st.floats(-0.25, 0.25),
    seed=st.integers(0, 1000) | st.none(),
)
def test_a_region_is_solid_with_its_hole_and_island_on_every_slice(
    distance: float, offset: float, island_off: float, seed: int | None
) -> None:
    n_planes = int(np.ceil(SOLID_SLICES / distance))
    jitter = np.zeros((n_planes, 3))
    if seed is not None:
        jitter = np.random.default_rng(seed).uniform(-0.05, 0.05, (n_planes, 3))
    jitter[:, 2] += island_off
    polygons = [
        rectangle(*shape, z=10.0 + offset + distance * (plane + jitter[plane, n]))
        for plane in range(n_planes)
        for n, shape in enumerate((OUTER, HOLE, ISLAND))
    ]
    roi, warnings = rasterise(region(polygons), GRID)
    areas = roi.mask_zyx.sum(axis=(1, 2))
    filled = np.flatnonzero(areas)
    assert set(areas[filled[0] : filled[-1] + 1].tolist()) == {AREA}
    assert roi.volume_ml == pytest.approx(AREA * n_planes * distance / 1000.0, rel=0.02)
    assert {w.code for w in warnings} <= {"contours_between_slices"}
    if distance >= 1.0:
        assert not warnings


@given(
    step=st.integers(1, 6),
    first=st.integers(8, 12),
    nudges=st.lists(st.floats(-1e-4, 1e-4), min_size=12, max_size=12),
    halfway=st.sampled_from([0.0, 0.5]),
)
def test_rounding_of_the_heights_changes_no_voxel(
    step: int, first: int, nudges: list[float], halfway: float
) -> None:
    heights = first + halfway + step * np.arange(12.0)
    exact = [rectangle(*OUTER, z=z) for z in heights]
    nudged = [rectangle(*OUTER, z=z + n) for z, n in zip(heights, nudges, strict=True)]
    masks = [rasterise(region(polygons), GRID)[0].mask_zyx for polygons in (exact, nudged)]
    assert masks[0].any(axis=(1, 2)).sum() == 12 * step
    assert np.array_equal(*masks)


@settings(max_examples=30)
@given(ratio=st.floats(0.2, 3.0), offset=st.floats(0.0, 1.0), radius=st.floats(14.0, 18.0))
def test_a_ball_has_the_volume_of_a_ball(ratio: float, offset: float, radius: float) -> None:
    grid = Grid((46, 46, 46), (1.0, 1.0, 1.0), (-22.4, -22.7, -22.5))
    angle = np.linspace(0.0, 2.0 * np.pi, 180, endpoint=False)
    heights = (np.arange(-100, 100) + offset) * ratio
    circles = [
        np.stack([r * np.cos(angle), r * np.sin(angle), np.full_like(angle, z)], axis=1)
        for z in heights[np.abs(heights) < radius]
        for r in [np.sqrt(radius**2 - z**2)]
    ]
    roi, _ = rasterise(region(circles), grid)
    assert roi.volume_ml == pytest.approx(4.0 / 3.0 * np.pi * radius**3 / 1000.0, rel=0.02)

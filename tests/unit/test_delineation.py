"""Regions grown from a click: closed forms, a plain flood fill, and what is refused."""

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.errors import DssError
from dss_core.geometry import Grid
from dss_core.records import Quantity, Volume
from dss_core.regions.delineation import Box, PetTool, delineate, liver_reference
from dss_core.spatial.resampling import resample_mask

SIGMA_MM, PEAK, BACKGROUND = 14.0, 10.0, 0.5
GRID = Grid((40, 60, 60), (4.0, 4.0, 4.0), (-118.0, -118.0, -78.0))


def volume(values: np.ndarray, grid: Grid = GRID) -> Volume:
    return Volume(values.astype(np.float32), grid, Quantity.SUVBW, "digest")


def world(grid: Grid = GRID) -> np.ndarray:
    k, j, i = np.indices(grid.shape_zyx)
    flat = grid.to_world(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(float))
    return flat.reshape(*grid.shape_zyx, 3)


def focus(centre_mm: tuple[float, float, float], peak: float, sigma_mm: float) -> np.ndarray:
    r2 = ((world() - centre_mm) ** 2).sum(axis=-1)
    return (peak - BACKGROUND) * np.exp(-r2 / (2.0 * sigma_mm**2))


@pytest.fixture(scope="module")
def one() -> Volume:
    """A Gaussian focus on a voxel centre, in an even background."""
    return volume(BACKGROUND + focus((2.0, 2.0, 2.0), PEAK, SIGMA_MM))


CENTRE = (2.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("tool", "threshold"),
    [(PetTool.PERCENT_41, 4.1), (PetTool.PERCENT_50, 5.0), (PetTool.SUV_2_5, 2.5),
     (PetTool.SUV_3_0, 3.0), (PetTool.SUV_4_0, 4.0)],
)  # fmt: skip
@pytest.mark.parametrize("click", [CENTRE, (8.0, -3.0, 5.0)])
def test_region_is_the_ball_where_the_gaussian_reaches_the_threshold(
    one: Volume, tool: PetTool, threshold: float, click: tuple[float, float, float]
) -> None:
    found = delineate(one, click, tool)
    radius = SIGMA_MM * np.sqrt(2.0 * np.log((PEAK - BACKGROUND) / (threshold - BACKGROUND)))
    ball = np.linalg.norm(world() - CENTRE, axis=-1) <= radius
    assert found.threshold_suv == pytest.approx(threshold, rel=1e-6)
    assert (found.roi.mask_zyx != ball).sum() <= 6  # voxel centres on the sphere itself
    assert found.roi.volume_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.1)
    assert found.suv_max == pytest.approx(PEAK)
    assert f"at least {threshold:.2f} g/mL" in found.roi.method


def test_a_hotter_organ_that_is_apart_does_not_count() -> None:
    pet = volume(BACKGROUND + focus(CENTRE, 6.0, 8.0) + focus((-70.0, 2.0, 2.0), 20.0, 12.0))
    found = delineate(pet, (6.0, 2.0, 2.0), PetTool.PERCENT_41)
    assert found.suv_max == pytest.approx(6.0, rel=1e-3)
    assert found.threshold_suv == pytest.approx(0.41 * 6.0, rel=1e-3)


@pytest.fixture(scope="module")
def fused() -> Volume:
    """A tumour of SUV 6 that touches a heart of SUV 15 above 41 % of its own maximum."""
    return volume(
        BACKGROUND + focus((20.0, 2.0, 2.0), 6.0, 10.0) + focus((-20.0, 2.0, 2.0), 15.0, 14.0)
    )


def test_a_tumour_fused_with_a_hotter_organ_is_refused_until_a_box_parts_them(
    fused: Volume,
) -> None:
    click = (20.0, 2.0, 2.0)
    with pytest.raises(DssError, match=r"At 41% of its SUVmax .* leaks into hotter tissue.*box"):
        delineate(fused, click, PetTool.PERCENT_41)
    box = Box((8.0, -40.0, 40.0), (60.0, 40.0, -40.0))
    found = delineate(fused, click, PetTool.PERCENT_41, box=box)
    inside = world()[found.roi.mask_zyx]
    assert inside[:, 0].min() >= 8.0
    assert found.suv_max < 8.0
    assert found.roi.method.endswith("within a bounding box")


def plain_component(values: np.ndarray, threshold: float, seed: tuple) -> np.ndarray:
    """Flood fill, one voxel at a time."""
    inside = np.zeros(values.shape, dtype=bool)
    waiting = deque([seed] if values[seed] >= threshold else [])
    while waiting:
        at = waiting.popleft()
        if inside[at]:
            continue
        inside[at] = True
        for axis in range(3):
            for step in (-1, 1):
                there = list(at)
                there[axis] += step
                inner = 0 <= there[axis] < values.shape[axis]
                if inner and values[tuple(there)] >= threshold and not inside[tuple(there)]:
                    waiting.append(tuple(there))
    return inside


@given(arrays(np.int64, (3, 4, 4), elements=st.integers(1, 12)))
def test_percentage_region_is_the_one_whose_own_maximum_gives_its_threshold(
    numbers: np.ndarray,
) -> None:
    grid, seed = Grid(numbers.shape, (4.0, 4.0, 4.0), (0.0, 0.0, 0.0)), (1, 2, 1)
    pet = volume(numbers, grid)
    fits = {}
    for peak in np.unique(numbers):
        inside = plain_component(numbers, np.float32(0.5) * peak, seed)
        if inside.any() and numbers[inside].max() == peak:
            fits[float(peak)] = inside
    assert len(fits) <= 1
    click = tuple(float(v) for v in grid.to_world(np.array([[1.0, 2.0, 1.0]]))[0])
    if not fits:
        with pytest.raises(DssError, match=r"Click nearer|leaks into hotter"):
            delineate(pet, click, PetTool.PERCENT_50)
        return
    ((peak, inside),) = fits.items()
    found = delineate(pet, click, PetTool.PERCENT_50)
    assert found.suv_max == peak
    assert (found.roi.mask_zyx == inside).all()


@pytest.fixture(scope="module")
def with_liver() -> Volume:
    """The focus, and a liver of mean 2 and SD 0.2 about (60, 0, -50)."""
    noise = np.random.default_rng(3).standard_normal(GRID.shape_zyx)
    liver = np.linalg.norm(world() - (60.0, 2.0, -46.0), axis=-1) < 30.0
    values = BACKGROUND + focus(CENTRE, PEAK, SIGMA_MM)
    return volume(np.where(liver, 2.0 + 0.2 * noise, values))


def test_percist_threshold_is_one_and_a_half_liver_means_plus_two_deviations(
    with_liver: Volume,
) -> None:
    centre = (60.0, 2.0, -46.0)
    liver = liver_reference(with_liver, centre)
    near = with_liver.values_zyx[np.linalg.norm(world() - centre, axis=-1) <= 15.0]
    assert liver.n_voxels == near.size
    assert liver.threshold_suv == pytest.approx(1.5 * near.mean() + 2 * near.std(ddof=1), rel=1e-5)
    assert liver.threshold_suv == pytest.approx(3.4, abs=0.12)
    found = delineate(with_liver, CENTRE, PetTool.PERCIST, liver=liver)
    assert found.threshold_suv == liver.threshold_suv
    assert found.roi.method.startswith("PET threshold, PERCIST, 1.5 x liver")
    assert liver.warnings == ()


@pytest.mark.parametrize("factor", [0.7, 1.6])
@pytest.mark.parametrize("tool", [PetTool.PERCENT_41, PetTool.PERCIST])
def test_relative_tools_give_the_same_region_for_lean_body_mass_suv(
    with_liver: Volume, factor: float, tool: PetTool
) -> None:
    masks = []
    for scale in (1.0, factor):
        pet = replace(with_liver, values_zyx=with_liver.values_zyx * np.float32(scale))
        liver = liver_reference(pet, (60.0, 2.0, -46.0))
        masks.append(delineate(pet, CENTRE, tool, liver=liver).roi.mask_zyx)
    assert (masks[0] == masks[1]).all()


def test_an_unusual_liver_is_said(one: Volume) -> None:
    liver = liver_reference(one, (60.0, 60.0, 2.0))
    assert [c.code for c in liver.warnings] == ["unusual_liver"]


REFUSED = [
    (
        {"click_mm": (90.0, 2.0, 2.0), "tool": PetTool.SUV_4_0},
        "has SUV 0.50 under the click, below",
    ),
    ({"click_mm": (90.0, 2.0, 2.0), "tool": PetTool.PERCENT_41}, "below 41% of the peaks around"),
    ({"click_mm": (900.0, 2.0, 2.0), "tool": PetTool.SUV_4_0}, "outside the PET"),
    ({"click_mm": CENTRE, "tool": PetTool.PERCIST}, "needs a liver reference"),
    (
        {"click_mm": CENTRE, "tool": PetTool.SUV_3_0, "box": Box((20, 20, 20), (40, 40, 40))},
        "outside the bounding box",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_what_cannot_be_grown_is_refused_in_words(
    one: Volume, arguments: dict, sentence: str
) -> None:
    with pytest.raises(DssError, match=sentence):
        delineate(one, **arguments)


def test_a_region_that_runs_through_the_body_is_refused() -> None:
    warm = volume(3.0 + focus(CENTRE, PEAK, SIGMA_MM))
    with pytest.raises(DssError, match=r"leaks into adjacent tissue \(over 120 mm\)"):
        delineate(warm, CENTRE, PetTool.SUV_2_5)


def test_liver_sphere_outside_the_pet_is_refused(one: Volume) -> None:
    with pytest.raises(DssError, match="3 cm sphere for the liver reference is not inside"):
        liver_reference(one, (-116.0, -116.0, -76.0))


def test_region_on_the_finer_ct_comes_back_to_the_pet_unchanged(one: Volume) -> None:
    ct = Grid((150, 256, 256), (0.9, 0.9, 1.0), (-115.0, -114.7, -74.6))
    found = delineate(one, CENTRE, PetTool.PERCENT_41).roi
    back = resample_mask(resample_mask(found, ct), GRID)
    assert (back.mask_zyx == found.mask_zyx).all()
    assert back.method == found.method and back.threshold_suv == found.threshold_suv

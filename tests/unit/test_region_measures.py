"""Size and uptake of a region: closed forms on boxes and spheres, plain brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist

from dss_core.errors import DssError
from dss_core.geometry import Grid
from dss_core.records import Quantity, Roi, Volume
from dss_core.regions.delineation import PetTool, delineate
from dss_core.regions.measures import (
    longest_axial_diameter_mm,
    longest_diameter_mm,
    measure_region,
    suv_peak,
)

GRID = Grid((9, 11, 13), (1.0, 1.5, 2.5), (0.0, 0.0, 0.0))
PEAK_MM = 6.2035  # radius of a sphere of 1 mL: (3 / (4 pi))^(1/3) cm


def box(nz: int, ny: int, nx: int) -> np.ndarray:
    mask = np.zeros(GRID.shape_zyx, dtype=bool)
    mask[2 : 2 + nz, 3 : 3 + ny, 4 : 4 + nx] = True
    return mask


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 1), (1, 4, 6), (5, 6, 7)])
def test_diameters_of_a_box_are_those_of_its_mesh_at_one_half(shape: tuple[int, int, int]) -> None:
    # Between faces of opposite corner voxels: their centres, and half a voxel across each face.
    spacing = np.array(GRID.spacing_mm[::-1])
    along = (np.array(shape) - 1) * spacing
    half = np.diag(spacing / 2.0)
    pairs = [np.linalg.norm(along + half[a] + half[b]) for a, b in product(range(3), repeat=2)]
    assert longest_diameter_mm(box(*shape), GRID) == pytest.approx(max(pairs))
    flat = [np.linalg.norm((along + half[a] + half[b])[1:]) for a, b in product((1, 2), repeat=2)]
    assert longest_axial_diameter_mm(box(*shape), GRID) == pytest.approx(max(flat))


@pytest.mark.parametrize("radius_mm", [8.0, 15.0, 30.0])
def test_a_digital_sphere_has_the_volume_and_diameter_of_a_sphere(radius_mm: float) -> None:
    grid = Grid((70, 90, 90), (0.8, 0.8, 1.0), (-35.6, -35.6, -34.5))
    z, y, x = np.indices(grid.shape_zyx)
    r = np.sqrt((0.8 * x - 35.6) ** 2 + (0.8 * y - 35.6) ** 2 + (z - 34.5) ** 2)
    roi = Roi("sphere", r <= radius_mm, grid)
    assert roi.volume_ml == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, rel=0.02)
    for length in (longest_diameter_mm, longest_axial_diameter_mm):
        assert length(roi.mask_zyx, grid) == pytest.approx(2 * radius_mm, abs=1.0)


@given(arrays(np.bool_, (3, 4, 4), elements=st.booleans()).filter(np.any))
def test_longest_diameter_is_the_largest_of_all_pairs_of_face_centres(mask: np.ndarray) -> None:
    grid = Grid(mask.shape, (1.0, 1.5, 2.5), (0.0, 0.0, 0.0))
    faces = [
        (np.array(at) + half * np.eye(3)[axis]) * (2.5, 1.5, 1.0)
        for at in np.argwhere(mask)
        for axis in range(3)
        for half in (-0.5, 0.5)
    ]
    assert longest_diameter_mm(mask, grid) == pytest.approx(pdist(np.array(faces)).max())


@given(
    arrays(np.float32, (4, 6, 5), elements=st.floats(0.0, 20.0, width=32)),
    arrays(np.bool_, (4, 6, 5), elements=st.booleans()).filter(np.any),
)
def test_suv_peak_is_the_best_plain_mean_over_spheres_of_one_millilitre(
    values: np.ndarray, mask: np.ndarray
) -> None:
    pet = Volume(values, Grid(values.shape, (4.0, 3.0, 5.0), (0.0, 0.0, 0.0)), Quantity.SUVBW, "")
    places = np.argwhere(np.ones_like(mask)) * (5.0, 3.0, 4.0)
    means = [
        values.ravel()[np.linalg.norm(places - c, axis=1) <= PEAK_MM].mean(dtype=float)
        for c in places[mask.ravel()]
    ]
    assert suv_peak(pet, mask) == pytest.approx(max(means), rel=1e-5)


def case(threshold: bool) -> tuple[Roi, Volume, Volume]:
    """A Gaussian focus on a fine PET, and the region at SUV 4 or a ball of 20 mm."""
    grid = Grid((60, 60, 60), (1.0, 1.0, 1.0), (-29.0, -29.0, -29.0))
    z, y, x = np.indices(grid.shape_zyx) - 29
    r2 = (x**2 + y**2 + z**2).astype(np.float64)
    pet = Volume((12.0 * np.exp(-r2 / 200.0)).astype(np.float32), grid, Quantity.SUVBW, "")
    ct = Volume((x + 40.0).astype(np.float32), grid, Quantity.HU, "")
    if threshold:
        return delineate(pet, (0.0, 0.0, 0.0), PetTool.SUV_4_0).roi, ct, pet
    return Roi("ball", r2 <= 400.0, grid), ct, pet


def gaussian_in_ball(radius_mm: float) -> float:
    """Integral of 12 exp(-r^2 / 200) over a ball, in SUV mL, by fine radial sums."""
    r = (np.arange(100000) + 0.5) * radius_mm / 100000
    return float((4 * np.pi * r**2 * 12.0 * np.exp(-(r**2) / 200.0)).sum() * r[0] * 2) / 1000.0


def test_uptake_of_a_threshold_region_is_that_of_the_gaussian_in_its_ball() -> None:
    found = measure_region(*case(threshold=True))
    radius = np.sqrt(200.0 * np.log(3.0))  # where 12 exp(-r^2 / 200) is 4
    ball_ml = 4 / 3 * np.pi * radius**3 / 1000
    assert found.suv_max == pytest.approx(12.0)
    assert found.volume_ml == pytest.approx(ball_ml, rel=0.02)
    assert found.mtv_ml == found.volume_ml
    assert found.mtv_threshold_suv == 4.0
    assert found.tlg_g == pytest.approx(gaussian_in_ball(radius), rel=0.02)
    assert found.suv_mean == pytest.approx(gaussian_in_ball(radius) / ball_ml, rel=0.01)
    assert found.suv_peak == pytest.approx(gaussian_in_ball(PEAK_MM), rel=0.02)
    assert found.hu_mean == pytest.approx(40.0, abs=1e-3)


def test_metabolic_volume_of_a_drawn_region_is_its_part_above_41_percent() -> None:
    found = measure_region(*case(threshold=False))
    radius = np.sqrt(200.0 * np.log(1 / 0.41))
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * 8.0, rel=0.02)
    assert found.mtv_threshold_suv == pytest.approx(0.41 * 12.0)
    assert found.mtv_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.02)
    assert found.tlg_g == pytest.approx(gaussian_in_ball(radius), rel=0.02)


def test_region_beside_the_pet_is_refused() -> None:
    roi, ct, pet = case(threshold=False)
    aside = Roi("aside", roi.mask_zyx, Grid(roi.grid.shape_zyx, (1.0,) * 3, (500.0, 0.0, 0.0)))
    with pytest.raises(DssError, match="No PET voxel centre lies in the region 'aside'"):
        measure_region(aside, ct, pet)

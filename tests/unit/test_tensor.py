"""From images and region to tensor, on volumes whose answer is known in closed form."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.preprocessing.normalisation import min_max, normalise
from dss_core.preprocessing.tensor import (
    _bilinear,
    network_input,
    region_images,
    squares,
    surroundings,
)
from dss_core.records import Quantity, Roi, Volume
from dss_core.regions.outline_variation import shifted
from dss_core.settings import Preprocessing

GRID = Grid((30, 100, 110), (1.5, 1.2, 2.0), (-80.0, -60.0, 10.0))
SETTINGS = Preprocessing()


def world() -> np.ndarray:
    """World positions of all voxel centres, shape (z, y, x, 3)."""
    k, j, i = np.indices(GRID.shape_zyx)
    flat = GRID.to_world(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(float))
    return flat.reshape(*GRID.shape_zyx, 3)


def volume(values: np.ndarray, quantity: Quantity) -> Volume:
    return Volume(values.astype(np.float32), GRID, quantity, "digest")


@pytest.fixture(scope="module")
def linear() -> tuple[Volume, Volume, Roi]:
    """CT and PET that are linear in space, and a box-shaped region."""
    x, y, z = np.moveaxis(world(), -1, 0)
    ct = volume(2.0 * x + 3.0 * y - 1.0 * z, Quantity.HU)
    pet = volume(5.0 + 0.02 * x - 0.03 * y + 0.01 * z, Quantity.SUVBW)
    inside = (np.abs(x - 4.0) < 12.0) & (np.abs(y + 2.0) < 7.0) & (np.abs(z - 40.0) < 9.0)
    return ct, pet, Roi("box", inside, GRID)


def test_linear_images_are_sampled_exactly_where_the_square_says(
    linear: tuple[Volume, Volume, Roi],
) -> None:
    images = region_images(*linear, SETTINGS)
    step = (np.arange(64) + 0.5) / 64 - 0.5
    for n in range(len(images.z_mm)):
        x = images.centre_mm[n, 0] + step[None, :] * images.side_mm[n]
        y = images.centre_mm[n, 1] + step[:, None] * images.side_mm[n]
        hu = 2.0 * x + 3.0 * y - images.z_mm[n]
        suv = 5.0 + 0.02 * x - 0.03 * y + 0.01 * images.z_mm[n]
        assert np.abs(images.ct[n] - (hu + 1000.0)).max() < 1e-3
        assert np.abs(images.pet[n] - suv).max() < 1e-4


def test_square_is_the_region_plus_twenty_millimetres_on_each_side(
    linear: tuple[Volume, Volume, Roi],
) -> None:
    images = region_images(*linear, SETTINGS)
    x = np.unique(world()[linear[2].mask_zyx][:, 0])
    width = x.max() - x.min() + GRID.spacing_mm[0]
    assert images.side_mm == pytest.approx(width + 40.0, abs=1.0)
    assert images.centre_mm[:, 0] == pytest.approx((x.max() + x.min()) / 2.0, abs=0.5)


def test_slices_lie_one_millimetre_apart_over_the_height_of_the_region(
    linear: tuple[Volume, Volume, Roi],
) -> None:
    images = region_images(*linear, SETTINGS)
    z = np.unique(world()[linear[2].mask_zyx][:, 2])
    assert np.diff(images.z_mm) == pytest.approx(1.0)
    assert len(images.z_mm) == pytest.approx(z.max() - z.min() + GRID.spacing_mm[2], abs=1.0)


def test_what_lies_outside_the_image_counts_as_no_signal() -> None:
    x, y, z = np.moveaxis(world(), -1, 0)
    ct, pet = volume(50.0 + 0 * x, Quantity.HU), volume(2.0 + 0.0 * x, Quantity.SUVBW)
    corner = Roi("corner", (x < -70.0) & (y < -52.0) & (np.abs(z - 40.0) < 5.0), GRID)
    images = region_images(ct, pet, corner, SETTINGS)
    assert images.ct[0, 0, 0] == images.pet[0, 0, 0] == 0.0
    assert images.ct[0, -1, -1] == pytest.approx(1050.0)


def test_every_channel_of_every_slice_is_a_z_score(linear: tuple[Volume, Volume, Roi]) -> None:
    x = network_input(*linear, SETTINGS).x.astype(np.float64)
    assert np.abs(x.mean(axis=(2, 3))).max() < 1e-6
    assert np.abs(x.std(axis=(2, 3), ddof=1) - 1.0).max() < 1e-6


def test_min_max_leaves_zeros_and_uses_the_published_denominator() -> None:
    image = np.array([[[0.0, 2.0], [4.0, 6.0]]])
    expected = np.array([[[0.0, 0.0], [2.0 / (4.0 + 1e-7), 4.0 / (4.0 + 1e-7)]]])
    assert np.array_equal(min_max(image), expected)


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_constant_image_has_no_z_score_and_is_refused(value: float) -> None:
    rng = np.random.default_rng(0)
    flat, fine = np.full((1, 8, 8), value), rng.random((1, 8, 8))
    with pytest.raises(InputError, match="PET image of slice 1 is constant"):
        normalise(flat, fine)
    with pytest.raises(InputError, match="CT image of slice 1 is constant"):
        normalise(fine, flat)


def test_constant_surroundings_are_refused_with_the_slice_height(
    linear: tuple[Volume, Volume, Roi],
) -> None:
    ct, _, roi = linear
    flat = volume(np.full(GRID.shape_zyx, 1.5), Quantity.SUVBW)
    with pytest.raises(InputError, match=r"PET is constant around the region at z = \d+\.0 mm"):
        network_input(ct, flat, roi, SETTINGS)


def test_swapped_quantities_are_refused(linear: tuple[Volume, Volume, Roi]) -> None:
    ct, pet, roi = linear
    with pytest.raises(InputError, match="CT in HU and PET in SUVbw were expected"):
        network_input(pet, ct, roi, SETTINGS)


def test_a_mask_on_wider_surroundings_gives_the_same_squares_as_its_own(
    linear: tuple[Volume, Volume, Roi],
) -> None:
    ct, pet, roi = linear
    around = surroundings(ct, pet, roi, SETTINGS, reach_mm=5.0)
    own = region_images(ct, pet, roi, SETTINGS)
    wide = squares(around, around.mask_zyx, SETTINGS)
    assert np.abs(wide.ct - own.ct).max() < 1e-3 and np.abs(wide.pet - own.pet).max() < 1e-5
    assert (wide.mask == own.mask).all()
    assert (wide.z_mm == own.z_mm).all() and (wide.centre_mm == own.centre_mm).all()


@pytest.mark.parametrize("steps", [(5, 0, 0), (-5, 0, 0), (0, 5, 0), (0, 0, -5)])
def test_a_region_moved_on_its_surroundings_is_sampled_at_its_new_place(
    linear: tuple[Volume, Volume, Roi], steps: tuple[int, int, int]
) -> None:
    around = surroundings(*linear, SETTINGS, reach_mm=5.0)
    before = squares(around, around.mask_zyx, SETTINGS)
    after = squares(around, shifted(around.mask_zyx, steps), SETTINGS)
    z, y, x = steps
    # The CT is 2 x + 3 y - z in HU.
    assert np.abs(after.ct - before.ct - (2 * x + 3 * y - z)).max() < 1e-2
    assert (after.z_mm - before.z_mm == z).all()


def test_a_square_that_leaves_its_surroundings_repeats_their_edge(
    linear: tuple[Volume, Volume, Roi],
) -> None:
    around = surroundings(*linear, SETTINGS)
    corner = np.zeros_like(around.mask_zyx)
    corner[5, -4:, -4:] = True
    found = squares(around, corner, SETTINGS)
    mm, grid = SETTINGS.spacing_mm, around.grid
    place = (np.arange(SETTINGS.size_px) + 0.5) / SETTINGS.size_px - 0.5
    last_mm = np.array(grid.origin_mm[:2]) + (np.array(grid.shape_zyx[:0:-1]) - 1) * mm
    side_mm = 4 * mm + 2 * SETTINGS.margin_mm
    x, y = (np.minimum(last - 1.5 * mm + place * side_mm, last) for last in last_mm)
    hu = 2.0 * x[None] + 3.0 * y[:, None] - (grid.origin_mm[2] + 5 * mm)
    assert np.abs(found.ct[0] - (hu + 1000.0)).max() < 1e-2


def test_square_of_a_known_region_is_the_published_one_to_a_fraction_of_a_voxel() -> None:
    """Mu et al. 2020: the square that holds the region, grown by 20 mm on each side.

    By hand, on voxels of 1 mm: columns 40 to 59 are 20 mm wide, rows 50 to 61 are 12 mm high. The
    square that holds them has a side of 20 mm, with 20 mm on both sides 60 mm; its middle lies at
    column 49.5 and row 55.5. A region of one voxel gives 1 + 40 = 41 mm.
    """
    grid = Grid((8, 120, 120), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    _, j, i = np.indices(grid.shape_zyx).astype(np.float32)
    ct = Volume(i + j, grid, Quantity.HU, "digest")
    pet = Volume(0.1 * i + 0.05 * j, grid, Quantity.SUVBW, "digest")
    inside = np.zeros(grid.shape_zyx, dtype=np.bool_)
    inside[3, 50:62, 40:60] = True
    inside[4, 70, 30] = True
    images = region_images(ct, pet, Roi("known", inside, grid), SETTINGS)
    assert images.z_mm.tolist() == [3.0, 4.0]
    assert images.side_mm == pytest.approx([60.0, 41.0], abs=0.01)
    assert images.centre_mm[0] == pytest.approx([49.5, 55.5], abs=0.01)
    assert images.centre_mm[1] == pytest.approx([30.0, 70.0], abs=0.01)


@pytest.mark.parametrize("value", [-600.0, 0.1, 1234.5])
def test_a_flat_image_stays_exactly_flat(value: float) -> None:
    """A last digit more or less would be signal where the normalisation looks for none."""
    image = np.full((37, 41), value, dtype=np.float32)
    at = np.random.default_rng(0).uniform(-3.0, 44.0, 64)
    assert np.all(_bilinear(image, at, at) == np.float64(np.float32(value)))


def test_values_between_pixels_are_those_of_scipy() -> None:
    random = np.random.default_rng(1)
    image = random.normal(0.0, 300.0, (37, 41)).astype(np.float32)
    y, x = np.sort(random.uniform(-2.0, 39.0, 64)), np.sort(random.uniform(-2.0, 43.0, 64))
    at = np.meshgrid(np.clip(y, 0, 36), np.clip(x, 0, 40), indexing="ij")
    expected = map_coordinates(image.astype(np.float64), at, order=1)
    assert np.allclose(_bilinear(image, y, x), expected, rtol=0.0, atol=1e-10)

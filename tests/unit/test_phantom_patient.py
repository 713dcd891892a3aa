"""The painted patient: tissues in their published ranges, the tumour as asked for."""

from dataclasses import replace

import numpy as np
import pytest

from dss_core.geometry import Grid
from dss_core.phantom import organs
from dss_core.phantom.anatomy import Thorax, sample_build
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.painter import Painter, Sharpness
from dss_core.phantom.placement import Site, place
from dss_core.phantom.rtstruct import tumour_contours
from dss_core.phantom.scanner import (
    CtProtocol,
    PetProtocol,
    add_pet_noise,
    ct_slab,
    suv_without_noise,
)
from dss_core.phantom.shapes import Axes, edge
from dss_core.phantom.tissues import PUBLISHED_HU
from dss_core.phantom.training_set import simulate_patient
from dss_core.records import Quantity

SHARP = Sharpness(1.5, 0.7, 1.1)


@pytest.fixture(scope="module")
def thorax() -> Thorax:
    return Thorax(sample_build(np.random.default_rng(4), emphysema=0.02))


@pytest.fixture(scope="module")
def lesion(thorax: Thorax) -> Lesion:
    return place(
        thorax,
        np.random.default_rng(8),
        Site(depth_mm=(24, 60)),
        diameter_mm=26.0,
        suv_max=7.5,
        lobulation=0.5,
    )


def _grid(centre: tuple[float, float, float], half_mm: float, step: float, z: float) -> Grid:
    n, m = int(2 * half_mm / step) + 1, int(2 * half_mm / z) + 1
    return Grid((m, n, n), (step, step, z), tuple(c - half_mm for c in centre))


def _painter(thorax: Thorax, lesion: Lesion, grid: Grid) -> Painter:
    return Painter(thorax, lesion, Axes.of(grid))


def test_each_tissue_has_a_published_ct_number(thorax: Thorax) -> None:
    """Ranges: Schneider 2000 and textbook unenhanced CT, kept in `tissues.PUBLISHED_HU`."""
    ends = ((-200.0, 200.0), (-150.0, 150.0), (-200.0, 90.0))
    painter = Painter(thorax, None, Axes(*(np.asarray(e, np.float32) for e in ends)))
    hu = painter.paint(painter.coarse, Quantity.HU, SHARP)
    point = thorax.reference_mesh(painter.coarse)
    shape = organs.chest(point, thorax.build.fat_mm, thorax.build.breast)
    column, _ = organs.vertebra(point)
    wall = np.minimum(shape.muscle - 8, -shape.cage - 14)
    masks = {
        "lung": np.maximum(shape.lung_left, shape.lung_right) > 8,
        "fat": np.minimum(shape.body - 3, -shape.muscle - 1.5) > 0,
        "muscle": (wall > 0) & (np.abs(point[0]) > 30) & (point[2] < 40),
        "blood": organs.heart(point) > 18,
        "liver": organs.liver(point, shape.diaphragm, shape.cage) > 12,
        "trabecular bone": (column > 5) & (organs.disc_share(point[2]) == 0),
    }
    for name, mask in masks.items():
        low, high = PUBLISHED_HU[name]
        assert mask.sum() > 100, name
        assert low <= np.median(hu[mask]) <= high, name


def test_the_dependent_lung_is_denser(thorax: Thorax) -> None:
    points = thorax.lung_points(12.0)
    axes = thorax.lung_lattice
    painter = Painter(thorax, None, axes)
    hu = painter.paint(axes, Quantity.HU, SHARP)
    depth = thorax.lung_depth > 12
    y = np.broadcast_to(axes.y_mm[None, :, None], hu.shape)
    back, front = np.percentile(points[:, 1], [80, 20])
    dependent, free = np.median(hu[depth & (y > back)]), np.median(hu[depth & (y < front)])
    assert 5 < dependent - free < 120


@pytest.mark.parametrize("emphysema", [0.0, 0.3])
def test_emphysema_is_the_share_of_low_attenuation(emphysema: float) -> None:
    """Low attenuation at -940 HU; vessels and the point spread hide some of it in the image."""
    thorax = Thorax(sample_build(np.random.default_rng(4), emphysema))
    painter = Painter(thorax, None, thorax.lung_lattice)
    hu = painter.paint(thorax.lung_lattice, Quantity.HU, SHARP)
    put_in = (painter.fields.lung_density[painter.fields.lungs > 6] < -940).mean()
    seen = (hu[thorax.lung_depth > 6] < -940).mean()
    assert put_in == pytest.approx(emphysema, abs=0.06)
    assert 0.5 * put_in <= seen <= put_in + 0.02


@pytest.mark.parametrize("seed", range(4))
def test_the_noise_free_maximum_is_the_one_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    thorax = Thorax(sample_build(rng))
    lesion = place(
        thorax,
        rng,
        Site(depth_mm=(10, 60)),
        diameter_mm=float(rng.uniform(12, 45)),
        suv_max=float(rng.uniform(2.5, 20)),
        ground_glass=0.3,
        necrosis=0.5,
        heterogeneity=0.25,
    )
    grid = _grid(lesion.centre_mm, 55, 3.65, 3.27)
    suv = suv_without_noise(_painter(thorax, lesion, grid), grid, PetProtocol())
    x, y, z = Axes.of(grid).mesh()
    depth = lesion.level((x, y, z))
    assert suv[depth > -3].max() == pytest.approx(lesion.suv_max, rel=0.01)


def test_contours_enclose_the_area_of_the_section_and_the_volume_of_the_sphere(
    thorax: Thorax, lesion: Lesion
) -> None:
    grid = _grid(lesion.centre_mm, 34, 1.0, 2.0)
    painter = _painter(thorax, lesion, grid)
    slices = Axes.of(grid).z_mm
    contours = tumour_contours(painter, lesion, slices)
    for contour in contours:
        plane = Axes(
            np.arange(-32, 32, 0.4, dtype=np.float32) + np.float32(lesion.centre_mm[0]),
            np.arange(-32, 32, 0.4, dtype=np.float32) + np.float32(lesion.centre_mm[1]),
            slices[contour.index : contour.index + 1],
        )
        counted = edge(painter.tumour_level(plane), 0.4).sum() * 0.16
        assert contour.area_mm2 == pytest.approx(counted, rel=0.04, abs=6)
    volume = sum(c.area_mm2 for c in contours) * 2.0
    assert volume == pytest.approx(np.pi / 6 * lesion.diameter_mm**3, rel=0.03)


def test_a_round_tumour_is_a_sphere(thorax: Thorax, lesion: Lesion) -> None:
    """Shares of the radius shrink the volume by their cube."""
    axes = Axes.of(_grid(lesion.centre_mm, 26, 1.0, 1.0))
    half = edge(lesion.level(axes.mesh(), 0.5), 1.0).sum()
    whole = edge(lesion.level(axes.mesh()), 1.0).sum()
    assert half / whole == pytest.approx(0.125, rel=0.03)


def test_signs_change_the_ct_the_way_radiologists_read_them(thorax: Thorax, lesion: Lesion) -> None:
    grid = _grid(lesion.centre_mm, 34, 1.0, 2.0)
    axes = Axes.of(grid)
    level = lesion.level(axes.mesh())

    def hu(changed: Lesion) -> np.ndarray:
        return _painter(thorax, changed, grid).paint(axes, Quantity.HU, SHARP)

    solid = hu(lesion)
    assert np.median(solid[level > 3]) == pytest.approx(38, abs=12)
    assert np.median(hu(replace(lesion, ground_glass=1.0))[level > 4]) == pytest.approx(
        -565, abs=90
    )
    assert hu(replace(lesion, cavity=0.5))[level > 10].min() < -800
    assert hu(replace(lesion, air_bronchogram=True))[level > 3].min() < -250
    shell = (level < -3) & (level > -8)
    assert hu(replace(lesion, spiculation=1.0))[shell].mean() > solid[shell].mean() + 20


def test_ct_noise_has_the_stated_spread_and_whole_numbers(thorax: Thorax) -> None:
    grid = Grid((4, 128, 128), (1.0, 1.0, 2.5), (300.0, 300.0, 0.0))  # air beside the patient
    painter = Painter(thorax, None, Axes.of(Grid((2, 2, 2), (80.0, 80.0, 9.0), (0.0, 0.0, 0.0))))
    air = ct_slab(painter, grid, CtProtocol(noise_hu=8.0), np.random.default_rng(0))
    assert air.dtype == np.int16
    assert air.std() == pytest.approx(8.0, rel=0.08)
    assert air.mean() == pytest.approx(-1000, abs=1)


@pytest.mark.parametrize("filter_mm", [4.0, 6.0])
def test_pet_noise_grows_with_the_root_of_activity(filter_mm: float) -> None:
    grid = Grid((24, 40, 40), (4.0, 4.0, 3.0), (0.0, 0.0, 0.0))
    protocol = PetProtocol(filter_mm=filter_mm, noise=0.1)
    rng = np.random.default_rng(1)
    spread = {
        level: add_pet_noise(np.full((24, 40, 40), level, np.float32), grid, protocol, rng)[
            5:-5, 5:-5, 5:-5
        ].std()
        for level in (2.0, 8.0)
    }
    assert spread[2.0] == pytest.approx(0.2, rel=0.2)  # a tenth of 2
    assert spread[8.0] / spread[2.0] == pytest.approx(2.0, rel=0.15)


def test_a_simulated_patient_is_the_same_each_time_and_fits_the_contract() -> None:
    one, two = simulate_patient(31), simulate_patient(31)
    assert one.ct.digest == two.ct.digest
    assert one.pet.digest == two.pet.digest
    assert np.array_equal(one.roi.mask_zyx, two.roi.mask_zyx)
    assert one.ct.digest != simulate_patient(32).ct.digest
    assert one.ct.values_zyx.dtype == one.pet.values_zyx.dtype == np.float32
    assert (one.ct.quantity, one.pet.quantity) == (Quantity.HU, Quantity.SUVBW)
    assert one.ct.grid.same_space(one.pet.grid)
    assert one.roi.grid == one.ct.grid


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_box_leaves_room_for_the_square_and_for_neighbouring_slices(seed: int) -> None:
    """The published square is 20 mm larger on each side; heads and feet need less."""
    patient = simulate_patient(seed)
    inside = np.argwhere(patient.roi.mask_zyx)[:, ::-1]
    world = patient.roi.grid.to_world(inside.astype(float))
    low, high = patient.ct.grid.bounds_mm()
    least = np.asarray([26.0, 26.0, 8.0])
    assert (world.min(axis=0) - low >= least).all()
    assert (high - world.max(axis=0) >= least).all()
    pet_low, pet_high = patient.pet.grid.bounds_mm()
    assert (pet_low <= low).all()
    assert (pet_high >= high).all()


def test_a_reader_outline_is_close_to_the_truth_but_not_the_truth() -> None:
    patient = simulate_patient(5)
    axes = Axes.of(patient.roi.grid)
    truth = patient.lesion.level(axes.mesh()) > 0
    both = (truth & patient.roi.mask_zyx).sum()
    dice = 2 * both / (truth.sum() + patient.roi.mask_zyx.sum())
    assert 0.6 < dice < 0.995

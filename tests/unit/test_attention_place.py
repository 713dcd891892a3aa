"""Maps back in the patient, and the shares of what lies where, against closed forms."""

import numpy as np
import pytest

from dss_core.attention.patient_grid import on_grid, to_patient_grid
from dss_core.attention.zones import Zone, shares, zones
from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.preprocessing.tensor import region_images
from dss_core.records import NetworkInput, Quantity, Roi, Volume
from dss_core.settings import Preprocessing

SIZE = 64


def slices_of(z_mm: list[float], centre: tuple[float, float], side_mm: float) -> NetworkInput:
    n = len(z_mm)
    return NetworkInput(
        np.zeros((n, 3, SIZE, SIZE), dtype=np.float32),
        np.array(z_mm),
        np.tile(np.array(centre), (n, 1)),
        np.full(n, side_mm),
        np.zeros((n, SIZE, SIZE), dtype=bool),
    )


def test_a_map_that_is_a_plane_in_the_patient_is_that_plane_on_the_grid() -> None:
    slices = slices_of([5.0, 6.0, 7.0], (12.3, -40.7), 51.0)
    offset = 51.0 * ((np.arange(SIZE) + 0.5) / SIZE - 0.5)
    x, y = 12.3 + offset[None, :], -40.7 + offset[:, None]
    maps = np.stack([2.0 * x - 3.0 * y + z for z in (5.0, 6.0, 7.0)])
    values, grid = to_patient_grid(maps, slices, "1.2.3")
    k, j, i = np.meshgrid(*[np.arange(n, dtype=float) for n in grid.shape_zyx], indexing="ij")
    world = grid.to_world(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
    expected = (2.0 * world[:, 0] - 3.0 * world[:, 1] + world[:, 2]).reshape(grid.shape_zyx)
    # The outermost half cell holds the value of its cell's centre.
    assert np.abs(values - expected)[:, 1:-1, 1:-1].max() < 1e-3
    assert grid.frame_of_reference == "1.2.3"


def test_a_level_without_a_slice_stays_empty() -> None:
    slices = slices_of([0.0, 3.0], (0.0, 0.0), 32.0)
    values, _ = to_patient_grid(np.ones((2, SIZE, SIZE)), slices, "")
    assert [bool(level.any()) for level in values] == [True, False, False, True]


def test_maps_and_slices_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(GeometryError, match="One map for each of 2 slices"):
        to_patient_grid(np.ones((3, SIZE, SIZE)), slices_of([0.0, 1.0], (0.0, 0.0), 32.0), "")


def test_the_tumour_of_the_network_comes_back_where_it_was_on_an_oblique_ct() -> None:
    c, s = np.cos(0.3), np.sin(0.3)
    grid = Grid(
        (20, 60, 60),
        (1.5, 1.5, 3.0),
        (10.0, -60.0, 5.0),
        ((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)),
    )
    k, j, i = np.meshgrid(*[np.arange(n, dtype=float) for n in grid.shape_zyx], indexing="ij")
    world = grid.to_world(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
    centre = grid.to_world(np.array([[30.0, 30.0, 10.0]]))[0]
    away = np.linalg.norm(world - centre, axis=1).reshape(grid.shape_zyx)
    roi = Roi("ball", away <= 14.0, grid)
    generator = np.random.default_rng(0)
    noise = generator.random(grid.shape_zyx).astype(np.float32)
    ct, pet = Volume(noise, grid, Quantity.HU, ""), Volume(noise, grid, Quantity.SUVBW, "")
    images = region_images(ct, pet, roi, Preprocessing())
    slices = NetworkInput(
        np.zeros((len(images.z_mm), 3, SIZE, SIZE), dtype=np.float32),
        images.z_mm,
        images.centre_mm,
        images.side_mm,
        images.mask,
    )
    values, own = to_patient_grid(images.mask.astype(float), slices, "")
    back = on_grid(values, own, grid) >= 0.5
    overlap = 2.0 * (back & roi.mask_zyx).sum() / (back.sum() + roi.mask_zyx.sum())
    assert overlap > 0.93
    where = np.argwhere(back).mean(axis=0)
    assert np.abs(where - np.argwhere(roi.mask_zyx).mean(axis=0)).max() < 0.15


def disc(radius_px: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2.0
    return (np.hypot(rows, columns) <= radius_px)[None]


def test_zones_are_a_disc_a_ring_of_20_mm_and_the_rest() -> None:
    parts = zones(disc(8.0), np.array([128.0]), np.zeros((1, SIZE, SIZE)), 10.0)
    # 2 mm pixels: the ring reaches 10 pixels beyond the disc.
    ring = np.pi * (18.0**2 - 8.0**2)
    assert parts[Zone.TUMOUR].sum() == pytest.approx(np.pi * 64.0, rel=0.05)
    assert parts[Zone.RIM].sum() == pytest.approx(ring, rel=0.05)
    total = sum(parts[z].astype(int) for z in (Zone.TUMOUR, Zone.RIM, Zone.BEYOND))
    assert (total == 1).all()


def test_hot_is_half_of_the_tumours_suv_max_in_whatever_tissue() -> None:
    suv = np.zeros((1, SIZE, SIZE))
    suv[0, 0, :4], suv[0, 1, 0] = (4.9, 5.0, 5.1, 80.0), 2.0
    parts = zones(disc(8.0), np.array([64.0]), suv, 10.0)
    assert np.argwhere(parts[Zone.HOT][0]).tolist() == [[0, 1], [0, 2], [0, 3]]


def test_an_even_response_has_the_shares_of_chance() -> None:
    parts = zones(disc(8.0), np.array([64.0]), np.zeros((1, SIZE, SIZE)), 1.0)
    found = shares(np.full((1, SIZE, SIZE), 0.3), np.array([0.0]), parts)
    for share in found.whole:
        assert share.share == pytest.approx(share.chance, abs=1e-12)


def test_slices_weigh_by_their_response_in_share_and_in_chance() -> None:
    mask = np.concatenate([disc(8.0), disc(16.0)])
    parts = zones(mask, np.full(2, 64.0), np.zeros(mask.shape), 1.0)
    response = np.zeros(mask.shape)
    response[0, 32, 32], response[1, 0, 0] = 3.0, 1.0
    found = shares(response, np.array([0.0, 1.0]), parts)
    tumour = next(s for s in found.whole if s.zone is Zone.TUMOUR)
    assert tumour.share == pytest.approx(0.75)
    areas = mask.mean(axis=(1, 2))
    assert tumour.chance == pytest.approx(0.75 * areas[0] + 0.25 * areas[1])
    first, second = found.slices
    assert first.shares[0].share == 1.0 and second.shares[0].share == 0.0


def test_shares_are_withheld_where_nothing_responded() -> None:
    parts = zones(disc(8.0), np.array([64.0]), np.zeros((1, SIZE, SIZE)), 1.0)
    found = shares(np.zeros((1, SIZE, SIZE)), np.array([0.0]), parts)
    assert found.whole == () and found.slices[0].shares == ()

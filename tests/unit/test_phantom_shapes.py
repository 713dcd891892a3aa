"""Drawing of shapes and tubes against closed forms."""

import numpy as np
import pytest

from dss_core.geometry import Grid
from dss_core.phantom.shapes import Axes, Profile, Refiner, edge, ellipsoid, smooth_min
from dss_core.phantom.tubes import Tubes, level_set, line_spread


def _axes(n: int, step: float) -> Axes:
    positions = (np.arange(n) * step - (n - 1) / 2 * step).astype(np.float32)
    return Axes(positions, positions, positions)


def _tube(radius: float, tilt: tuple[float, float, float]) -> Tubes:
    way = np.asarray(tilt) / np.linalg.norm(tilt)
    return Tubes.along(np.stack([-60 * way, 60 * way]), np.asarray([radius, radius]))


def test_refining_a_linear_field_gives_the_same_linear_field() -> None:
    fine = _axes(21, 0.9)
    coarse = fine.lattice(4.0)
    x, y, z = coarse.mesh()
    field = (2 * x - 3 * y + 0.5 * z + 7).astype(np.float32)
    window = (slice(3, 18), slice(0, 21), slice(5, 9))
    u, v, w = fine.mesh()
    expected = (2 * u - 3 * v + 0.5 * w + 7)[window]
    assert Refiner(coarse, fine).refine(field, window) == pytest.approx(expected, abs=1e-4)


def test_the_window_of_a_shape_holds_all_of_it() -> None:
    fine = _axes(60, 1.0)
    coarse = fine.lattice(4.0)
    ball = ellipsoid(coarse.mesh(), (5, -8, 3), (7, 7, 7))
    refiner = Refiner(coarse, fine)
    window = refiner.window(ball, -1.0)
    assert window is not None
    whole = refiner.refine(ball, (slice(0, 60), slice(0, 60), slice(0, 60)))
    cut = np.zeros_like(whole, dtype=bool)
    cut[window] = True
    assert not (whole[~cut] > 0).any()
    assert cut.mean() < 0.2


def test_a_ball_on_a_coarse_lattice_keeps_its_volume_on_a_fine_grid() -> None:
    fine = _axes(40, 1.0)
    coarse = fine.lattice(4.0)
    ball = ellipsoid(coarse.mesh(), (0.3, 0.7, -0.2), (12, 12, 12))
    whole = Refiner(coarse, fine).refine(ball, (slice(None), slice(None), slice(None)))
    assert edge(whole, 1.5).sum() == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.01)


@pytest.mark.parametrize("tilt", [(0, 0, 1), (1, 0, 0), (1, 1, 1), (0.2, 1, -0.6)])
def test_a_thick_tube_has_its_radius_on_every_axis(tilt: tuple[float, float, float]) -> None:
    axes = _axes(41, 1.0)
    inside = level_set(_tube(6.0, tilt), axes)
    x, y, z = (c.astype(np.float64) for c in axes.mesh())
    way = np.asarray(tilt) / np.linalg.norm(tilt)
    along = x * way[0] + y * way[1] + z * way[2]
    distance = np.sqrt(np.maximum(x**2 + y**2 + z**2 - along**2, 0))
    near = distance < 9.9
    assert inside[near] == pytest.approx((6.0 - distance)[near], abs=1e-3)


@pytest.mark.parametrize("radius", [0.2, 0.4, 0.7])
def test_a_thin_tube_keeps_its_cross_section_through_the_point_spread(radius: float) -> None:
    axes = _axes(41, 0.5)
    seen = line_spread(_tube(radius, (0, 0, 1)), axes, 0.8, 0.8)
    area = seen[20].sum() * 0.25
    # integral of (1 - exp(-r2/2s2)) exp(-d2/2s2) over the plane
    closed = 2 * np.pi * 0.8**2 * (1 - np.exp(-(radius**2) / (2 * 0.8**2)))
    assert area == pytest.approx(closed, rel=0.04)
    assert area == pytest.approx(np.pi * radius**2, rel=0.22)


def test_tubes_drawn_in_part_of_a_grid_are_those_of_the_whole_grid() -> None:
    rng = np.random.default_rng(0)
    ends = rng.uniform(-30, 30, size=(2, 40, 3))
    tubes = Tubes(ends[0], ends[1], rng.uniform(0.3, 3, size=(40, 2)))
    axes = _axes(50, 1.1)
    part = Axes(axes.x_mm[10:30], axes.y_mm[5:45], axes.z_mm[20:33])
    whole = line_spread(tubes, axes, 0.7, 1.2)[20:33, 5:45, 10:30]
    # a cut tube is drawn in other pieces, so equality is up to rounding
    assert line_spread(tubes, part, 0.7, 1.2) == pytest.approx(whole, abs=2e-3)


def test_axes_follow_a_grid() -> None:
    axes = Axes.of(Grid((3, 2, 4), (1.5, 2.0, 2.5), (10.0, 20.0, -30.0)))
    assert axes.x_mm == pytest.approx([10.0, 11.5, 13.0, 14.5])
    assert axes.y_mm == pytest.approx([20.0, 22.0])
    assert axes.z_mm == pytest.approx([-30.0, -27.5, -25.0])


def test_a_profile_passes_its_knots_and_stays_flat_beyond() -> None:
    profile = Profile((-10, 4), (0, 2), (30, 8))
    z = np.asarray([-50, -10, 0, 30, 90], dtype=np.float32)
    assert profile(z) == pytest.approx([4, 4, 2, 8, 8], abs=0.02)


def test_a_fillet_never_adds_to_an_intersection() -> None:
    a, b = np.random.default_rng(1).normal(0, 10, size=(2, 1000)).astype(np.float32)
    joint = smooth_min(a, b, 6.0)
    assert (joint <= np.minimum(a, b) + 1e-6).all()
    apart = np.abs(a - b) > 6
    assert joint[apart] == pytest.approx(np.minimum(a, b)[apart])

"""What must hold for any image, region and grid."""

import numpy as np
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.geometry import Grid
from dss_core.preprocessing.normalisation import min_max, normalise
from dss_core.records import Quantity, Roi, Volume
from dss_core.regions.masks import fill_polygon
from dss_core.spatial.resampling import resample_mask, resample_volume

values = st.floats(0.5, 3000.0, width=32)
images = arrays(np.float64, (1, 6, 6), elements=values, unique=True)
angles = st.floats(-0.5, 0.5)


def rotation(a: float, b: float, c: float) -> np.ndarray:
    def turn(angle: float, first: int, second: int) -> np.ndarray:
        matrix = np.eye(3)
        matrix[first, first] = matrix[second, second] = np.cos(angle)
        matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
        return matrix

    return turn(a, 0, 1) @ turn(b, 1, 2) @ turn(c, 0, 2)


@given(images, images, st.floats(0.1, 50.0), st.floats(0.1, 50.0))
def test_normalised_tensor_does_not_change_with_the_scale_of_pet_or_ct(
    pet: np.ndarray, ct: np.ndarray, a: float, b: float
) -> None:
    assert np.abs(normalise(a * pet, b * ct) - normalise(pet, ct)).max() < 1e-3


@given(images)
def test_min_max_spans_zero_to_one(image: np.ndarray) -> None:
    scaled = min_max(image)
    assert scaled.min() == 0.0
    assert 1.0 - 1e-6 < scaled.max() < 1.0


@given(angles, angles, angles, arrays(np.float64, (5, 3), elements=st.floats(-50, 50)))
def test_world_and_index_are_inverse_on_any_grid(
    a: float, b: float, c: float, points: np.ndarray
) -> None:
    direction = tuple(tuple(map(float, row)) for row in rotation(a, b, c))
    grid = Grid((5, 6, 7), (0.7, 1.3, 3.27), (-12.0, 4.0, 88.0), direction)
    assert np.abs(grid.to_index(grid.to_world(points)) - points).max() < 1e-9


@given(
    arrays(np.float64, (12, 2), elements=st.floats(-3.0, 22.0)),
    st.integers(0, 19),
    st.integers(0, 19),
)
@settings(max_examples=200)
def test_fill_agrees_with_the_plain_crossing_count_at_every_pixel(
    vertices: np.ndarray, column: int, row: int
) -> None:
    """Slow and plain: count the edges that a ray to the left of the pixel centre crosses."""
    inside = False
    for (x0, y0), (x1, y1) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        if (y0 <= row) != (y1 <= row):
            inside ^= bool(x0 + (row - y0) * (x1 - x0) / (y1 - y0) <= column)
    assert fill_polygon(vertices, (20, 20))[row, column] == inside


@given(st.integers(0, 2), st.integers(1, 3))
def test_resampling_a_mask_onto_a_finer_grid_keeps_its_volume(axis: int, factor: int) -> None:
    grid = Grid((6, 7, 8), (2.0, 2.0, 3.0), (0.0, 0.0, 0.0))
    mask = np.zeros(grid.shape_zyx, dtype=bool)
    mask[2:4, 2:5, 3:6] = True
    shape, spacing, origin = list(grid.shape_zyx), list(grid.spacing_mm), list(grid.origin_mm)
    shape[2 - axis] *= factor
    spacing[axis] /= factor
    origin[axis] -= (grid.spacing_mm[axis] - spacing[axis]) / 2.0
    fine = Grid(tuple(shape), tuple(spacing), tuple(origin))
    roi = Roi("box", mask, grid)
    assert np.isclose(resample_mask(roi, fine).volume_ml, roi.volume_ml)


def by_simple_itk(values: np.ndarray, grid: Grid, target: Grid, method: int) -> np.ndarray:
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(np.ravel(grid.direction).tolist())
    size, direction = target.shape_zyx[::-1], np.ravel(target.direction).tolist()
    place = target.origin_mm, target.spacing_mm, direction
    found = sitk.Resample(image, size, sitk.Transform(), method, *place, -7.0, sitk.sitkFloat32)
    return np.asarray(sitk.GetArrayFromImage(found))


spacings = st.tuples(*[st.floats(0.7, 5.3)] * 3)
shapes = st.tuples(*[st.integers(1, 9)] * 3)
origins = st.tuples(*[st.floats(-9.0, 9.0)] * 3)
turns = st.sampled_from([(0.0, 0.0), (0.3, 0.0), (0.3, np.pi), (0.0, np.pi), (0.0, 0.2)])


@given(shapes, spacings, shapes, spacings, origins, turns, st.integers(0, 9))
@settings(max_examples=200)
def test_resampling_is_that_of_simple_itk_on_parallel_flipped_and_leaning_grids(
    shape: tuple[int, int, int], spacing: tuple[float, float, float],
    wanted: tuple[int, int, int], step: tuple[float, float, float],
    origin: tuple[float, float, float], turn: tuple[float, float], seed: int,
) -> None:  # fmt: skip
    """Inside, at the border's half voxel and outside; the target leans or is flipped."""
    lying, leaning = (
        tuple(tuple(map(float, row)) for row in rotation(angle, 0.0, 0.0))
        for angle in (turn[0], sum(turn))
    )
    grid, target = Grid(shape, spacing, (0.0, 0.0, 0.0), lying), Grid(wanted, step, origin, leaning)
    values = np.random.default_rng(seed).uniform(-1000, 1000, shape).astype(np.float32)
    found = resample_volume(Volume(values, grid, Quantity.HU, ""), target, -7.0)
    truth = by_simple_itk(values, grid, target, sitk.sitkLinear)
    assert np.abs(found - truth).max() < 1e-3
    mask = resample_mask(Roi("noise", values > 0.0, grid), target).mask_zyx
    inside = by_simple_itk((values > 0.0).astype(np.uint8), grid, target, sitk.sitkNearestNeighbor)
    assert np.array_equal(mask, inside == 1.0)

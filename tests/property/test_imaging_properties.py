"""What must hold for any image, region and grid."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.geometry import Grid
from dss_core.preprocessing.masks import fill_polygon
from dss_core.preprocessing.resample import resample_mask
from dss_core.preprocessing.tensor import min_max, normalise
from dss_core.records import Roi

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

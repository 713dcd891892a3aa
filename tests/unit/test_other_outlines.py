"""Other outlines of a region: moved and grown or shrunk by a step, in a balanced design."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dss_core.regions.interval_outlines import other_outlines


def ball(radius: float) -> NDArray[np.bool_]:
    z, y, x = np.ogrid[-20:21, -20:21, -20:21]
    return np.asarray(z**2 + y**2 + x**2 <= radius**2)


def centre(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.argwhere(mask).mean(axis=0) - 20


def test_the_eight_outlines_of_a_ball_are_balls_a_step_away_and_a_step_larger_or_smaller() -> None:
    found = other_outlines(ball(8))
    centres = np.stack([centre(mask) for mask in found])
    assert {tuple(row) for row in centres.round(6)} == {
        (z, y, x) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)
    }
    radii = np.cbrt([mask.sum() * 3 / (4 * np.pi) for mask in found])
    larger = centres.prod(axis=1) > 0
    assert radii[larger] == pytest.approx(9, abs=0.4)  # whole voxels
    assert radii[~larger] == pytest.approx(7, abs=0.4)


def test_the_variance_over_the_design_is_that_of_independent_steps() -> None:
    """For a score linear in position and radius: the squares of its slopes add up."""
    slopes = np.array([0.3, -0.2, 0.5])
    scores = []
    for mask in other_outlines(ball(8)):
        at = centre(mask)
        scores.append(at @ slopes + 0.1 * at.prod())
    assert np.var(scores) == pytest.approx((slopes**2).sum() + 0.1**2)


def test_a_single_voxel_is_never_lost() -> None:
    assert all(mask.sum() >= 1 for mask in other_outlines(ball(0)))

"""Slices filled between marked ones: cone, cylinders and an ellipse in closed form."""

import numpy as np
import pytest

from dss_core.errors import DssError
from dss_core.regions.interpolation import fill_between

SPACING = (0.8, 0.8, 3.0)
Y, X = (np.indices((100, 120)) - 50) * 0.8


def disc(radius: float, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    return (X - x) ** 2 + (Y - y) ** 2 <= radius**2


def stack(**slices: np.ndarray) -> np.ndarray:
    mask = np.zeros((11, 100, 120), dtype=bool)
    for name, plane in slices.items():
        mask[int(name[1:])] = plane
    return mask


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2.0 * (a & b).sum() / (a.sum() + b.sum())


def test_between_two_discs_lies_a_cone() -> None:
    filled = fill_between(stack(s1=disc(20.0), s9=disc(8.0)), SPACING)
    for k in range(1, 10):
        radius = 20.0 - 12.0 * (k - 1) / 8.0
        assert dice(filled[k], disc(radius)) > 0.96
        assert filled[k].sum() * 0.64 == pytest.approx(np.pi * radius**2, rel=0.05)
    assert not filled[0].any() and not filled[10].any()


def test_between_discs_apart_lies_an_oblique_cylinder() -> None:
    filled = fill_between(stack(s0=disc(9.0, -25.0), s10=disc(9.0, 30.0, 12.0)), SPACING)
    for k in range(11):
        expected = disc(9.0, -25.0 + 5.5 * k, 1.2 * k)
        assert dice(filled[k], expected) > 0.95


def test_an_ellipse_turns_into_a_disc_of_the_mean_of_the_axes() -> None:
    ellipse = (X / 24.0) ** 2 + (Y / 10.0) ** 2 <= 1.0
    middle = fill_between(stack(s2=ellipse, s4=disc(10.0)), SPACING)[3]
    widths = [np.ptp(np.flatnonzero(middle.any(axis=a))) * 0.8 + 0.8 for a in (0, 1)]
    assert widths == pytest.approx([34.0, 20.0], abs=1.7)


def test_marked_slices_stay_and_what_lay_between_is_replaced() -> None:
    drawn = stack(s1=disc(20.0), s4=disc(3.0, 30.0), s7=disc(20.0))
    filled = fill_between(drawn, SPACING, marked=[1, 7])
    assert (filled[1] == drawn[1]).all() and (filled[7] == drawn[7]).all()
    assert dice(filled[4], disc(20.0)) > 0.99
    kept = fill_between(drawn, SPACING)
    assert (kept[4] == drawn[4]).all()


def test_neighbouring_slices_and_single_ones_are_left_as_they_are() -> None:
    for mask in (stack(s3=disc(9.0), s4=disc(5.0)), stack(s3=disc(9.0)), stack()):
        assert (fill_between(mask, SPACING) == mask).all()


def test_an_empty_slice_cannot_be_interpolated_from() -> None:
    with pytest.raises(DssError, match="Slice 6 is empty, so it cannot be interpolated from"):
        fill_between(stack(s1=disc(9.0)), SPACING, marked=[1, 5])

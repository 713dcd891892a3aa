"""Properties of the phantom that must hold for any input."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dss_core.phantom.dicom_common import decimal, derived_uid
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.shapes import Axes, edge

numbers = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-12)


@given(numbers)
def test_a_decimal_string_fits_and_keeps_eight_digits(value: float) -> None:
    text = decimal(value)
    assert len(text) <= 16
    assert abs(float(text) - value) <= 1e-8 * abs(value)


@given(st.integers(0, 2**63), st.integers(0, 2**63), st.text(max_size=20))
def test_identifiers_are_valid_and_follow_only_from_seed_and_name(
    seed: int, other: int, name: str
) -> None:
    uid = derived_uid(seed, name)
    assert uid.is_valid
    assert uid == derived_uid(seed, name)
    assert (uid == derived_uid(other, name)) == (seed == other)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**40), st.floats(10, 40), st.floats(0, 1))
def test_a_tumour_has_the_volume_of_its_diameter_whatever_its_shape(
    seed: int, diameter: float, lobulation: float
) -> None:
    lesion = Lesion(
        centre_mm=(3.0, -2.0, 1.0),
        diameter_mm=diameter,
        suv_max=5.0,
        seed=seed,
        pleura_mm=(0.0, 60.0, 0.0),
        hilum_mm=(0.0, -60.0, 0.0),
        lobulation=lobulation,
        stretch=(0.8, 1.25, 1.0),
    )
    step = diameter / 24
    span = np.arange(-lesion.reach_mm, lesion.reach_mm, step)
    axes = Axes(*((span + c).astype(np.float32) for c in lesion.centre_mm))
    volume = edge(lesion.level(axes.mesh()), step).sum() * step**3
    sphere = np.pi / 6 * diameter**3
    assert abs(volume - sphere) < 0.03 * sphere

"""Images unlike the training images: measured before the normalisation, warned of or withheld."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from dss_core.bundles.ood_reference import (
    FILE,
    OodResult,
    PatientImages,
    Reference,
    ood_distance,
    pack_reference,
    read_reference,
)
from dss_core.errors import WeightsError
from dss_core.preprocessing.image_statistics import FEATURES, image_statistics
from dss_core.records import RegionImages
from dss_core.settings import Preprocessing

SETTINGS = Preprocessing()
PATIENTS, SLICES = 120, 3


def patients(seed: int, n: int = PATIENTS) -> PatientImages:
    """Round soft nodules of varied size and uptake in lung, with noise: windowed PET and CT."""
    rng = np.random.default_rng(seed)
    y, x = np.ogrid[-32:32, -32:32]
    images = np.empty((n * SLICES, 2, 64, 64), dtype=np.float32)
    for i in range(n):
        radius, suv = rng.uniform(6, 16), np.exp(rng.normal(1.5, 0.4))
        lung, blood, noise = rng.normal(-820, 40), rng.normal(0.6, 0.1), rng.uniform(10, 30)
        inside = gaussian_filter((np.hypot(y, x) < radius).astype(float), 2)
        for k in range(SLICES):
            grain = noise * rng.standard_normal((2, 64, 64))
            pet = blood + suv * gaussian_filter(inside, 3) + grain[0] / 400
            ct = lung + (30 - lung) * inside + grain[1]
            images[i * SLICES + k] = np.clip(pet, 0, 30), np.clip(ct + 1000, 0, 2000)
    return PatientImages(images, np.repeat(np.arange(n), SLICES))


@pytest.fixture(scope="module")
def reference() -> Reference:
    packed = pack_reference(patients(0), patients(1), SETTINGS, "test nodules")
    return read_reference(packed.card, packed.files[FILE])


def case(images: NDArray[np.float32]) -> RegionImages:
    n = len(images)
    nothing = np.zeros(n)
    mask = np.ones((n, 64, 64), dtype=np.bool_)
    pet, ct = images.astype(np.float64).swapaxes(0, 1)
    return RegionImages(pet, ct, nothing, np.zeros((n, 2)), nothing, mask)


@pytest.fixture(scope="module")
def usual(reference: Reference) -> NDArray[np.float32]:
    """The most ordinary of a few patients never seen."""
    few = patients(3, 5)
    nearest = int(reference.distance(few.features(SETTINGS)).argmin())
    return few.images[few.patient == nearest]


def verdict(images: NDArray[np.float32], reference: Reference) -> OodResult:
    return ood_distance(case(images), reference, SETTINGS).result


def test_thresholds_let_through_the_stated_share_of_patients_never_seen(
    reference: Reference,
) -> None:
    found = reference.distance(patients(2, 300).features(SETTINGS))
    assert (found > reference.warn).mean() == pytest.approx(0.05, abs=0.05)
    assert (found > reference.stop).mean() <= 0.02


def scaled(images: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    return np.stack([np.clip(images[:, 0] * factor, 0, 30), images[:, 1]], axis=1)


CHANGES = {
    "channels swapped": lambda x: np.stack(
        [np.clip(x[:, 1] - 1000, 0, 30), np.clip(x[:, 0], -1000, 1000) + 1000], axis=1
    ),
    "PET in another unit": lambda x: scaled(x, 1000),
    "PET ten times too low": lambda x: scaled(x, 0.1),
    "CT without its intercept": lambda x: np.clip(x + 1000 * np.eye(2)[1][:, None, None], 0, 2000),
    "no PET": lambda x: x * [[[[0]], [[1]]]],
    "no CT": lambda x: x * [[[[1]], [[0]]]],
    "noise for CT": lambda x: np.stack(
        [x[:, 0], np.random.default_rng(0).uniform(0, 2000, x[:, 1].shape)], axis=1
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_foreign_images_are_named_as_such(
    change: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    usual: NDArray[np.float32],
    reference: Reference,
) -> None:
    assert verdict(usual, reference) is OodResult.USUAL
    assert verdict(change(usual), reference) is OodResult.FOREIGN


def test_training_images_borrowed_from_another_bundle_warn_but_never_withhold(
    usual: NDArray[np.float32], reference: Reference
) -> None:
    borrowed = replace(reference, borrowed=True)
    foreign = CHANGES["channels swapped"](usual)
    assert verdict(foreign, reference) is OodResult.FOREIGN
    assert verdict(foreign, borrowed) is OodResult.UNUSUAL
    assert verdict(usual, borrowed) is OodResult.USUAL


def test_the_worst_numbers_are_named_with_the_training_range(
    usual: NDArray[np.float32], reference: Reference
) -> None:
    found = ood_distance(case(scaled(usual, 0.1)), reference, SETTINGS)
    assert found.result is OodResult.FOREIGN
    assert "PET at the border (log10 SUV)" in found.reasons[0]
    assert ", there -0." in found.reasons[0]


def test_distance_is_the_mahalanobis_distance_of_scipy(reference: Reference) -> None:
    from scipy.spatial.distance import mahalanobis

    rows = patients(4, 5).features(SETTINGS)
    expected = [mahalanobis(row, reference.mean, reference.precision) for row in rows]
    assert reference.distance(rows) == pytest.approx(expected)


def test_tissue_shares_of_a_known_image_are_its_shares() -> None:
    hu = np.full((1, 64, 64), -800.0)
    hu[:, :16], hu[:, 16:24] = 40.0, 700.0
    suv = np.full((1, 64, 64), 0.5)
    suv[:, 24:40, 24:40] = 5.0
    values = dict(
        zip(FEATURES, image_statistics(suv, hu + 1000, SETTINGS)[0].round(6).tolist(), strict=True)
    )
    assert values["share of the CT below -600 HU (lung, air)"] == pytest.approx(40 / 64)
    assert values["share of the CT from -20 to 150 HU (soft tissue)"] == pytest.approx(16 / 64)
    assert values["share of the CT above 150 HU (bone)"] == pytest.approx(8 / 64)
    assert values["mean PET in the middle (log10 SUV)"] == pytest.approx(np.log10(5), abs=1e-6)
    assert values["PET contrast between middle and border (log10)"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"features": ["something else"]}, "it describes other features"),
    ],
)
def test_a_reference_that_does_not_fit_is_refused(change: dict[str, object], sentence: str) -> None:
    packed = pack_reference(patients(0, 30), patients(1, 30), SETTINGS, "test nodules")
    with pytest.raises(WeightsError, match=sentence):
        read_reference(packed.card.changed(**change), packed.files[FILE])


def test_a_damaged_reference_is_refused() -> None:
    packed = pack_reference(patients(0, 30), patients(1, 30), SETTINGS, "test nodules")
    with pytest.raises(WeightsError, match="cannot be used"):
        read_reference(packed.card, packed.files[FILE][:100])

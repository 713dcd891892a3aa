"""A bundle from a cohort says what it was trained on, and later cases are compared with that."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.metrics import brier_score_loss, roc_auc_score

from dss_core.bundles.bundle import GENERIC, load_bundle
from dss_core.bundles.bundle_writer import Taught, add_trained_task
from dss_core.bundles.ood_reference import pack_reference
from dss_core.errors import WeightsError
from dss_core.preprocessing.image_statistics import image_statistics
from dss_core.records import Task
from dss_core.scoring.ood_check import ood_check
from dss_core.settings import AdjacentSlices, CaseNumbers, Preprocessing, TrainingRanges
from dss_core.training.cohort_weights import FEWEST_HELD_OUT, train_task
from dss_core.training.dataset import SliceDataset, TrainingCohort, split_patients
from dss_core.training.hardware import Hardware
from dss_core.training.training_config import TrainingConfig
from dss_core.training.training_loop import predict_patients
from tests.keras_sres import random_sres
from tests.unit.test_ood_check import case, patients

RECIPE = TrainingConfig(max_epochs=1, slices_per_patient=1, validation_share=0.5)


def cohort(n: int) -> TrainingCohort:
    """Nodules of `test_ood_check`, three slices each; every tenth case has no measures."""
    found = patients(4, n)
    labels = np.repeat(np.arange(n) % 2, 3).astype(np.int64)
    numbers = [None if i % 10 == 0 else CaseNumbers(10.0 + i, 2.0 + i, 3.0, 4.0) for i in range(n)]
    return TrainingCohort(
        SliceDataset(found.images, found.patient.astype(np.int64), labels), tuple(numbers)
    )


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return tmp_path / "weights"


def trained(folder: Path, taken_in: TrainingCohort) -> dict:
    train_task(
        folder, Task.EGFR, taken_in, RECIPE, AdjacentSlices(), Hardware(), lambda epoch: None
    )
    return json.loads((folder / "card.json").read_text())


def described(slices: SliceDataset) -> list:
    """Mean appearance of every patient."""
    of_patient = [slices.images[slices.patient == i] for i in np.unique(slices.patient)]
    return [image_statistics(x[:, 0], x[:, 1], Preprocessing()).mean(axis=0) for x in of_patient]


def test_the_card_says_what_the_training_and_validation_patients_say(weights: Path) -> None:
    """AUC and Brier score by scikit-learn, ranges by percentiles, distance by SciPy."""
    taken_in = cohort(2 * FEWEST_HELD_OUT)
    card = trained(weights / "own", taken_in)
    bundle = load_bundle("own")
    training, validation = split_patients(taken_in.slices, 0.5, RECIPE.seed)
    (network,) = bundle.models[Task.EGFR].members
    entry, metrics = card["tasks"]["egfr"], card["tasks"]["egfr"]["metrics"]
    score, label = predict_patients(network, validation)
    assert metrics["auc"] == pytest.approx(roc_auc_score(label, score), abs=1e-4)
    assert metrics["auc_ci95"][0] <= metrics["auc"] <= metrics["auc_ci95"][1]
    brier = brier_score_loss(label, score)
    assert metrics["calibration"]["brier"] == pytest.approx(brier, abs=1e-4)
    assert entry["cutoff"] == pytest.approx(
        np.median(predict_patients(network, training)[0]), abs=1e-3
    )
    assert metrics["validation_patients"] == card["novelty"]["held_out_patients"] == FEWEST_HELD_OUT

    known = [m for i in np.unique(training.patient) if (m := taken_in.numbers[i]) is not None]
    ranges = bundle.card.training_ranges
    assert ranges is not None
    expected = np.percentile([m.diameter_mm for m in known], [1, 99])
    assert ranges.diameter_mm == pytest.approx(tuple(expected), abs=0.01)

    assert bundle.reference is not None and not bundle.reference.borrowed
    own = [
        image_statistics(
            *np.swapaxes(training.images[training.patient == i], 0, 1), Preprocessing()
        ).mean(0)
        for i in np.unique(training.patient)
    ]
    np.testing.assert_allclose(bundle.reference.mean, np.mean(own, axis=0), atol=1e-6)
    there = [
        mahalanobis(
            image_statistics(
                *np.swapaxes(validation.images[validation.patient == i], 0, 1), Preprocessing()
            ).mean(0),
            bundle.reference.mean,
            bundle.reference.precision,
        )
        for i in np.unique(validation.patient)
    ]
    assert bundle.reference.warn == pytest.approx(np.quantile(there, 0.95), abs=2e-3)


def test_a_case_unlike_the_cohort_gets_no_score_by_its_weights(weights: Path) -> None:
    trained(weights / "own", cohort(2 * FEWEST_HELD_OUT))
    bundle = load_bundle("own")
    images = patients(5, 1).images
    assert ood_check(case(images), bundle).withheld is None
    swapped = ood_check(case(images[:, ::-1]), bundle).withheld
    assert swapped is not None
    assert "the 20 patients the egfr networks of these weights were trained on" in swapped.reason


def test_too_few_patients_make_no_reference_and_borrow_one_that_only_warns(weights: Path) -> None:
    card = trained(weights / "few", cohort(8))
    assert "novelty" not in card and "training_ranges" in card
    reference = load_bundle("few").reference
    assert reference is not None and reference.borrowed and reference.compared_with == GENERIC


def test_the_larger_training_of_a_bundle_gives_ranges_and_reference(weights: Path) -> None:
    entry = {"cutoff": 0.5, "cutoff_origin": "of this test", "metrics": {}}
    network, settings = random_sres(1), Preprocessing()

    def add(folder: str, task: Task, n: int) -> dict:
        ranges = TrainingRanges((10.0, float(n)), (1.0, 9.0), (1.0, 5.0), (2.0, 5.0))
        reference = pack_reference(patients(n, n), patients(1, 20), settings, f"{n} patients")
        told = entry | {"training": {"patients": n}}
        taught = Taught(n, ranges, reference)
        add_trained_task(
            weights / folder, task, told, (network,), settings, AdjacentSlices(), taught
        )
        return json.loads((weights / folder / "card.json").read_text())

    for folder, sizes in (("down", (30, 24)), ("up", (24, 30))):
        for task, n in zip(Task, sizes, strict=True):
            card = add(folder, task, n)
        assert card["training_ranges"]["diameter_mm"] == [10.0, 30.0]
        reference = load_bundle(folder).reference
        assert reference is not None and reference.compared_with == "30 patients"


@pytest.mark.parametrize("content", ["not JSON", "[]", "{}", '{"tasks": 3}'])
def test_a_bundle_with_a_damaged_card_is_refused_before_training(
    weights: Path, content: str
) -> None:
    folder = weights / "own"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(content)
    with pytest.raises(WeightsError, match=r"'own'; choose another folder.*'own'"):
        trained(folder, cohort(4))
    assert (folder / "card.json").read_text() == content

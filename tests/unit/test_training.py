"""Training: normalisation on tensors, patients kept apart, learning, resuming."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from dss_core.errors import InputError
from dss_core.networks.multitask_network import MultitaskNetwork
from dss_core.networks.srescnn import SResCNN
from dss_core.preprocessing.normalisation import normalise
from dss_core.training.augmentation import augment, normalise_batch
from dss_core.training.dataset import SliceDataset, split_patients
from dss_core.training.hardware import Hardware
from dss_core.training.training_config import Augmentation, Schedule, TrainingConfig, cycle_rate
from dss_core.training.training_loop import predict_patients, train
from dss_core.training.training_state import Epoch

pytestmark = pytest.mark.slow
QUICK = TrainingConfig(
    learning_rate=1e-3, batch_size=8, slices_per_patient=2, max_epochs=10, seed=3
)


def cohort(patients: int = 24, slices: int = 3) -> SliceDataset:
    """Positive patients have a hot centre in the PET, negative ones a hot rim."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    radius = np.hypot(x, y)
    shapes = (np.exp(-((radius - 0.6) ** 2) / 0.02), np.exp(-(radius**2) / 0.05))
    labels = np.arange(patients) % 2
    images = []
    for label in np.repeat(labels, slices):
        noise = rng.random((2, 64, 64)) * 0.3 + 0.01
        images.append(noise + np.stack([shapes[label] * rng.uniform(2, 5), np.exp(-radius)]))
    return SliceDataset(
        np.stack(images).astype(np.float32),
        np.repeat(np.arange(patients), slices),
        np.repeat(labels, slices).astype(np.int64),
    )


def no_progress(epoch: Epoch) -> None:
    pass


def test_normalisation_on_tensors_equals_the_plain_reference() -> None:
    rng = np.random.default_rng(0)
    images = rng.gamma(2.0, 100.0, (5, 2, 64, 64)) * (rng.random((5, 2, 64, 64)) > 0.1)
    fast = normalise_batch(torch.from_numpy(images)).numpy()
    assert np.abs(fast - normalise(images[:, 0], images[:, 1])).max() < 1e-9


def test_augmentation_without_ranges_changes_nothing() -> None:
    images = torch.rand(3, 2, 64, 64)
    still = augment(images, Augmentation(0, 0, 0, 0, False), torch.Generator().manual_seed(0))
    assert torch.allclose(still, images, atol=1e-5)


def test_augmentation_keeps_the_channels_together_and_adds_no_signal() -> None:
    images = torch.zeros(4, 2, 64, 64)
    images[:, :, 20:40, 25:35] = 5.0
    moved = augment(images, Augmentation(), torch.Generator().manual_seed(1))
    assert torch.equal(moved[:, 0], moved[:, 1])
    assert float(moved.max()) <= 5.0 + 1e-5 and float(moved.min()) >= 0.0
    assert not torch.allclose(moved, images)


def test_no_patient_is_in_both_parts_and_the_classes_are_balanced_alike() -> None:
    data = cohort(40)
    training, validation = split_patients(data, 0.25, seed=1)
    assert not set(training.patient) & set(validation.patient)
    assert len(set(training.patient)) == 30
    assert training.label.mean() == validation.label.mean() == 0.5
    assert len(training.images) + len(validation.images) == len(data.images)


def test_a_class_with_one_patient_is_refused() -> None:
    data = cohort(3)
    with pytest.raises(InputError, match="at least two patients of each class, found 1"):
        split_patients(data, 0.2, seed=0)


def test_training_learns_what_separates_the_patients() -> None:
    """Enough steps for the norms' moving statistics, which follow at 1 % a step."""
    training_config = replace(QUICK, batch_size=2, slices_per_patient=3, max_epochs=8)
    (network,) = train(cohort(), training_config, no_progress)
    scores, labels = predict_patients(network, cohort(30))
    assert roc_auc_score(labels, scores) > 0.95


def test_interrupted_training_ends_where_the_uninterrupted_one_does(tmp_path: Path) -> None:
    data = cohort(12)
    (whole,) = train(data, replace(QUICK, max_epochs=4), no_progress)

    class InterruptedRunError(Exception):
        pass

    def interrupt(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise InterruptedRunError("after two epochs")

    with pytest.raises(InterruptedRunError, match="after two epochs"):
        train(data, replace(QUICK, max_epochs=4), interrupt, tmp_path)
    (resumed,) = train(data, replace(QUICK, max_epochs=4), no_progress, tmp_path)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0].startswith("number,learning_rate,train_loss")
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3", "4"]


def test_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    data = cohort(12)
    train(data, replace(QUICK, max_epochs=1), no_progress, tmp_path)
    with pytest.raises(InputError, match="made with another training configuration"):
        train(data, replace(QUICK, max_epochs=2), no_progress, tmp_path)


def test_rate_falls_to_a_fifth_on_a_plateau_and_training_stops() -> None:
    """At a rate of 1 the loss never comes back to that of the first epochs."""
    rates: list[float] = []
    training_config = replace(
        QUICK, learning_rate=1.0, max_epochs=40, plateau_epochs=2, stop_epochs=5
    )
    train(cohort(8, 2), training_config, lambda e: rates.append(e.learning_rate))
    assert len(rates) < 40
    falls = sorted(set(rates), reverse=True)
    assert falls[:2] == pytest.approx([1.0, 0.2])


def test_published_recipe_is_the_default() -> None:
    """Mu et al. 2020, Methods: Adam 1e-4 (0.9, 0.999), x 1/5 after 10, stop after 30, L2 1e-3."""
    training_config = TrainingConfig()
    assert (training_config.learning_rate, training_config.betas, training_config.l2) == (
        1e-4,
        (0.9, 0.999),
        1e-3,
    )
    assert (
        training_config.plateau_epochs,
        training_config.plateau_factor,
        training_config.stop_epochs,
    ) == (10, 0.2, 30)


def two_tasks(patients: int = 24) -> SliceDataset:
    """The second label is the opposite of the first, and the only hint repeats the first."""
    data = cohort(patients)
    labels = np.stack([data.label, 1 - data.label], axis=1)
    auxiliary_targets = data.label[:, None].astype(np.float32)
    return SliceDataset(data.images.astype(np.float16), data.patient, labels, auxiliary_targets)


def test_two_tasks_on_one_trunk_leave_as_two_networks_that_score_alone() -> None:
    training_config = replace(
        QUICK, batch_size=2, slices_per_patient=3, max_epochs=8, hint_weight=1.0,
        schedule=Schedule.ONE_CYCLE,
    )  # fmt: skip
    first, second = train(two_tasks(), training_config, no_progress)
    scores, labels = predict_patients(first, cohort(30))
    opposite, _ = predict_patients(second, cohort(30))
    assert roc_auc_score(labels, scores) > 0.95
    assert roc_auc_score(labels, opposite) < 0.05
    assert set(first.state_dict()) == set(SResCNN().state_dict())


def test_a_pupil_and_the_networks_that_leave_it_say_the_same() -> None:
    torch.manual_seed(0)
    network = MultitaskNetwork(3, tasks=2, auxiliary_targets=4).eval()
    x = torch.randn(3, 3, 64, 64)
    together = network(x)
    for task in (0, 1):
        assert torch.allclose(network.network(task)(x), together[:, task], atol=1e-6)


def test_stratified_split_holds_every_combination_of_labels() -> None:
    data = cohort(40)
    second = (data.patient // 4) % 2
    data = replace(data, label=np.stack([data.label, second], axis=1))
    training, validation = split_patients(data, 0.25, seed=0)
    for part in (training, validation):
        assert len(np.unique(part.labels, axis=0)) == 4


def test_neighbouring_slices_are_normalised_each_for_itself() -> None:
    images = torch.rand(2, 6, 64, 64) * 30 + 1
    together = normalise_batch(images)
    assert together.shape == (2, 9, 64, 64)
    for pair in range(3):
        alone = normalise_batch(images[:, 2 * pair : 2 * pair + 2])
        assert torch.equal(together[:, 3 * pair : 3 * pair + 3], alone)


def test_one_cycle_rises_to_the_highest_rate_and_falls_to_nothing() -> None:
    rates = [cycle_rate(1e-3, step / 200) for step in range(201)]
    assert max(rates) == pytest.approx(1e-3, rel=1e-3)
    assert rates[0] == pytest.approx(4e-5) and rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert np.argmax(rates) == 30


def test_mixed_precision_gives_nearly_the_same_first_epoch() -> None:
    losses = []
    for mixed in (False, True):
        epochs: list[Epoch] = []
        train(
            cohort(12), replace(QUICK, max_epochs=1), epochs.append, hardware=Hardware("cpu", mixed)
        )
        losses.append(epochs[0].train_loss)
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


def test_a_device_that_is_not_there_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"'cuda:99' cannot be used .*give --device cpu"):
        with Hardware.named("cuda:99", mixed_precision=False):
            pass
    with Hardware.named("auto", mixed_precision=False) as hardware:
        assert hardware.device in ("cpu", "cuda") and hardware.first

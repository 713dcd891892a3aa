"""Training as published: one loop, plain to read, resumable.

Adam 1e-4 (betas 0.9, 0.999); learning rate x 1/5 after 10 epochs without a lower validation
loss; stop after 30; L2 1e-3 on kernels; augmentation with the normalisation after it; no
patient in both parts; classes weighted by their inverse frequency.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Methods.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from dss_core.networks.multitask_network import MultitaskNetwork
from dss_core.networks.srescnn import SResCNN
from dss_core.training.augmentation import augment, normalise_batch
from dss_core.training.dataset import SliceDataset, draw_rows, split_patients
from dss_core.training.hardware import Hardware
from dss_core.training.training_config import Schedule, TrainingConfig, cycle_rate
from dss_core.training.training_state import Epoch, TrainingState

ProgressCallback = Callable[[Epoch], None]


def train(
    data: SliceDataset,
    training_config: TrainingConfig,
    on_step: ProgressCallback,
    checkpoint: Path | None = None,
    hardware: Hardware | None = None,
) -> tuple[SResCNN, ...]:
    """Train and return a network for each task, at the lowest validation loss.

    Parameters
    ----------
    data : LabelledSlices
    training_config : TrainingConfig
    on_step : callable
        Told after every epoch, by the first process.
    checkpoint : Path, optional
        Folder for the state after each epoch and `log.csv`; an interrupted training with the
        same training configuration continues from there.
    hardware : Hardware, optional
        The CPU in float32 by default. Of several processes only the first returns the networks
        that were decided on.

    Raises
    ------
    InputError
        If a class has fewer than two patients, or the checkpoint is of another configuration.
    """
    hardware = hardware or Hardware()
    training, validation = split_patients(
        data, training_config.validation_share, training_config.seed
    )
    if training_config.validation_slices is not None:
        validation = validation.thinned(training_config.validation_slices, training_config.seed)
    torch.manual_seed(training_config.seed)
    pairs = data.images.shape[1] // 2
    auxiliary_targets = 0 if data.auxiliary_targets is None else data.auxiliary_targets.shape[1]
    network = MultitaskNetwork(3 * pairs, data.labels.shape[1], auxiliary_targets).to(
        hardware.device
    )
    state = TrainingState(training_config, network)
    if checkpoint is not None:
        state.resume(checkpoint)
    weights = _class_weights(training)
    loss_of = hardware.loss_of(network)
    while not state.over:
        rate = state.rate
        loss = _one_epoch(state, loss_of, training, weights, hardware)
        validated = _evaluate(network, validation, weights, hardware)
        loss, validation_loss, auc = hardware.of_first([loss, *validated])
        state.after(validation_loss)
        if hardware.first:
            epoch = Epoch(state.epoch, rate, loss, validation_loss, auc)
            if checkpoint is not None:
                state.save(checkpoint, epoch)
            on_step(epoch)
    return state.best_networks()


def predict_patients(
    network: nn.Module, data: SliceDataset, batch_size: int = 256
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """DLS and label of every patient, in ascending order of patient."""
    scores = _patient_scores(network, data, Hardware(), batch_size)
    _, first = np.unique(data.patient, return_index=True)
    return scores[:, 0], data.labels[first, 0]


def _patient_scores(
    network: nn.Module, data: SliceDataset, hardware: Hardware, batch_size: int = 256
) -> NDArray[np.float64]:
    """DLS (patients, tasks), in ascending order of patient."""
    slices = []
    with torch.inference_mode(), hardware.precision():
        network.eval()
        for start in range(0, len(data.images), batch_size):
            images = torch.from_numpy(data.images[start : start + batch_size]).float()
            logits = network(normalise_batch(images.to(hardware.device)))
            slices.append(torch.softmax(logits.double(), dim=-1)[..., 1].cpu().numpy())
    of_slice = np.concatenate(slices).reshape(len(data.images), -1)
    _, inverse = np.unique(data.patient, return_inverse=True)
    sums = np.stack([np.bincount(inverse, weights=column) for column in of_slice.T], axis=1)
    return np.asarray(sums / np.bincount(inverse)[:, None])


def _class_weights(training: SliceDataset) -> Tensor:
    """Loss weights (tasks, 2): each class counts the same in total."""
    positive = torch.tensor(training.labels.mean(axis=0), dtype=torch.float32)
    return torch.stack([0.5 / (1.0 - positive), 0.5 / positive], dim=1)


def _one_epoch(
    state: TrainingState,
    loss_of: nn.Module,
    data: SliceDataset,
    weights: Tensor,
    hardware: Hardware,
) -> float:
    """One pass: a few random slices of every patient, so that large tumours do not dominate."""
    training_config, network, device = state.training_config, state.network, hardware.device
    seed = training_config.seed * 100_003 + state.epoch
    rows = draw_rows(data.patient, training_config.slices_per_patient, np.random.default_rng(seed))
    seed = seed * hardware.ranks + hardware.rank
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    network.train()
    auxiliary_targets = (
        np.empty((len(data.patient), 0), np.float32)
        if data.auxiliary_targets is None
        else data.auxiliary_targets
    )
    total = 0.0
    for start in range(0, rows.size, training_config.batch_size):
        batch = rows[start : start + training_config.batch_size]
        if batch.size < 2 * hardware.ranks:
            continue
        if training_config.schedule is Schedule.ONE_CYCLE:
            progress = (state.epoch + start / rows.size) / training_config.max_epochs
            state.set_rate(cycle_rate(training_config.learning_rate, progress))
        mine = hardware.share(batch)
        images = torch.from_numpy(data.images[mine]).to(device).float()
        images = augment(images, training_config.augmentation, generator)
        with hardware.precision():
            loss, of_tasks = loss_of(
                normalise_batch(images),
                torch.from_numpy(data.labels[mine]).to(device),
                torch.from_numpy(auxiliary_targets[mine]).to(device),
                weights.to(device),
                training_config.hint_weight,
            )
        state.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        state.optimizer.step()
        total += float(of_tasks.detach()) * batch.size
    return total / rows.size


def _evaluate(
    network: MultitaskNetwork, data: SliceDataset, weights: Tensor, hardware: Hardware
) -> tuple[float, float]:
    """Weighted cross-entropy of the patients' scores, and their AUC: means over the tasks."""
    scores = _patient_scores(network, data, hardware)
    _, first = np.unique(data.patient, return_index=True)
    labels = data.labels[first]
    losses, areas = [], []
    for task in range(labels.shape[1]):
        label, score = labels[:, task], scores[:, task]
        likelihood = np.clip(np.where(label == 1, score, 1.0 - score), 1e-12, 1.0)
        weight = weights[task].numpy()[label]
        losses.append(float(-(weight * np.log(likelihood)).sum() / weight.sum()))
        areas.append(float(roc_auc_score(label, score)))
    return float(np.mean(losses)), float(np.mean(areas))

"""Training as published: one loop, plain to read, resumable.

Adam 1e-4 (betas 0.9, 0.999); learning rate x 1/5 after 10 epochs without a lower validation
loss; stop after 30; L2 1e-3 on kernels; augmentation with the normalisation after it; no
patient in both parts; classes weighted by their inverse frequency.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Methods.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from dss_core.errors import InputError
from dss_core.scoring.augment import Augmentation, augment, normalise_batch
from dss_core.scoring.network import SResCNN


@dataclass(frozen=True)
class LabelledSlices:
    """Slices of many patients with one label per patient.

    Attributes
    ----------
    images : float32 array (n, 2, 64, 64)
        Windowed PET and CT, not yet normalised.
    patient : int64 array (n,)
        Which patient a slice belongs to.
    label : int64 array (n,)
        1 positive (mutant, PD-L1 positive), 0 negative; equal within a patient.
    """

    images: NDArray[np.float32]
    patient: NDArray[np.int64]
    label: NDArray[np.int64]

    def of_patients(self, patients: NDArray[np.int64]) -> "LabelledSlices":
        """The slices of some of the patients."""
        rows = np.isin(self.patient, patients)
        return LabelledSlices(self.images[rows], self.patient[rows], self.label[rows])


@dataclass(frozen=True)
class Recipe:
    """Everything that changes the trained network; stored with it."""

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    l2: float = 1e-3
    batch_size: int = 32
    slices_per_patient: int = 4
    max_epochs: int = 200
    plateau_epochs: int = 10
    plateau_factor: float = 0.2
    stop_epochs: int = 30
    validation_share: float = 0.2
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training patients gave; AUC is per patient on validation."""

    number: int
    learning_rate: float
    train_loss: float
    validation_loss: float
    validation_auc: float


Listener = Callable[[Epoch], None]


def split_patients(
    data: LabelledSlices, share: float, seed: int
) -> tuple[LabelledSlices, LabelledSlices]:
    """Training and validation slices: no patient in both, the same class balance in each.

    Raises
    ------
    InputError
        If a class has fewer than two patients.
    """
    generator = np.random.default_rng(seed)
    held: list[NDArray[np.int64]] = []
    for label in (0, 1):
        patients = np.unique(data.patient[data.label == label])
        if patients.size < 2:
            raise InputError(
                f"Training needs at least two patients of each class, found {patients.size} with "
                f"label {label}. Add labelled patients."
            )
        n = max(1, round(share * patients.size))
        held.append(generator.permutation(patients)[:n])
    validation = np.concatenate(held)
    training = np.setdiff1d(data.patient, validation)
    return data.of_patients(training), data.of_patients(validation)


def train(
    data: LabelledSlices, recipe: Recipe, tell: Listener, checkpoint: Path | None = None
) -> SResCNN:
    """Train one network and return it at its lowest validation loss.

    Parameters
    ----------
    data : LabelledSlices
    recipe : Recipe
    tell : callable
        Told after every epoch.
    checkpoint : Path, optional
        Folder for the state after each epoch and `log.csv`; an interrupted training with the
        same recipe goes on from there.

    Raises
    ------
    InputError
        If a class has fewer than two patients, or the checkpoint is of another recipe.
    """
    training, validation = split_patients(data, recipe.validation_share, recipe.seed)
    state = _State(recipe)
    if checkpoint is not None:
        state.resume(checkpoint)
    positive = float(training.label.mean())
    weights = torch.tensor([0.5 / (1.0 - positive), 0.5 / positive], dtype=torch.float32)
    held = _Held(validation, weights)
    while state.epoch < recipe.max_epochs and state.waiting < recipe.stop_epochs:
        loss = _one_epoch(state, training, weights, recipe)
        validation_loss, auc = held.evaluate(state.network)
        rate = float(state.optimizer.param_groups[0]["lr"])
        state.after(validation_loss)
        epoch = Epoch(state.epoch, rate, loss, validation_loss, auc)
        if checkpoint is not None:
            state.save(checkpoint, epoch)
        tell(epoch)
    return state.best_network()


def predict_patients(
    network: nn.Module, data: LabelledSlices, batch_size: int = 256
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """DLS and label of every patient, in ascending order of patient."""
    scores = []
    with torch.inference_mode():
        network.eval()
        for start in range(0, len(data.images), batch_size):
            x = normalise_batch(torch.from_numpy(data.images[start : start + batch_size]))
            scores.append(torch.softmax(network(x).double(), dim=1)[:, 1].numpy())
    slices = np.concatenate(scores)
    _, first, inverse = np.unique(data.patient, return_index=True, return_inverse=True)
    sums = np.bincount(inverse, weights=slices)
    return sums / np.bincount(inverse), data.label[first]


class _State:
    """Network, optimiser and patience: all that a resumed training needs."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.network = SResCNN()
        kernels = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        # Keras' L2(a) adds a * w^2 to the loss, so its gradient is 2 a w.
        groups = [
            {"params": kernels, "weight_decay": 2.0 * recipe.l2},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.Adam(groups, lr=recipe.learning_rate, betas=recipe.betas)
        self.epoch = 0
        self.waiting = 0
        self.since_drop = 0
        self.best_loss = float("inf")
        self.best: dict[str, Tensor] = {}

    def after(self, validation_loss: float) -> None:
        """Book an epoch: keep the best network, lower the rate on a plateau."""
        self.epoch += 1
        if validation_loss < self.best_loss:
            self.best_loss, self.waiting, self.since_drop = validation_loss, 0, 0
            self.best = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
            return
        self.waiting += 1
        self.since_drop += 1
        if self.since_drop >= self.recipe.plateau_epochs:
            self.since_drop = 0
            for group in self.optimizer.param_groups:
                group["lr"] *= self.recipe.plateau_factor

    def best_network(self) -> SResCNN:
        network = SResCNN()
        network.load_state_dict(self.best or self.network.state_dict())
        return network.eval()

    def save(self, folder: Path, epoch: Epoch) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "state.part"
        torch.save(
            {
                "recipe": json.dumps(asdict(self.recipe)),
                "network": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "best": self.best,
                "numbers": [self.epoch, self.waiting, self.since_drop, self.best_loss],
            },
            part,
        )
        part.replace(folder / "state.pt")
        log = folder / "log.csv"
        new = not log.exists()
        with log.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(asdict(epoch)))
            if new:
                writer.writeheader()
            writer.writerow(asdict(epoch))

    def resume(self, folder: Path) -> None:
        path = folder / "state.pt"
        if not path.exists():
            return
        saved = torch.load(path, weights_only=True)
        if saved["recipe"] != json.dumps(asdict(self.recipe)):
            raise InputError(
                f"The checkpoint in {folder.name!r} was made with another recipe; give an empty "
                "folder or the same settings."
            )
        self.network.load_state_dict(saved["network"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.best = saved["best"]
        self.epoch, self.waiting, self.since_drop, self.best_loss = saved["numbers"]


def _one_epoch(state: _State, data: LabelledSlices, weights: Tensor, recipe: Recipe) -> float:
    """One pass: a few random slices of every patient, so that large tumours do not dominate."""
    seed = recipe.seed * 100_003 + state.epoch
    rows = _draw_rows(data.patient, recipe.slices_per_patient, np.random.default_rng(seed))
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    state.network.train()
    total = 0.0
    for start in range(0, rows.size, recipe.batch_size):
        batch = rows[start : start + recipe.batch_size]
        if batch.size < 2:
            continue
        images = augment(torch.from_numpy(data.images[batch]), recipe.augmentation, generator)
        loss = functional.cross_entropy(
            state.network(normalise_batch(images)), torch.from_numpy(data.label[batch]), weights
        )
        state.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimizer.step()
        total += float(loss.detach()) * batch.size
    return total / rows.size


def _draw_rows(
    patient: NDArray[np.int64], per_patient: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Up to `per_patient` random rows of every patient, shuffled."""
    order = generator.permutation(patient.size)
    by_patient = order[np.argsort(patient[order], kind="stable")]
    sizes = np.bincount(np.unique(patient, return_inverse=True)[1])
    rank = np.arange(patient.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return generator.permutation(by_patient[rank < per_patient])


class _Held:
    """Validation patients, normalised once."""

    def __init__(self, data: LabelledSlices, weights: Tensor) -> None:
        self._data = data
        self._weights = weights.numpy()

    def evaluate(self, network: nn.Module) -> tuple[float, float]:
        """Weighted cross-entropy of the patients' scores, and their AUC."""
        scores, labels = predict_patients(network, self._data)
        clipped = np.clip(np.where(labels == 1, scores, 1.0 - scores), 1e-12, 1.0)
        weights = self._weights[labels]
        loss = float(-(weights * np.log(clipped)).sum() / weights.sum())
        return loss, float(roc_auc_score(labels, scores))

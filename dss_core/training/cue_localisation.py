"""Localisation of a known cue: simulated lesions labelled by one planted sign only.

Each image is a lesion in lung: a disc in CT with a smooth focus in PET, of random place, size and
brightness. Positive lesions carry a crescent of tissue in their rim, over a third of the way
around at a random angle; nothing else depends on the label. A method that shows where a network
trained on such images responded must point at the crescent.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import nn

from dss_core.attention.attention_map import positive_response
from dss_core.networks.srescnn import SResCNN
from dss_core.records import AttentionMethod
from dss_core.training.augmentation import normalise_batch
from dss_core.training.dataset import SliceDataset
from dss_core.training.training_config import Augmentation, TrainingConfig
from dss_core.training.training_loop import train
from dss_core.training.training_state import Epoch

SIZE_PX = 64
RIM_PX = 7.0
CRESCENT_RAD = 2.0 * np.pi / 3.0
RECIPE = TrainingConfig(
    learning_rate=5e-4,
    slices_per_patient=1,
    batch_size=8,
    max_epochs=8,
    augmentation=Augmentation(rotation_deg=0.0, shear_deg=0.0, shift=0.0, zoom=0.0),
)
"""Short: the cue is easy and the images are many."""


@dataclass(frozen=True)
class CueImages:
    """Simulated lesions, one image each.

    Attributes
    ----------
    data : LabelledSlices
    cue : bool array (n, 64, 64)
        The crescent; of negative lesions the place where it would have been.
    """

    data: SliceDataset
    cue: NDArray[np.bool_]

    @property
    def positive_x(self) -> torch.Tensor:
        """Network images (m, 3, 64, 64) of the lesions that carry the cue."""
        return normalise_batch(torch.from_numpy(self.data.images[self.data.label == 1]))

    @property
    def positive_cue(self) -> NDArray[np.bool_]:
        """The cue of the same lesions."""
        return np.asarray(self.cue[self.data.label == 1])


def cue_images(n: int, seed: int) -> CueImages:
    """`n` lesions, every second one positive."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE_PX, :SIZE_PX]
    images = np.empty((n, 2, SIZE_PX, SIZE_PX), dtype=np.float32)
    cues = np.empty((n, SIZE_PX, SIZE_PX), dtype=np.bool_)
    labels = (np.arange(n) % 2).astype(np.int64)
    for k in range(n):
        row, column = generator.uniform(24.0, 40.0, 2)
        radius, angle = generator.uniform(7.0, 12.0), generator.uniform(-np.pi, np.pi)
        away = np.hypot(rows - row, columns - column)
        turn = np.angle(np.exp(1j * (np.arctan2(rows - row, columns - column) - angle)))
        rim = (away > radius) & (away <= radius + RIM_PX)
        cues[k] = rim & (np.abs(turn) <= CRESCENT_RAD / 2.0)
        ct = np.where(away <= radius, generator.uniform(950.0, 1100.0), 200.0)
        if labels[k]:
            ct = np.where(cues[k], ct + generator.uniform(250.0, 400.0), ct)
        pet = generator.uniform(4.0, 12.0) * np.exp(-0.5 * (away / radius) ** 2)
        images[k, 0] = np.clip(pet + generator.normal(0.5, 0.2, pet.shape), 0.01, None)
        images[k, 1] = np.clip(ct + generator.normal(0.0, 40.0, ct.shape), 1.0, None)
    return CueImages(SliceDataset(images, np.arange(n, dtype=np.int64), labels), cues)


def train_on(
    data: SliceDataset, training_config: TrainingConfig = RECIPE, checkpoint: Path | None = None
) -> SResCNN:
    """A network for these lesions; with a checkpoint folder it is trained only once."""
    (network,) = train(data, training_config, _no_progress, checkpoint)
    return settled(network, data)


def with_permuted_labels(data: SliceDataset, seed: int) -> SliceDataset:
    """The same images with labels dealt out at random: nothing about the cue can be learnt."""
    labels = np.random.default_rng(seed).permutation(data.label)
    return SliceDataset(data.images, data.patient, labels)


def settled(network: SResCNN, data: SliceDataset) -> SResCNN:
    """The same network with its moving statistics taken anew over the data.

    They follow slowly (momentum 0.99, as published) and lag behind after so short a training.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for start in range(0, len(data.images), RECIPE.batch_size * 8):
            rows = slice(start, start + RECIPE.batch_size * 8)
            network(normalise_batch(torch.from_numpy(data.images[rows])))
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
    return network.eval()


def localisation_auc(
    network: nn.Module, planted: CueImages, method: AttentionMethod
) -> NDArray[np.float64]:
    """Per positive lesion, the chance that a pixel of the cue outranks one beside it.

    0.5 is what chance gives, 1 is perfect.
    """
    maps = positive_response([network], planted.positive_x, method).numpy()
    scores = [
        roc_auc_score(cue.ravel(), one.ravel())
        for one, cue in zip(maps, planted.positive_cue, strict=True)
    ]
    return np.asarray(scores)


def _no_progress(epoch: Epoch) -> None:
    pass

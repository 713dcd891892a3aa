"""Weights bundles: networks, cut-offs and model card in one verified folder.

`card.json` names the architecture, the preprocessing, the cut-offs and where they come from,
and the SHA-256 of every safetensors file. A bundle whose files do not match its card is
refused, and nothing is ever unpickled.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import nn

from dss_core.bundles.bundle_folders import CARD, SHIPPED, bundle_folder
from dss_core.bundles.keras_card import network_from_card
from dss_core.bundles.model_card import (
    KerasCard,
    KerasTaskCard,
    ListedFile,
    ModelCard,
    TaskCard,
    Z,
    parse_card,
    read_card,
)
from dss_core.bundles.ood_reference import Reference, read_reference
from dss_core.errors import WeightsError
from dss_core.networks.engine import Logits, fast
from dss_core.networks.srescnn import SResCNN
from dss_core.records import Task
from dss_core.settings import AdjacentSlices, Preprocessing
from dss_core.storage import reading

GENERIC = "simulated tumours (these weights store no training reference of their own)"
Tensors = Mapping[str, torch.Tensor]
_Reader = Callable[[Tensors, TaskCard], nn.Module]


@dataclass(frozen=True)
class TaskModel:
    """The networks of one task (an ensemble of one or more) and how its score is read.

    Attributes
    ----------
    cutoff : float
        Scores at or above it are "high".
    cutoff_origin : str
        Where the cut-off comes from, in words.
    members : tuple of nn.Module
        In evaluation mode; (n, 3, size, size) to logits (n, 2).
    metrics : mapping
        As stated on the card.
    interval_multiple : float
        How far the score's interval reaches (`dss_core.scoring.score_interval`): as measured with
        these weights, else as for normal errors.
    """

    task: Task
    cutoff: float
    cutoff_origin: str
    members: tuple[nn.Module, ...]
    metrics: Mapping[str, Any]
    interval_multiple: float = Z

    @cached_property
    def engines(self) -> tuple[Logits, ...]:
        """The members ready for inference: the same numbers, faster."""
        return tuple(fast(member) for member in self.members)


@dataclass(frozen=True)
class Bundle:
    """A loaded and verified weights bundle.

    Attributes
    ----------
    id : str
        Shown with every score of this bundle.
    sha256 : str
        Over the card, which holds the hash of every file: one number for the whole bundle.
    reference : Reference or None
        What the training images look like; a bundle without its own (an imported network) takes
        the demo bundle's, if both cut the images alike.
    """

    id: str
    sha256: str
    card: ModelCard
    models: Mapping[Task, TaskModel]
    reference: Reference | None = None

    @property
    def title(self) -> str:
        """As on the card."""
        return self.card.title

    @property
    def demo(self) -> bool:
        """True when trained on simulated data only: every score must say so."""
        return self.card.demo

    @property
    def preprocessing(self) -> Preprocessing:
        """From scan to tensor, as in the training."""
        return self.card.preprocessing

    @property
    def adjacent_slices(self) -> AdjacentSlices:
        """Which slices its networks see at once."""
        return self.card.adjacent_slices


_KEPT = 2
_kept: dict[tuple[Path, str], Mapping[Task, TaskModel]] = {}
"""Networks of the bundles loaded last, by folder and hash of the card, which names every file's."""


def load_bundle(name: str = "demo") -> Bundle:
    """A bundle by its id, verified against its card.

    Its files are read and verified each time; networks that were made of the same files before
    are taken again.

    Raises
    ------
    WeightsError
        If there is no such bundle, the card is malformed, a file is missing, damaged or does
        not fit the architecture.
    """
    folder = bundle_folder(name)
    with reading(folder / CARD):
        raw = (folder / CARD).read_bytes()
    card = parse_card(raw, name)
    sha256 = hashlib.sha256(raw).hexdigest()
    models = _kept.pop((folder, sha256), None)
    if models is None:
        models = _models(folder, card)
    else:
        for entry in card.tasks.values():
            for file in entry.files:
                read_listed(folder, file)
    _kept[folder, sha256] = models
    for oldest in tuple(_kept)[:-_KEPT]:
        _kept.pop(oldest, None)
    return Bundle(name, sha256, card, models, _reference(folder, card))


def read_listed(folder: Path, file: ListedFile) -> bytes:
    """A file of a bundle as its card lists it.

    Raises
    ------
    WeightsError
        It is missing, or was changed.
    """
    path = folder / file.name
    if not path.is_file():
        raise WeightsError(f"{folder.name}/{file.name} is missing; restore the weights bundle.")
    with reading(path):
        raw = path.read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != file.sha256:
        raise WeightsError(
            f"{folder.name}/{file.name} has SHA-256 {found[:12]}..., its card says "
            f"{file.sha256[:12]}...; the file was changed. Restore the weights bundle."
        )
    return raw


def _reference(folder: Path, card: ModelCard) -> Reference | None:
    """The bundle's own reference, or the demo bundle's, named as what it is."""
    if card.ood_reference is not None:
        return read_reference(card.ood_reference, read_listed(folder, card.ood_reference.file))
    generic = SHIPPED / "demo"
    if folder == generic:
        return None
    shipped = read_card(generic)
    entry = shipped.ood_reference
    if entry is None or shipped.preprocessing != card.preprocessing:
        return None
    found = read_reference(entry, read_listed(generic, entry.file))
    return replace(found, borrowed=True, compared_with=GENERIC)


def _models(folder: Path, card: ModelCard) -> Mapping[Task, TaskModel]:
    read = _imported if isinstance(card, KerasCard) else partial(_ours, card.adjacent_slices)
    return {task: _task_model(folder, task, read, entry) for task, entry in card.tasks.items()}


def _task_model(folder: Path, task: Task, read: _Reader, entry: TaskCard) -> TaskModel:
    return TaskModel(
        task,
        entry.cutoff,
        entry.cutoff_origin,
        tuple(_network(folder, read, entry, file) for file in entry.files),
        entry.metrics,
        entry.interval.multiple,
    )


def _network(folder: Path, read: _Reader, entry: TaskCard, file: ListedFile) -> nn.Module:
    name, raw = file.name, read_listed(folder, file)
    try:
        tensors = load_tensors(raw)
        if not all(torch.isfinite(t).all() for t in tensors.values()):
            raise WeightsError(
                f"{folder.name}/{name} contains values that are not finite; restore it."
            )
        return read(tensors, entry).eval()
    except (SafetensorError, RuntimeError) as problem:
        raise WeightsError(
            f"{folder.name}/{name} does not fit the architecture: "
            f"{str(problem).splitlines()[0]}. Restore the weights bundle."
        ) from problem


def _imported(tensors: Tensors, entry: TaskCard) -> nn.Module:
    assert isinstance(entry, KerasTaskCard)
    return network_from_card(tensors, entry.network, entry.attention_layer)


def _ours(adjacent_slices: AdjacentSlices, tensors: Tensors, entry: TaskCard) -> nn.Module:
    network = SResCNN(len(adjacent_slices.channels))
    for name, expected in network.state_dict().items():
        if name in tensors and tensors[name].shape != expected.shape:
            raise RuntimeError(
                f"{name} has shape {tuple(tensors[name].shape)}, the card's "
                f"{adjacent_slices.architecture!r} has {tuple(expected.shape)}"
            )
    network.load_state_dict(tensors)
    return network

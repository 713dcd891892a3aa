"""Weights bundles: networks, cut-offs and model card in one verified folder.

`card.json` names the architecture, the preprocessing, the cut-offs and where they come from,
and the SHA-256 of every safetensors file. A bundle whose files do not match its card is
refused, and nothing is ever unpickled.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import nn

from dss_core.adjacent_slices import ALONE, TOGETHER, AdjacentSlices
from dss_core.bundles.bundle_folders import CARD, SHIPPED, bundle_folders
from dss_core.bundles.keras_card import network_from_card
from dss_core.bundles.ood_reference import Reference, read_reference
from dss_core.errors import WeightsError
from dss_core.networks.engine import Logits, fast
from dss_core.networks.srescnn import SResCNN
from dss_core.records import Task
from dss_core.settings import Preprocessing

FORMAT = 1
LARGEST_MULTIPLE = 10.0
Z = 1.6448536269514722
"""95th percentile of the standard normal: the multiple where none was measured."""
OURS, KERAS = ALONE, "Keras"
GENERIC = "simulated tumours (these weights store no training reference of their own)"
Tensors = Mapping[str, torch.Tensor]
_Reader = Callable[[Tensors, Mapping[str, Any]], nn.Module]


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
    demo : bool
        True when trained on simulated data only: every score must say so.
    stack : SliceStack
        Which slices its networks see at once.
    reference : Reference or None
        What the training images look like; a bundle without its own (an imported network) takes
        the demo bundle's, if both cut the images alike.
    """

    id: str
    title: str
    sha256: str
    demo: bool
    preprocessing: Preprocessing
    models: Mapping[Task, TaskModel]
    card: Mapping[str, Any]
    stack: AdjacentSlices = field(default_factory=AdjacentSlices)
    reference: Reference | None = None


def load_bundle(name: str = "demo") -> Bundle:
    """A bundle by its id, verified against its card.

    Raises
    ------
    WeightsError
        If there is no such bundle, the card is malformed, a file is missing, damaged or does
        not fit the architecture.
    """
    folders = bundle_folders()
    if name not in folders:
        known = ", ".join(sorted(folders)) or "none"
        raise WeightsError(f"There is no weights bundle {name!r}; available: {known}.")
    folder = folders[name]
    raw = (folder / CARD).read_bytes()
    try:
        card = json.loads(raw)
        architecture = card["architecture"]
        if card["format"] != FORMAT or architecture not in (OURS, TOGETHER, KERAS):
            raise WeightsError(
                f"The card of {name!r} has format {card['format']} and architecture "
                f"{architecture!r}; format {FORMAT} and {OURS!r}, {TOGETHER!r} or {KERAS!r} were "
                "expected."
            )
        stack = AdjacentSlices.from_card(card)
        read = _imported if architecture == KERAS else partial(_ours, stack)
        models = {
            Task(task): _task_model(folder, Task(task), read, entry)
            for task, entry in card["tasks"].items()
        }
        settings = Preprocessing.from_card(card["preprocessing"])
        return Bundle(
            id=name,
            title=str(card["title"]),
            sha256=hashlib.sha256(raw).hexdigest(),
            demo=bool(card["demo"]),
            preprocessing=settings,
            models=models,
            card=card,
            stack=stack,
            reference=_reference(folder, card, settings),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise WeightsError(
            f"The card of weights bundle {name!r} is malformed ({problem!r}); restore the bundle."
        ) from problem


def read_listed(folder: Path, file: Mapping[str, Any]) -> bytes:
    """A file of a bundle as its card lists it (`name`, `sha256`).

    Raises
    ------
    WeightsError
        It lies elsewhere, is missing, or was changed.
    """
    name, sha256 = str(file["name"]), str(file["sha256"])
    if Path(name).name != name:
        raise WeightsError(f"The card names {name!r}, which is not a file of its own folder.")
    path = folder / name
    if not path.is_file():
        raise WeightsError(f"{folder.name}/{name} is missing; restore the weights bundle.")
    raw = path.read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise WeightsError(
            f"{folder.name}/{name} has SHA-256 {found[:12]}..., its card says {sha256[:12]}...; "
            "the file was changed. Restore the weights bundle."
        )
    return raw


def _reference(folder: Path, card: Mapping[str, Any], settings: Preprocessing) -> Reference | None:
    """The bundle's own reference, or the demo bundle's, named as what it is."""
    if "novelty" in card:
        return read_reference(card["novelty"], read_listed(folder, card["novelty"]["file"]))
    generic = SHIPPED / "demo"
    shipped = json.loads((generic / CARD).read_bytes())
    alike = Preprocessing.from_card(shipped["preprocessing"]) == settings
    if folder == generic or "novelty" not in shipped or not alike:
        return None
    entry = {**shipped["novelty"], "compared_with": GENERIC}
    found = read_reference(entry, read_listed(generic, entry["file"]))
    return replace(found, borrowed=True)


def _task_model(folder: Path, task: Task, read: _Reader, entry: Mapping[str, Any]) -> TaskModel:
    members = tuple(_network(folder, read, entry, f) for f in entry["files"])
    cutoff = float(entry["cutoff"])
    if not members or not 0.0 < cutoff < 1.0:
        raise WeightsError(
            f"Task {task} of the bundle in {folder.name!r} needs at least one file and a cut-off "
            f"between 0 and 1, found {len(members)} and {cutoff}."
        )
    multiple = float(entry.get("interval", {}).get("multiple", Z))
    if not 0.0 < multiple < LARGEST_MULTIPLE:
        raise WeightsError(
            f"Task {task} of the bundle in {folder.name!r} has the interval multiple {multiple}; a "
            f"number between 0 and {LARGEST_MULTIPLE:g} was expected. Restore the weights bundle."
        )
    origin = str(entry["cutoff_origin"])
    return TaskModel(task, cutoff, origin, members, entry["metrics"], multiple)


def _network(
    folder: Path, read: _Reader, entry: Mapping[str, Any], file: Mapping[str, Any]
) -> nn.Module:
    name, raw = str(file["name"]), read_listed(folder, file)
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


def _imported(tensors: Tensors, entry: Mapping[str, Any]) -> nn.Module:
    return network_from_card(tensors, entry)


def _ours(stack: AdjacentSlices, tensors: Tensors, entry: Mapping[str, Any]) -> nn.Module:
    network = SResCNN(len(stack.channels))
    for name, expected in network.state_dict().items():
        if name in tensors and tensors[name].shape != expected.shape:
            raise RuntimeError(
                f"{name} has shape {tuple(tensors[name].shape)}, the card's "
                f"{stack.to_card()['architecture']!r} has {tuple(expected.shape)}"
            )
    network.load_state_dict(tensors)
    return network

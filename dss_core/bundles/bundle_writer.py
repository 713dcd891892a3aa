"""Writing weights bundles: whole or not at all, with reference outputs.

A file never takes the place of one that the present card lists: files come first, under names that
are free, and the one rename of the card at the end makes them the bundle. Whoever reads the card to
change it does so within `changing`.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from dss_core.bundles import reference_outputs
from dss_core.bundles.bundle_folders import CARD
from dss_core.bundles.model_card import (
    FORMAT,
    ListedFile,
    ModelCard,
    ReferenceOutputsFile,
    TaskCard,
    read_card,
)
from dss_core.bundles.ood_reference import PackedReference
from dss_core.errors import WeightsError
from dss_core.records import Task
from dss_core.settings import AdjacentSlices, Preprocessing, TrainingRanges
from dss_core.storage import locked, reading, remove, sweep, write_whole

_OURS = re.compile(r"(?:(?:egfr|pdl1)-(?:\d+|golden)|novelty)(?:-[0-9a-f]{12})?\.safetensors")
"""Names of the files that this module writes."""


@dataclass(frozen=True)
class Member:
    """One network of an ensemble and the safetensors file it is read back from."""

    network: nn.Module
    content: bytes


@dataclass(frozen=True)
class PackedTask:
    """A task ready for a bundle: its entry on the card and its files by name."""

    card: TaskCard
    files: dict[str, bytes]


@dataclass(frozen=True)
class Taught:
    """What a training saw, for the comparison of later cases.

    Attributes
    ----------
    patients : int
        The network was trained on so many.
    ranges : TrainingRanges or None
        None where no size or uptake is known of any of them.
    reference : PackedReference or None
        None where they are too few for one.
    """

    patients: int
    ranges: TrainingRanges | None = None
    reference: PackedReference | None = None


def network_bytes(network: nn.Module) -> bytes:
    """A network's tensors as safetensors, in their own precision."""
    raw: bytes = save({k: v.contiguous() for k, v in network.state_dict().items()})
    return raw


def file_entry(name: str, content: bytes) -> ListedFile:
    """A file as its card lists it: name and SHA-256."""
    return ListedFile(name=name, sha256=hashlib.sha256(content).hexdigest())


def pack_task(
    task: Task,
    entry: Mapping[str, Any],
    members: Sequence[Member],
    kind: type[TaskCard] = TaskCard,
) -> PackedTask:
    """Name the files of a task, run its networks for reference outputs, and list both.

    Parameters
    ----------
    entry : mapping
        What the card says of the task, without its files.
    members : sequence of Member
        In evaluation mode.
    """
    files = {f"{task}-{i}.safetensors": member.content for i, member in enumerate(members)}
    listed = [file_entry(name, content) for name, content in files.items()]
    recording = reference_outputs.record([member.network for member in members])
    name = f"{task}-golden.safetensors"
    listing = file_entry(name, recording).to_json()
    proof = ReferenceOutputsFile(**listing, tolerance=reference_outputs.TOLERANCE)
    card = kind.model_validate({**entry, "files": listed, "golden": proof})
    return PackedTask(card, {**files, name: recording})


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Nobody else changes the bundle, and what a killed process left in it is gone.

    Raises
    ------
    StorageError
        Another process changes it, or the folder cannot be written.
    """
    with locked(folder):
        sweep(folder, older_than_s=0)
        sweep(folder.parent)
        for path in _unlisted(folder):
            remove(path)
        yield


def write_bundle(folder: Path, card: ModelCard, files: Mapping[str, bytes]) -> ModelCard:
    """Write the files and then the card; a file whose name is taken gets another.

    To be called within `changing`.

    Parameters
    ----------
    files : mapping
        Content by name, as the card lists them.

    Returns
    -------
    ModelCard
        As written.

    Raises
    ------
    StorageError
        The bundle is as it was before.
    """
    values = card.to_json()
    for entry in _listed(values):
        content = files.get(entry["name"])
        if content is None or hashlib.sha256(content).hexdigest() != entry["sha256"]:
            continue  # a file of the bundle as it is
        path = folder / entry["name"]
        if path.exists() and path.read_bytes() != content:
            path = path.with_name(f"{path.stem}-{entry['sha256'][:12]}{path.suffix}")
            entry["name"] = path.name
        write_whole(path, content)
    write_whole(folder / CARD, (json.dumps(values, indent=2, allow_nan=False) + "\n").encode())
    return type(card).model_validate(values)


def _unlisted(folder: Path) -> list[Path]:
    """Files of ours that the card does not list; none where the card cannot be read."""
    with reading(folder):
        there = [path for path in folder.glob("*.safetensors") if _OURS.fullmatch(path.name)]
        if not (folder / CARD).exists():
            return there
    try:
        listed = {entry["name"] for entry in _listed(read_card(folder).to_json())}
    except WeightsError:
        return []
    return [path for path in there if path.name not in listed]


def _listed(values: Any) -> Iterator[dict[str, Any]]:
    """Every entry of a card that names a file and its hash."""
    if isinstance(values, dict):
        if {"name", "sha256"} <= values.keys():
            yield values
        values = list(values.values())
    for value in values if isinstance(values, list) else ():
        yield from _listed(value)


def add_trained_task(
    folder: Path,
    task: Task,
    entry: Mapping[str, Any],
    members: tuple[nn.Module, ...],
    settings: Preprocessing,
    adjacent_slices: AdjacentSlices,
    taught: Taught,
) -> None:
    """Write trained networks as one task of a bundle, made here or by an earlier training.

    A bundle has one set of ranges and one reference for all its tasks: those of the training that
    had more patients.

    Parameters
    ----------
    entry : mapping
        `cutoff`, `cutoff_origin`, `metrics` and `training` of the task.

    Raises
    ------
    WeightsError
        If the bundle has the task already, or was made with another architecture or
        preprocessing. Nothing is written.
    """
    packed = pack_task(task, entry, [Member(m.eval(), network_bytes(m)) for m in members])
    with changing(folder):
        card = card_to_join(folder, task, settings, adjacent_slices)
        others = [entry.training.patients for entry in card.tasks.values()]
        about: dict[str, Any] = {}
        files: dict[str, bytes] = {}
        if taught.patients > max(others, default=0):
            if taught.ranges is not None:
                about["training_ranges"] = taught.ranges
            if taught.reference is not None:
                about["novelty"], files = taught.reference.card, taught.reference.files
        tasks = {**card.tasks, task: packed.card}
        write_bundle(folder, card.changed(**about, tasks=tasks), {**packed.files, **files})


def card_to_join(
    folder: Path, task: Task, settings: Preprocessing, adjacent_slices: AdjacentSlices
) -> ModelCard:
    """The card of the bundle that a trained task is to join; a new one where there is none.

    Raises
    ------
    WeightsError
        As `add_trained_task`.
    """
    seen = (
        {}
        if adjacent_slices.neighbour_mm is None
        else {"neighbour_mm": adjacent_slices.neighbour_mm}
    )
    own = ModelCard.model_validate(
        {
            "format": FORMAT,
            "title": f"Trained here: {folder.name}",
            "demo": False,
            "architecture": adjacent_slices.architecture,
            **seen,
            "preprocessing": settings,
            "tasks": {},
        }
    )
    if not (folder / CARD).exists():
        return own
    try:
        stored = read_card(folder)
    except WeightsError as refused:
        raise WeightsError(
            f"Nothing can be added to the bundle {folder.name!r}; choose another folder. {refused}"
        ) from refused
    for key in ("architecture", "neighbour_mm", "preprocessing"):
        if getattr(stored, key) != getattr(own, key):
            raise WeightsError(
                f"The bundle {folder.name!r} has {key} {getattr(stored, key)!r}, this training "
                f"{getattr(own, key)!r}; choose another folder."
            )
    if task in stored.tasks:
        raise WeightsError(
            f"The bundle {folder.name!r} has a network for {task}; choose another folder."
        )
    return stored

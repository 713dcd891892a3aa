"""Writing weights bundles: whole or not at all, the card last, with reference outputs.

A bundle under way lies beside its place; a reader never meets a card whose files are missing.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
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


def write_bundle(folder: Path, card: ModelCard, files: Mapping[str, bytes]) -> None:
    """Write files and card beside the bundle, then move them into place, the card last."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(card.to_json(), indent=2, allow_nan=False) + "\n"
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as part:
        contents = {**files, CARD: text.encode()}
        for name, content in contents.items():
            (Path(part) / name).write_bytes(content)
        folder.mkdir(exist_ok=True)
        for name in contents:
            shutil.move(Path(part) / name, folder / name)


def add_trained_task(
    folder: Path,
    task: Task,
    entry: Mapping[str, Any],
    members: tuple[nn.Module, ...],
    settings: Preprocessing,
    stack: AdjacentSlices,
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
    card = card_to_join(folder, task, settings, stack)
    others = [entry.training.patients for entry in card.tasks.values()]
    about: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    if taught.patients > max(others, default=0):
        if taught.ranges is not None:
            about["training_ranges"] = taught.ranges
        if taught.reference is not None:
            about["novelty"], files = taught.reference.card, taught.reference.files
    packed = pack_task(task, entry, [Member(m.eval(), network_bytes(m)) for m in members])
    tasks = {**card.tasks, task: packed.card}
    write_bundle(folder, card.changed(**about, tasks=tasks), {**packed.files, **files})


def card_to_join(
    folder: Path, task: Task, settings: Preprocessing, stack: AdjacentSlices
) -> ModelCard:
    """The card of the bundle that a trained task is to join; a new one where there is none.

    Raises
    ------
    WeightsError
        As `add_trained_task`.
    """
    seen = {} if stack.neighbour_mm is None else {"neighbour_mm": stack.neighbour_mm}
    own = ModelCard.model_validate(
        {
            "format": FORMAT,
            "title": f"Trained here: {folder.name}",
            "demo": False,
            "architecture": stack.architecture,
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

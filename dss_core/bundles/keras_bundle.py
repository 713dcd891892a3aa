"""Import of Keras files into the user's weights: read, check, write the bundle whole."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save as save_tensors

from dss_core.bundles.bundle_folders import CARD, SHIPPED
from dss_core.bundles.bundle_writer import Member, changing, pack_task, write_bundle
from dss_core.bundles.keras_card import network_from_card, task_entry
from dss_core.bundles.model_card import (
    FORMAT,
    KERAS,
    KerasCard,
    KerasTaskCard,
    ModelCard,
    TaskCard,
    read_card,
)
from dss_core.errors import InputError, WeightsError
from dss_core.networks.keras_import.reader import ImportedNetwork, import_keras
from dss_core.networks.raw_prediction import check
from dss_core.records import Task
from dss_core.settings import Preprocessing, home

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class KnownPair:
    """Inputs and the outputs they are known to give, as .npz files, and the allowed difference."""

    inputs: Path
    expected: Path
    tolerance: float = 1e-5


def import_weights(
    sources: Sequence[Path],
    task: Task,
    name: str,
    pair: KnownPair | None = None,
    layer: str | None = None,
) -> dict[str, Any]:
    """Import Keras files as the networks of `task` in the user's bundle `name`.

    The bundle is made, or gains the task if it was made by an earlier import. Several files are
    the members of an ensemble, whose probabilities are averaged. With a `pair` the network made
    from what is written must reproduce it; the result goes on the card.

    Returns
    -------
    dict
        The task's entry on the card.

    Raises
    ------
    WeightsError, InputError
        Nothing is written.
    """
    folder = _folder(name)
    if pair is not None and len(sources) > 1:
        raise InputError("A check is of one file: import the files one by one to check them.")
    imported = [import_keras(source) for source in sources]
    first = imported[0]
    _same_architecture(sources, imported)
    entry = task_entry(first, task, [_origin(source) for source in sources], layer)
    networks = [
        network_from_card(i.tensors, entry["network"], entry["attention_layer"]) for i in imported
    ]
    if pair is not None:
        entry["checks"] = [check(networks[0], pair.inputs, pair.expected, pair.tolerance).to_card()]
    members = [
        Member(network, save_tensors({k: v.contiguous() for k, v in i.tensors.items()}))
        for network, i in zip(networks, imported, strict=True)
    ]
    packed = pack_task(task, entry, members, KerasTaskCard)
    sizes = [size for spec in first.architecture.inputs for size in spec.shape[:2] if size]
    size_px = max(sizes, default=Preprocessing().size_px)
    names = ", ".join(source.name for source in sources)
    with changing(folder):
        card = _card(folder, task, packed.card, names, size_px)
        written = write_bundle(folder, card, packed.files)
    return written.tasks[task].to_json()


def _origin(source: Path) -> dict[str, str]:
    return {"file": source.name, "sha256": hashlib.sha256(source.read_bytes()).hexdigest()}


def _same_architecture(sources: Sequence[Path], imported: Sequence[ImportedNetwork]) -> None:
    """Refuse members that cannot share the one description of layers on the card."""
    for source, other in zip(sources[1:], imported[1:], strict=True):
        if other.architecture.to_json() != imported[0].architecture.to_json():
            raise WeightsError(
                f"'{source.name}' has other layers or layer names than '{sources[0].name}'; files "
                "of one ensemble must have the same. Import it under an id of its own."
            )


def _folder(name: str) -> Path:
    if not _ID.fullmatch(name):
        raise WeightsError(
            f"A bundle's id is letters, digits, dot, dash or underscore; found {name[:80]!r}."
        )
    if (SHIPPED / name).exists():
        raise WeightsError(f"{name!r} is a bundle that comes with the program; choose another id.")
    return home() / "weights" / name


def _card(folder: Path, task: Task, entry: TaskCard, files: str, size_px: int) -> ModelCard:
    """A new card, or the bundle's card with the task added."""
    if not (folder / CARD).exists():
        return KerasCard(
            format=FORMAT,
            title=f"Imported from {files}",
            demo=False,
            architecture=KERAS,
            preprocessing=Preprocessing(size_px=size_px),
            tasks={task: entry},  # type: ignore[dict-item]
        )
    card = read_card(folder)
    if card.architecture != KERAS or task in card.tasks:
        raise WeightsError(
            f"The bundle {folder.name!r} already has a network for {task}, or is not an imported "
            "one; choose another id."
        )
    if card.preprocessing.size_px != size_px:
        raise WeightsError(
            f"The bundle {folder.name!r} takes images of {card.preprocessing.size_px} pixels, this "
            f"network {size_px}; choose another id."
        )
    return card.changed(title=f"{card.title} and {files}", tasks={**card.tasks, task: entry})

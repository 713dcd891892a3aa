"""Importing a Keras file into the user's weights: read, check, then write the bundle whole."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save as save_tensors

from dss_core.errors import WeightsError
from dss_core.records import Task
from dss_core.scoring.keras.card import network_from_card, task_entry
from dss_core.scoring.keras.reader import import_keras
from dss_core.scoring.raw import check
from dss_core.scoring.weights import CARD, FORMAT, KERAS, SHIPPED
from dss_core.settings import Preprocessing, home

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class KnownPair:
    """Inputs and the outputs they are known to give, as .npz files, and the allowed difference."""

    inputs: Path
    expected: Path
    tolerance: float = 1e-5


def import_weights(
    source: Path,
    task: Task,
    name: str,
    pair: KnownPair | None = None,
    layer: str | None = None,
) -> dict[str, Any]:
    """Import a Keras file as the network of `task` in the user's bundle `name`.

    The bundle is made, or gains the task if it was made by an earlier import. With a `pair` the
    network that was written and read back must reproduce it; the result goes on the card.

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
    imported = import_keras(source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    entry = task_entry(imported, task, {"file": source.name, "sha256": digest}, layer)
    network = network_from_card(imported.tensors, entry)
    if pair is not None:
        entry["checks"] = [check(network, pair.inputs, pair.expected, pair.tolerance).to_card()]
    raw: bytes = save_tensors({key: value.contiguous() for key, value in imported.tensors.items()})
    file = {"name": f"{task}.safetensors", "sha256": hashlib.sha256(raw).hexdigest()}
    entry = {"files": [file], **entry}
    sizes = [size for spec in imported.architecture.inputs for size in spec.shape[:2] if size]
    size_px = max(sizes, default=Preprocessing().size_px)
    _write(folder, _card(folder, task, entry, size_px), {file["name"]: raw})
    return entry


def _folder(name: str) -> Path:
    if not _ID.fullmatch(name):
        raise WeightsError(
            f"A bundle's id is letters, digits, dot, dash or underscore; found {name[:80]!r}."
        )
    if (SHIPPED / name).exists():
        raise WeightsError(f"{name!r} is a bundle that comes with the program; choose another id.")
    return home() / "weights" / name


def _card(folder: Path, task: Task, entry: Mapping[str, Any], size_px: int) -> dict[str, Any]:
    """A new card, or the bundle's card with the task added."""
    path = folder / CARD
    preprocessing = Preprocessing(size_px=size_px).to_card()
    if not path.exists():
        return {
            "format": FORMAT,
            "title": f"Imported from {entry['source']['file']}",
            "demo": False,
            "architecture": KERAS,
            "preprocessing": preprocessing,
            "tasks": {task: entry},
        }
    try:
        card: dict[str, Any] = json.loads(path.read_bytes())
        tasks, architecture, stored = card["tasks"], card["architecture"], card["preprocessing"]
    except (ValueError, KeyError, TypeError) as fault:
        raise WeightsError(
            f"The card of {folder.name!r} is malformed; remove the bundle or choose another id."
        ) from fault
    if architecture != KERAS or task in tasks:
        raise WeightsError(
            f"The bundle {folder.name!r} already has a network for {task}, or is not an imported "
            "one; choose another id."
        )
    if stored["size_px"] != size_px:
        raise WeightsError(
            f"The bundle {folder.name!r} takes images of {stored['size_px']} pixels, this network "
            f"{size_px}; choose another id."
        )
    card["title"] = f"{card['title']} and {entry['source']['file']}"
    return {**card, "tasks": {**tasks, task: entry}}


def _write(folder: Path, card: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write beside the bundle, then move into place; the card comes last."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".import-") as part:
        contents = {**files, CARD: json.dumps(card, indent=1, allow_nan=False).encode()}
        for name, content in contents.items():
            (Path(part) / name).write_bytes(content)
        folder.mkdir(exist_ok=True)
        for name in contents:
            shutil.move(Path(part) / name, folder / name)

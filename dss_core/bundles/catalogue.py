"""Catalogue of weights bundles: what there is and what the model cards say, read without torch."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dss_core.bundles.bundle_folders import CARD, SHIPPED, bundle_folders
from dss_core.errors import WeightsError
from dss_core.records import Task


@dataclass(frozen=True)
class TaskSummary:
    """One task on a card.

    Attributes
    ----------
    cannot_score_because : str
        Why its networks cannot score a case; empty where they can.
    """

    task: Task
    networks: int
    cutoff: float
    cutoff_origin: str
    cannot_score_because: str


@dataclass(frozen=True)
class BundleSummary:
    """A bundle as its card describes it; nothing but the card was read.

    Attributes
    ----------
    shipped : bool
        True for bundles that come with the program, False for the user's own.
    problem : str
        Why the card cannot be read; everything else is empty then.
    """

    id: str
    folder: Path
    shipped: bool
    title: str = ""
    demo: bool = False
    sha256: str = ""
    tasks: tuple[TaskSummary, ...] = ()
    problem: str = ""


def list_bundles() -> tuple[BundleSummary, ...]:
    """All bundles in the order of their ids; a card that cannot be read is listed as such."""
    return tuple(_summary(name, folder) for name, folder in sorted(bundle_folders().items()))


def read_card(name: str) -> dict[str, Any]:
    """The card of a bundle as it is.

    Raises
    ------
    WeightsError
        There is no such bundle, or its card is not a JSON object.
    """
    folders = bundle_folders()
    if name not in folders:
        known = ", ".join(sorted(folders)) or "none"
        raise WeightsError(f"There is no weights bundle {name!r}; available: {known}.")
    try:
        card = json.loads((folders[name] / CARD).read_bytes())
    except (ValueError, OSError) as problem:
        raise WeightsError(
            f"The card of weights bundle {name!r} cannot be read; restore the bundle."
        ) from problem
    if not isinstance(card, dict):
        raise WeightsError(f"The card of weights bundle {name!r} is no JSON object; restore it.")
    return card


def _summary(name: str, folder: Path) -> BundleSummary:
    shipped = folder.parent == SHIPPED
    try:
        card = read_card(name)
        return BundleSummary(
            id=name,
            folder=folder,
            shipped=shipped,
            title=str(card["title"]),
            demo=bool(card["demo"]),
            sha256=hashlib.sha256((folder / CARD).read_bytes()).hexdigest(),
            tasks=tuple(_task(Task(task), entry) for task, entry in card["tasks"].items()),
        )
    except WeightsError as refusal:
        return BundleSummary(name, folder, shipped, problem=str(refusal))
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        text = f"The card of weights bundle {name!r} is malformed ({problem!r}); restore it."
        return BundleSummary(name, folder, shipped, problem=text)


def _task(task: Task, entry: Mapping[str, Any]) -> TaskSummary:
    return TaskSummary(
        task,
        len(entry["files"]),
        float(entry["cutoff"]),
        str(entry["cutoff_origin"]),
        str(entry.get("cannot_score_because", "")),
    )

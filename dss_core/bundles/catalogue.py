"""Catalogue of weights bundles: what there is and what the model cards say, read without torch."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dss_core.bundles.bundle_folders import CARD, SHIPPED, bundle_folders
from dss_core.bundles.model_card import TaskCard, parse_card
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


def _summary(name: str, folder: Path) -> BundleSummary:
    shipped = folder.parent == SHIPPED
    try:
        raw = (folder / CARD).read_bytes()
        card = parse_card(raw, name)
    except OSError:
        text = f"The card of weights bundle {name!r} cannot be read; restore the bundle."
        return BundleSummary(name, folder, shipped, problem=text)
    except WeightsError as refused:
        return BundleSummary(name, folder, shipped, problem=str(refused))
    return BundleSummary(
        id=name,
        folder=folder,
        shipped=shipped,
        title=card.title,
        demo=card.demo,
        sha256=hashlib.sha256(raw).hexdigest(),
        tasks=tuple(_task(task, entry) for task, entry in card.tasks.items()),
    )


def _task(task: Task, entry: TaskCard) -> TaskSummary:
    return TaskSummary(
        task, len(entry.files), entry.cutoff, entry.cutoff_origin, entry.cannot_score_because
    )

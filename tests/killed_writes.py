"""Bundles changed by processes that are killed before they move their n-th file.

Usage: python -m tests.killed_writes train|import|replace FOLDER; used by `test_killed_writes`.
FOLDER/base is a DSS_HOME with a bundle `two`; FOLDER/1, FOLDER/2, ... are copies of it, in which
the change was killed before its first, second, ... move or removal, the last one done whole.
"""

import os
import shutil
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any

from dss_core.bundles.bundle_writer import (
    Member,
    Taught,
    add_trained_task,
    changing,
    network_bytes,
    pack_task,
    write_bundle,
)
from dss_core.bundles.keras_bundle import import_weights
from dss_core.bundles.model_card import read_card
from dss_core.bundles.ood_reference import PackedReference, pack_reference
from dss_core.networks.srescnn import SResCNN
from dss_core.records import Task
from dss_core.settings import AdjacentSlices, Preprocessing
from tests.keras_sres import random_sres
from tests.unit.test_ood_check import patients as images_of

NAME, PATIENTS = "two", 40
ENTRY = {"cutoff": 0.5, "cutoff_origin": "of this test", "metrics": {}}
MOVES = {"os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink"}


@cache
def learnt(patients: int) -> tuple[PackedReference, SResCNN]:
    """The reference of that many patients and a network, worked out before anything is killed."""
    reference = pack_reference(
        images_of(patients, patients), images_of(1, 20), Preprocessing(), f"{patients} patients"
    )
    return reference, random_sres(patients)


def train(home: Path, task: Task, patients: int) -> None:
    """Write a trained task with a reference of its own, which the one of more patients keeps."""
    reference, network = learnt(patients)
    add_trained_task(
        home / "weights" / NAME,
        task,
        ENTRY | {"training": {"patients": patients}},
        (network,),
        Preprocessing(),
        AdjacentSlices(),
        Taught(patients, reference=reference),
    )


def keras(home: Path, task: Task) -> None:
    """Import a task from the Keras file beside."""
    os.environ["DSS_HOME"] = str(home)
    import_weights([home.parent / f"{task}.h5"], task, NAME)


def replace(home: Path) -> None:
    """Write other networks under the names that the bundle has, as `make-demo-weights` does."""
    folder = home / "weights" / NAME
    member = random_sres(77)
    packed = pack_task(Task.EGFR, ENTRY, [Member(member.eval(), network_bytes(member))])
    with changing(folder):
        card = read_card(folder).changed(tasks={Task.EGFR: packed.card})
        write_bundle(folder, card, packed.files)


CHANGES = {
    "train": lambda home: train(home, Task.PDL1, PATIENTS),
    "import": lambda home: keras(home, Task.PDL1),
    "replace": replace,
}


def _killed(change: str, home: Path, count: int) -> bool:
    """Whether the change, in a process of its own, was killed before its `count`-th move."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    left = count

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal left
        if event in MOVES and str(args[0]).startswith(str(home)):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    status = 1
    try:
        sys.addaudithook(hook)
        CHANGES[change](home)
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    change, folder = sys.argv[1], Path(sys.argv[2])
    if change == "train":
        learnt(PATIENTS)
    for count in range(1, 200):
        home = folder / str(count)
        shutil.copytree(folder / "base", home)
        if not _killed(change, home, count):
            return


if __name__ == "__main__":
    main()

"""Saves, changes and deletes cases until it is killed: a child for every line, so that none waits.

Prints the id of the child's process, and, when it has been killed, that it ended.
"""

import os
import sys
from datetime import timedelta
from typing import NoReturn

from dss_core.case.record import Action, Event
from dss_core.store.case_store import CaseStore
from tests.saved_case import NOW, kept_images, opened_case, saved_record


def save_for_ever(seed: int) -> NoReturn:
    """New cases, two changes of each, and every second one deleted again."""
    opened = opened_case(seed, shape=(12, 80, 80))
    images = kept_images(opened)
    store = CaseStore.open()
    while True:
        record = saved_record(opened, label=f"Process {seed}")
        store.save(record, images, expected_version=None)
        for version in (1, 2):
            event = Event(NOW + timedelta(minutes=version), Action.RENAMED, f"process {seed}")
            record = record.after(event, label=f"Version {version + 1}")
            store.save(record, images, expected_version=version)
        if int(record.id) % 2:
            store.delete(record.id)


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    import dss_core.store.schema
    import dss_core.store.study_key  # noqa: F401

    for seed, _ in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            save_for_ever(seed)
        _say(child)
        os.waitpid(child, 0)
        _say("ended")

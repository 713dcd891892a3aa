"""A process that saves, changes and deletes cases until it is killed: python -m ... SEED."""

import sys
from datetime import timedelta

from dss_core.case.record import Action, Event
from dss_core.store.case_store import CaseStore
from tests.saved_case import NOW, kept_images, opened_case, saved_record


def main() -> None:
    seed = int(sys.argv[1])
    opened = opened_case(seed, shape=(16, 96, 96))
    images = kept_images(opened)
    store = CaseStore.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        record = saved_record(opened, label=f"Process {seed}")
        store.save(record, images, expected_version=None)
        for version in (1, 2):
            event = Event(NOW + timedelta(minutes=version), Action.RENAMED, f"process {seed}")
            record = record.after(event, label=f"Version {version + 1}")
            store.save(record, images, expected_version=version)
        if int(record.id) % 2:
            store.delete(record.id)


if __name__ == "__main__":
    main()

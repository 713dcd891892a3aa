"""`store`: the database of the saved cases and its kept images."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any


def run_status(arguments: argparse.Namespace) -> dict[str, Any]:
    """`store status`."""
    from dss_core.store.store_status import store_status

    return asdict(store_status(datetime.now(UTC)))


def run_upgrade(arguments: argparse.Namespace) -> dict[str, Any]:
    """`store upgrade`."""
    from dss_core.store.store_upgrade import upgrade_store

    done = upgrade_store()
    return {"from": done.before, "to": done.after, "backup": done.backup and str(done.backup)}


def run_backup(arguments: argparse.Namespace) -> dict[str, Any]:
    """`store backup`."""
    from dss_core.store.backup import back_up
    from dss_core.store.case_store import CaseStore

    done = back_up(CaseStore.open(), arguments.out)
    return {
        "out": str(arguments.out),
        "cases": done.cases,
        "with_images": done.with_images,
        "without_images": [str(case_id) for case_id in done.without_images],
        "sha256": done.sha256,
    }


def run_restore(arguments: argparse.Namespace) -> dict[str, Any]:
    """`store restore`."""
    from dss_core.store.backup import restore

    return asdict(restore(arguments.file))

"""`store`: the database of the saved cases and its kept images."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dss_core.cli.files import add_argument_out


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `store`."""
    parser = subparsers.add_parser("store", help="where cases are saved: status, upgrade, backup")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    status = actions.add_parser("status", help="where it is, its schema, what it holds")
    status.set_defaults(run=_status)
    upgraded = actions.add_parser("upgrade", help="bring its schema to this version's")
    upgraded.set_defaults(run=_upgrade)
    saved = actions.add_parser("backup", help="the whole store as one zip")
    add_argument_out(saved, "zip", required=True)
    saved.set_defaults(run=_backup)
    restored = actions.add_parser("restore", help="fill an empty store from a backup")
    restored.add_argument("file", type=Path, metavar="FILE")
    restored.set_defaults(run=_restore)


def _status(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.store.store_status import store_status

    return asdict(store_status(datetime.now(UTC)))


def _upgrade(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.store.store_upgrade import upgrade_store

    done = upgrade_store()
    return {"from": done.before, "to": done.after, "backup": done.backup and str(done.backup)}


def _backup(arguments: argparse.Namespace) -> dict[str, Any]:
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


def _restore(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.store.backup import restore

    return asdict(restore(arguments.file))

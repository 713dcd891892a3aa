"""Arguments of `store`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_out


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `store`."""
    parser = subparsers.add_parser("store", help="where cases are saved: status, upgrade, backup")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    status = actions.add_parser("status", help="where it is, its schema, what it holds")
    status.set_defaults(run=Handler("store", "run_status"))
    upgraded = actions.add_parser("upgrade", help="bring its schema to this version's")
    upgraded.set_defaults(run=Handler("store", "run_upgrade"))
    saved = actions.add_parser("backup", help="the whole store as one zip")
    add_argument_out(saved, "zip", required=True)
    saved.set_defaults(run=Handler("store", "run_backup"))
    restored = actions.add_parser("restore", help="fill an empty store from a backup")
    restored.add_argument("file", type=Path, metavar="FILE")
    restored.set_defaults(run=Handler("store", "run_restore"))

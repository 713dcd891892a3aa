"""Arguments of `cases`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_out


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `cases`."""
    parser = subparsers.add_parser("cases", help="the saved cases: list, show, export, delete ...")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="every saved case, newest first")
    listed.add_argument("--search", default="", help="part of the label, or beginning of the id")
    listed.add_argument("--limit", type=int, help="at most so many")
    listed.set_defaults(run=Handler("cases", "run_list"))
    shown = actions.add_parser("show", help="the whole record of a case")
    shown.set_defaults(run=Handler("cases", "run_show"))
    exported = actions.add_parser("export", help="a case as one zip")
    add_argument_out(exported, "zip", required=True)
    exported.set_defaults(run=Handler("cases", "run_export"))
    imported = actions.add_parser("import", help="keep the case of a zip that `export` wrote")
    imported.add_argument("file", type=Path, metavar="case.zip")
    imported.set_defaults(run=Handler("cases", "run_import"))
    deleted = actions.add_parser("delete", help="remove a case with every file of it")
    deleted.set_defaults(run=Handler("cases", "run_delete"))
    renamed = actions.add_parser("rename", help="give a case another label")
    renamed.add_argument("--label", required=True, help="no name, no number of the patient")
    renamed.add_argument(
        "--files", type=Path, help="folder, file or zip of the case: its headers are compared"
    )
    renamed.set_defaults(run=Handler("cases", "run_rename"))
    pruned = actions.add_parser("prune", help="delete every case that is past its time")
    pruned.set_defaults(run=Handler("cases", "run_prune"))
    for action in (shown, exported, deleted, renamed):
        action.add_argument("id", metavar="ID", help="as `cases list` prints it, or its beginning")

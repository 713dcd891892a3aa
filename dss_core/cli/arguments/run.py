"""Arguments of `run`."""

import argparse
from typing import Any

from dss_core.cli.arguments.handler import Handler


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `run`."""
    parser = subparsers.add_parser("run", help="serve the dashboard until it is interrupted")
    for name, kind, text in (
        ("--server.port", int, "default: 8501"),
        ("--server.address", str, "default: every interface of this machine"),
    ):
        parser.add_argument(name, type=kind, help=text, metavar=name.rpartition(".")[2].upper())
    parser.set_defaults(run=Handler("run", "run"))

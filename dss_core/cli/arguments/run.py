"""Arguments of `run`."""

import argparse
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Whole


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `run`."""
    parser = subparsers.add_parser("run", help="serve the dashboard until it is interrupted")
    parser.add_argument("--server.port", type=Whole(0, 65535), metavar="PORT", help="default: 8501")
    parser.add_argument(
        "--server.address",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="an address of this machine alone; default: %(default)s",
    )
    parser.set_defaults(run=Handler("run", "run"))

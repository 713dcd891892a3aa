"""Arguments of `board`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.case import add_case_arguments
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import target


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `board`."""
    parser = subparsers.add_parser("board", help="a case for the tumour board: PDF, slide, picture")
    parser.add_argument(
        "case",
        nargs="?",
        metavar="CASE",
        help="id of a saved case or its beginning, or name of a demo patient; without it, give the "
        "files of a case as to `score`",
    )
    for name, kind in (
        ("pdf", "one A4 page (PDF/UA)"),
        ("pptx", "one 16:9 slide"),
        ("png", "picture of 1920 x 1080 pixels"),
    ):
        parser.add_argument(f"--{name}", type=target, metavar="FILE", help=kind)
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of the fixed words"
    )
    parser.add_argument("--patient", type=Path, help="patient file, as `decide` reads it")
    parser.add_argument("--cohort", type=Path, help="cohort; default: that of the weights")
    add_case_arguments(parser, required=False)
    parser.set_defaults(run=Handler("board", "run_board"))

"""Arguments of `explain`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.case import add_case_arguments
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Real
from dss_core.cli.files import add_argument_out
from dss_core.records import DEFAULT_METHOD, AttentionMethod, Task

LARGEST_MARGIN_MM = 100.0


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `explain`."""
    parser = subparsers.add_parser("explain", help="attention maps of a case, as .npz and volume")
    add_case_arguments(parser)
    parser.add_argument(
        "--method",
        choices=[str(method) for method in AttentionMethod],
        default=str(DEFAULT_METHOD),
        help=f"default: {DEFAULT_METHOD}",
    )
    parser.add_argument(
        "--target", choices=[str(task) for task in Task], default="egfr", help="default: egfr"
    )
    parser.add_argument(
        "--margin",
        type=Real(0.0, LARGEST_MARGIN_MM, "mm"),
        help="margin around the tumour in mm; default: as trained",
    )
    add_argument_out(parser, ".npz", required=True)
    parser.add_argument("--nifti", type=Path, help="volume of the response on the CT grid")
    parser.set_defaults(run=Handler("explain", "run"))

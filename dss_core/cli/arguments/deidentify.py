"""Arguments of `deidentify`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `deidentify`."""
    parser = subparsers.add_parser(
        "deidentify", help="de-identified copy (DICOM PS3.15) with the same SUV"
    )
    parser.add_argument("source", type=Path, metavar="IN", help="folder, file or zip")
    parser.add_argument("target", type=Path, metavar="OUT", help="new or empty folder")
    parser.set_defaults(run=Handler("deidentify", "run"))

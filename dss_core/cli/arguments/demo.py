"""Arguments of `demo`."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.handler import Handler


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `demo` command."""
    parser = subparsers.add_parser("demo", help="write a simulated PET/CT case as DICOM")
    parser.add_argument(
        "folder", type=Path, nargs="?", metavar="OUTDIR", help="new or empty folder"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--list", action="store_true", help="list the demo patients, write nothing")
    which.add_argument("--patient", metavar="NAME", help="demo patient, by its name in --list")
    which.add_argument("--seed", type=int, help="another simulated patient, not one of the list")
    parser.set_defaults(run=Handler("demo", "run"))

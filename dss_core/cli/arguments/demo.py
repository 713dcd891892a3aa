"""Arguments of `demo`."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.handler import Handler


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `demo` command."""
    parser = subparsers.add_parser("demo", help="write a simulated PET/CT case as DICOM")
    parser.add_argument("folder", type=Path, metavar="OUTDIR", help="new or empty folder")
    parser.add_argument(
        "--seed", type=int, default=2020, help="random seed of the simulated patient (default 2020)"
    )
    parser.set_defaults(run=Handler("demo", "run"))

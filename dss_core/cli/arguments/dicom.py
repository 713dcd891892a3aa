"""Arguments of `dicom`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.case import add_case_arguments
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_identity


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `dicom`."""
    parser = subparsers.add_parser(
        "dicom", help="DICOM objects of a scored case: segmentation, report, picture, document"
    )
    parser.add_argument(
        "case",
        nargs="?",
        metavar="CASE",
        help="id of a saved case, for --identity source with the --ct and --pet it was scored "
        "from, or name of a demo patient; without it, give the files of a case as to `score`",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    add_argument_identity(parser)
    parser.add_argument("--only", metavar="seg,sr,sc,report", help="these objects, and no other")
    parser.add_argument(
        "--picture", type=Path, metavar="PNG", help="for sc.dcm; default: PET on CT"
    )
    parser.add_argument(
        "--pdf", type=Path, metavar="PDF", help="for report.dcm; default: as `board`"
    )
    parser.add_argument("--patient", type=Path, help="patient file, as `decide` reads it")
    parser.add_argument("--cohort", type=Path, help="cohort; default: that of the weights")
    add_case_arguments(parser, required=False)
    parser.set_defaults(run=Handler("dicom", "run_dicom"))

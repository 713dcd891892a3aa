"""Arguments of `fhir`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.case import add_case_arguments
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_identity, add_argument_out


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `fhir`."""
    parser = subparsers.add_parser("fhir", help="a scored case as a FHIR R4 bundle")
    parser.add_argument(
        "case",
        nargs="?",
        metavar="CASE",
        help="id of a saved case, for --identity source with the --ct and --pet it was scored "
        "from, or name of a demo patient; without it, give the files of a case as to `score`",
    )
    add_argument_out(parser, ".json", required=True)
    add_argument_identity(parser)
    parser.add_argument(
        "--subject",
        default="",
        metavar="REFERENCE",
        help="the patient on your server, e.g. Patient/123; default: a patient in the bundle",
    )
    parser.add_argument("--pdf", type=Path, metavar="PDF", help="the report; default: as `board`")
    parser.add_argument("--patient", type=Path, help="patient file, as `decide` reads it")
    parser.add_argument("--cohort", type=Path, help="cohort; default: that of the weights")
    add_case_arguments(parser, required=False)
    parser.set_defaults(run=Handler("fhir", "run_fhir"))

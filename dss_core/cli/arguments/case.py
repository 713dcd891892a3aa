"""Arguments of `score` and `tensor`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_out, add_argument_pet_unit, add_arguments_region


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `score` and `tensor`."""
    scores = subparsers.add_parser("score", help="EGFR-DLS and PDL1-DLS of a case, as JSON")
    add_case_arguments(scores)
    add_argument_out(scores, "JSON", required=False)
    scores.add_argument("--save", action="store_true", help="keep the case on this machine")
    scores.add_argument("--label", help="what a saved case is called; no name, no number")
    scores.add_argument(
        "--keep",
        choices=("none", "record", "images"),
        help="what of a saved case is kept; default: DSS_KEEP, else images",
    )
    scores.set_defaults(run=Handler("case", "run_score"))
    tensor = subparsers.add_parser("tensor", help="the network's input of a case, as .npz")
    add_case_arguments(tensor)
    add_argument_out(tensor, ".npz", required=True)
    tensor.set_defaults(run=Handler("case", "run_tensor"))


def add_case_arguments(
    parser: argparse.ArgumentParser, *, several_regions: bool = False, required: bool = True
) -> None:
    """Add the files of a case and the weights.

    With several regions, `--roi`, `--roi-name` and `--roi-number` may be repeated and no file is
    required.
    """
    need, again = required and not several_regions, "append" if several_regions else "store"
    parser.add_argument("--ct", type=Path, required=need, help="folder, file or zip with the CT")
    parser.add_argument("--pet", type=Path, required=need, help="folder, file or zip with the PET")
    parser.add_argument("--roi", type=Path, required=need, action=again, help="RTSTRUCT, SEG, mask")
    add_arguments_region(parser, again)
    parser.add_argument("--ct-series", metavar="UID", help="SeriesInstanceUID, if several fit")
    parser.add_argument("--pet-series", metavar="UID", help="SeriesInstanceUID, if several fit")
    add_argument_pet_unit(parser)
    parser.add_argument(
        "--register",
        action="store_true",
        help="register a PET of another frame of reference to the CT (rigid, mutual information)",
    )
    parser.add_argument("--weights", default="demo", help="id of the weights bundle")

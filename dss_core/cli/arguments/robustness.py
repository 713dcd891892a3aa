"""Arguments of `robustness`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.case import add_case_arguments
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Real
from dss_core.cli.files import add_argument_out
from dss_core.regions.outline_variation import REACH_MM


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `robustness`."""
    parser = subparsers.add_parser(
        "robustness", help="score variation across readers' outlines and simulated outline changes"
    )
    add_case_arguments(parser, several_regions=True)
    parser.add_argument(
        "--jitter",
        action="store_true",
        help="also vary the outline of the first of several regions",
    )
    parser.add_argument(
        "--readings", type=Path, metavar="TABLE.csv",
        help="instead of one case: case, reader and egfr_dls, pdl1_dls (or ct, pet, roi, "
        "roi_name, roi_number: files to score)",
    )  # fmt: skip
    parser.add_argument(
        "--up-to",
        type=Real(0.0, unit="mm"),
        default=REACH_MM,
        metavar="MM",
        help="largest outline change; default: 5",
    )
    add_argument_out(parser, "JSON", required=False)
    parser.set_defaults(run=Handler("robustness", "run"))

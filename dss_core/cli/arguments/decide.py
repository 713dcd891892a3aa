"""Arguments of `decide` and `rules`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_out
from dss_core.decision.rule_set import GUIDELINE_2020


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add the commands of this family."""
    parser = subparsers.add_parser(
        "decide", help="imaging and historical guideline pathway for one patient"
    )
    parser.add_argument("patient", type=Path, metavar="PATIENT.json")
    parser.add_argument("--score", type=Path, metavar="result.json", help="a scored case")
    add_argument_out(parser, "decision.json", required=False)
    parser.add_argument(
        "--rules", type=Path, default=GUIDELINE_2020, help="folder of another guideline"
    )
    parser.set_defaults(run=Handler("decide", "run_decide"))

    parser = subparsers.add_parser("rules", help="the rule tables as a document for review")
    parser.add_argument("--rules", type=Path, default=GUIDELINE_2020)
    add_argument_out(parser, "Markdown", required=True)
    parser.set_defaults(run=Handler("decide", "run_rules"))

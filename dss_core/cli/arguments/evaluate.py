"""Arguments of `evaluate`."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import add_argument_out
from dss_core.evaluation.group_by import GroupBy
from dss_core.evaluation.signatures import Coding


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `evaluate`."""
    parser = subparsers.add_parser(
        "evaluate", help="performance of a score: discrimination, calibration, subgroups"
    )
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.add_argument("--score", required=True, help="column of the score")
    parser.add_argument("--label", required=True, help="column with the reference label")
    parser.add_argument(
        "--by",
        choices=[g.value for g in GroupBy],
        default=GroupBy.PART.value,
        help="groups; part (the default): training, validation, each external cohort",
    )
    parser.add_argument("--where", help="selection of patients")
    parser.add_argument("--cutoff", type=float, help="default: that of the scores' weights")
    parser.add_argument(
        "--coding",
        choices=[c.value for c in Coding],
        default=Coding.RELEASED.value,
        help="of histology in CS and CMS",
    )
    parser.add_argument(
        "--features", type=Path, help="pooled features (patient_id, f000, ...) if not in the table"
    )
    parser.add_argument("--slices", type=Path, help="slice scores (CSV: patient_id, score)")
    parser.add_argument(
        "--signature", type=Path, action="append", default=[], help="stored signature (JSON)"
    )
    parser.add_argument(
        "--signatures-out", type=Path, metavar="FOLDER", help="folder to write CS.json, CMS.json"
    )
    add_argument_out(parser, "JSON", required=False)
    parser.set_defaults(run=Handler("evaluate", "run_evaluate"))

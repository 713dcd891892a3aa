"""Arguments of `recalibrate`."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.handler import Handler
from dss_core.evaluation.recalibration import Method
from dss_core.records import Task


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `recalibrate`."""
    parser = subparsers.add_parser("recalibrate", help="fit or remove a local recalibration")
    parser.add_argument("path", type=Path, nargs="?", metavar="COHORT.csv")
    parser.add_argument("--weights", required=True, help="id of the bundle that made the scores")
    parser.add_argument("--task", type=Task, choices=list(Task), required=True)
    parser.add_argument(
        "--method",
        type=Method,
        choices=list(Method),
        default=Method.LOGISTIC,
        help="logistic: intercept and slope; shift: intercept only, for few patients",
    )
    parser.add_argument("--where", help="selection of patients")
    parser.add_argument("--name", help="name of the cohort; default: the file's name")
    parser.add_argument("--remove", action="store_true", help="remove the stored recalibration")
    parser.set_defaults(run=Handler("recalibrate", "run"))

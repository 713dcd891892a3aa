"""Arguments of `features`."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Whole
from dss_core.cli.files import add_argument_out
from dss_core.records import Task


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `features`."""
    parser = subparsers.add_parser(
        "features", help="scores and the network's pooled features of many patients, as a cohort"
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="MANIFEST.csv", help="as for train")
    source.add_argument("--simulated", type=Whole(1), metavar="N", help="N simulated patients")
    parser.add_argument("--weights", default="demo", help="id of the weights bundle")
    parser.add_argument("--task", type=Task, choices=list(Task), required=True)
    add_argument_out(parser, ".csv or .parquet", required=True)
    parser.set_defaults(run=Handler("features", "run"))

"""Arguments of the cohort analyses."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Real
from dss_core.cli.files import add_argument_out
from dss_core.cohort.schema import COVARIATES

GROUPS = ("egfr-dls", "pdl1-dls", "both-scores", "egfr-status")
ENDPOINTS = ("pfs", "os")


def add_analyses(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `cohort benefit`, `cohort treatment`, `cohort models` and `cohort performance`."""
    parser = _parser(commands, "benefit", "durable benefit and response by group")
    _add_groups(parser)
    parser.set_defaults(run=Handler("cohort_analyses", "run_benefit"))

    parser = _parser(commands, "treatment", "EGFR-TKI against ICI by EGFR-DLS; not randomised")
    _add_endpoint(parser)
    parser.set_defaults(run=Handler("cohort_analyses", "run_treatment"))

    parser = _parser(commands, "models", "Cox models, each term alone and all together")
    _add_endpoint(parser)
    _add_groups(parser)
    parser.add_argument(
        "--covariates",
        nargs="*",
        choices=COVARIATES,
        help="beside the groups; by default all the table has, but PD-L1 status",
    )
    parser.set_defaults(run=Handler("cohort_analyses", "run_models"))

    parser = _parser(commands, "performance", "EGFR-DLS against EGFR status and follow-up")
    _add_endpoint(parser)
    parser.set_defaults(run=Handler("cohort_analyses", "run_performance"))


def _parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.add_argument("--where", help="selection of patients")
    own = "by default the prespecified one of the weights that made the scores"
    parser.add_argument("--egfr-cutoff", type=Real(0.0, 1.0), help=f"cut-off of EGFR-DLS; {own}")
    parser.add_argument("--pdl1-cutoff", type=Real(0.0, 1.0), help=f"cut-off of PDL1-DLS; {own}")
    add_argument_out(parser, "JSON", required=False)
    return parser


def _add_endpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--endpoint", choices=ENDPOINTS, default="pfs")


def _add_groups(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--groups", choices=GROUPS, default="egfr-dls")

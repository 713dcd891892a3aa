"""Cohort analyses as the Past patients page shows them: benefit, treatment, models, performance."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dss_core.cli.files import add_argument_out, write_whole
from dss_core.cohort.cohort_table import Cohort, load
from dss_core.cohort.selection import Where, parse
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.prespecified_cutoff import prespecified_cutoff
from dss_core.evaluation.score_performance import score_performance
from dss_core.survival.comparison import OS, PFS, Endpoint
from dss_core.survival.outcome_shares import YesNoOutcome, outcome_shares
from dss_core.survival.regression import COVARIATES, model_table
from dss_core.survival.strata import Strata, divide
from dss_core.survival.treatment_contrast import treatment_contrast

_GROUPS = {
    "egfr-dls": Strata.EGFR_DLS,
    "both-scores": Strata.BOTH_SCORES,
    "egfr-status": Strata.EGFR_STATUS,
}
_ENDPOINTS = {"pfs": PFS, "os": OS}


@dataclass(frozen=True)
class _Analysis:
    """What every analysis is asked: of whom, which end, and where the groups part.

    `exploratory` says that a cut-off is not the prespecified one of the scores: no tests.
    """

    cohort: Cohort
    endpoint: Endpoint
    where: Where | None
    egfr_cutoff: float
    pdl1_cutoff: float
    exploratory: bool


def add_analyses(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `cohort benefit`, `cohort treatment`, `cohort models` and `cohort performance`."""
    parser = _parser(commands, "benefit", "durable benefit and response by group")
    _add_groups(parser)
    parser.set_defaults(run=_benefit)

    parser = _parser(commands, "treatment", "EGFR-TKI against ICI by EGFR-DLS; not randomised")
    _add_endpoint(parser)
    parser.set_defaults(run=_treatment)

    parser = _parser(commands, "models", "Cox models, each term alone and all together")
    _add_endpoint(parser)
    _add_groups(parser)
    parser.add_argument(
        "--covariates",
        nargs="*",
        choices=COVARIATES,
        help="beside the groups; by default all the table has, but PD-L1 status",
    )
    parser.set_defaults(run=_models)

    parser = _parser(commands, "performance", "EGFR-DLS against EGFR status and follow-up")
    _add_endpoint(parser)
    parser.set_defaults(run=_performance)


def _parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.add_argument("--where", help="selection of patients")
    own = "by default the prespecified one of the weights that made the scores"
    parser.add_argument("--egfr-cutoff", type=float, help=f"cut-off of EGFR-DLS; {own}")
    parser.add_argument("--pdl1-cutoff", type=float, help=f"cut-off of PDL1-DLS; {own}")
    add_argument_out(parser, "JSON", required=False)
    return parser


def _add_endpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--endpoint", choices=_ENDPOINTS, default="pfs")


def _add_groups(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--groups", choices=_GROUPS, default="egfr-dls")


def _analysis(arguments: argparse.Namespace) -> _Analysis:
    cohort = load(arguments.path)
    endpoint = _ENDPOINTS[getattr(arguments, "endpoint", "pfs")]
    if cohort.has("entry_months"):
        endpoint = Endpoint(endpoint.time, endpoint.event, "entry_months")
    where = parse(arguments.where) if arguments.where else None
    egfr, pdl1 = (
        prespecified_cutoff(score, cohort.weights_ids).value for score in ("egfr_dls", "pdl1_dls")
    )
    egfr_used = egfr if arguments.egfr_cutoff is None else arguments.egfr_cutoff
    pdl1_used = pdl1 if arguments.pdl1_cutoff is None else arguments.pdl1_cutoff
    moved = (egfr_used, pdl1_used) != (egfr, pdl1)
    return _Analysis(cohort, endpoint, where, egfr_used, pdl1_used, moved)


def _write(arguments: argparse.Namespace, result: dict[str, Any]) -> dict[str, Any]:
    if arguments.out is not None:
        text = json.dumps(result, indent=2, allow_nan=False) + "\n"
        write_whole(arguments.out, text.encode())
    return result


def _benefit(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    table, strata = asked.cohort.table, _GROUPS[arguments.groups]
    grouping = divide(table, strata, asked.egfr_cutoff, asked.pdl1_cutoff)
    found = [
        outcome_shares(table, outcome, grouping, asked.where, exploratory=asked.exploratory)
        for outcome in YesNoOutcome
    ]
    return _write(arguments, {"groups_by": strata.value, "outcomes": jsonable(found)})


def _treatment(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    found = treatment_contrast(
        asked.cohort.table,
        asked.endpoint,
        asked.egfr_cutoff,
        asked.where,
        exploratory=asked.exploratory,
    )
    return _write(arguments, {"egfr_cutoff": asked.egfr_cutoff, **found.to_json()})


def _models(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    if asked.exploratory:
        reason = "The cut-off is not the prespecified one: exploratory, so no model."
        return _write(arguments, {"model": None, "not_reported": reason})
    table = asked.cohort.table
    chosen = arguments.covariates
    if chosen is None:
        chosen = [n for n in COVARIATES if asked.cohort.has(n) and n != "pdl1_status"]
    grouping = divide(table, _GROUPS[arguments.groups], asked.egfr_cutoff, asked.pdl1_cutoff)
    model = model_table(table, asked.endpoint, grouping, chosen, where=asked.where)
    return _write(arguments, {"model": jsonable(model), "not_reported": None})


def _performance(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    found = score_performance(asked.cohort.table, asked.endpoint, asked.egfr_cutoff, asked.where)
    result: dict[str, Any] = jsonable(found)
    return _write(arguments, result)

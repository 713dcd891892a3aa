"""Cohort analyses as the Past patients page shows them: benefit, treatment, models, performance."""

import argparse
import json
import sys
from dataclasses import dataclass
from typing import Any

from dss_core.cli.arguments.cohort_analyses import ENDPOINTS, GROUPS
from dss_core.cohort.cohort_table import Cohort, load
from dss_core.cohort.schema import COVARIATES
from dss_core.cohort.selection import Where, parse
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.prespecified_cutoff import prespecified_cutoff
from dss_core.evaluation.score_performance import score_performance
from dss_core.storage import write_whole
from dss_core.survival.endpoint import OS, PFS, Endpoint
from dss_core.survival.outcome_shares import YesNoOutcome, outcome_shares
from dss_core.survival.regression import model_table
from dss_core.survival.strata import Strata, divide
from dss_core.survival.treatment_contrast import treatment_contrast

_GROUPS = dict(zip(GROUPS, Strata, strict=True))
_ENDPOINTS = dict(zip(ENDPOINTS, (PFS, OS), strict=True))


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


def _analysis(arguments: argparse.Namespace) -> _Analysis:
    cohort = load(arguments.path)
    for note in cohort.warnings:
        print(f"note: {note}", file=sys.stderr)
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


def run_benefit(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    table, strata = asked.cohort.table, _GROUPS[arguments.groups]
    grouping = divide(table, strata, asked.egfr_cutoff, asked.pdl1_cutoff)
    found = [
        outcome_shares(table, outcome, grouping, asked.where, exploratory=asked.exploratory)
        for outcome in YesNoOutcome
    ]
    return _write(arguments, {"groups_by": strata.value, "outcomes": jsonable(found)})


def run_treatment(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    found = treatment_contrast(
        asked.cohort.table,
        asked.endpoint,
        asked.egfr_cutoff,
        asked.where,
        exploratory=asked.exploratory,
    )
    return _write(arguments, {"egfr_cutoff": asked.egfr_cutoff, **found.to_json()})


def run_models(arguments: argparse.Namespace) -> dict[str, Any]:
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


def run_performance(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = _analysis(arguments)
    found = score_performance(asked.cohort.table, asked.endpoint, asked.egfr_cutoff, asked.where)
    result: dict[str, Any] = jsonable(found)
    return _write(arguments, result)

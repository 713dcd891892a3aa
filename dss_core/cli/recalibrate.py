"""`recalibrate`: a local recalibration of a score, stored with the weights."""

import argparse
from datetime import date
from typing import Any

from dss_core.bundles.bundle import load_bundle
from dss_core.cli.selected_rows import selected_rows
from dss_core.cohort.cohort_table import load
from dss_core.errors import CohortError
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.recalibration import Weights
from dss_core.evaluation.recalibration_fit import fit
from dss_core.evaluation.recalibration_store import remove, save


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    bundle = load_bundle(arguments.weights)
    if arguments.remove:
        return {"removed": remove(bundle.id, arguments.task)}
    if arguments.path is None:
        raise CohortError("Recalibration needs a cohort table. Give COHORT.csv, or --remove.")
    cohort = load(arguments.path, arguments.name)
    table = cohort.table
    if arguments.where:
        table = selected_rows(table, arguments.where)
    found = fit(
        table,
        arguments.task,
        Weights(bundle.id, bundle.sha256),
        method=arguments.method,
        cohort=cohort.name,
        synthetic=bundle.demo,
        made_on=date.today().isoformat(),
    )
    written: dict[str, Any] = {"written": str(save(found)), **jsonable(found)}
    return written

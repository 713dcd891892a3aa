"""Cohort commands: import a release, check a table, compare groups, replicate, generate."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dss_core.cli.files import check_suffix
from dss_core.cohort.cohort_table import as_text, load, load_for_analysis
from dss_core.cohort.release_location import Release, remember_clone
from dss_core.cohort.releases import read_release
from dss_core.cohort.selection import parse
from dss_core.cohort.synthetic import generate
from dss_core.cohort.synthetic_parameters import Parameters, read_cutoffs, read_parameters
from dss_core.cohort.tables import infer_numbers, read_table
from dss_core.cohort.time_units import implausible_times
from dss_core.replication.replicate import replicate
from dss_core.replication.synthetic_fit import fit_parameters, score_spreads
from dss_core.storage import write_whole
from dss_core.survival.comparison import compare
from dss_core.survival.endpoint import Endpoint
from dss_core.survival.grouping import group_by


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        write_whole(path, text.encode())


def run_import(arguments: argparse.Namespace) -> dict[str, Any]:
    release = Release(arguments.format)
    found = read_release(arguments.path, release)
    _write(arguments.out, as_text(found.cohort))
    if release is Release.LUNGEGFR:
        remember_clone(arguments.path)
    sizes = found.cohort.table.groupby(["cohort", "split"], sort=False).size()
    return {
        "written": str(arguments.out),
        "n": len(found.cohort),
        "cohorts": [
            {"cohort": str(cohort), "split": str(split), "n": int(n)}
            for (cohort, split), n in sizes.items()
        ],
        "source": found.cohort.source,
        "notes": list(found.notes),
    }


def run_check(arguments: argparse.Namespace) -> dict[str, Any]:
    cohort = load(arguments.path)
    filled = {str(name): int(cohort.table[name].notna().sum()) for name in cohort.table}
    return {
        "n": len(cohort),
        "weights_ids": list(cohort.weights_ids),
        "filled": filled,
        "warnings": list(cohort.warnings),
    }


def run_survival(arguments: argparse.Namespace) -> dict[str, Any]:
    table = load_for_analysis(arguments.path)
    found = compare(
        table,
        Endpoint(arguments.time, arguments.event, arguments.entry),
        group_by(table, parse(arguments.group)),
        where=parse(arguments.where) if arguments.where else None,
        strata=arguments.strata,
        landmark=arguments.landmark,
        tau=arguments.tau,
    )
    for note in (*found.notes, *implausible_times(table)):
        print(f"note: {note}", file=sys.stderr)
    result = found.to_json()
    _write(arguments.out, json.dumps(result, indent=2, allow_nan=False) + "\n")
    return result


def run_replicate(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.out is not None:
        check_suffix(arguments.out, (".json", ".md"))
    report = replicate(arguments.path, arguments.sister)
    result = report.to_json()
    markdown = arguments.out is not None and arguments.out.suffix == ".md"
    text = report.to_markdown() if markdown else json.dumps(result, indent=2, allow_nan=False)
    _write(arguments.out, text)
    return result


def run_fit(arguments: argparse.Namespace) -> dict[str, Any]:
    parameters = fit_parameters(read_release(arguments.path, Release.LUNGEGFR).cohort)
    parameters = _rescored(parameters, arguments.scores, arguments.weights_id)
    _write(arguments.out, parameters.to_text())
    return {"written": str(arguments.out), "parts": len(parameters.parts)}


def run_generate(arguments: argparse.Namespace) -> dict[str, Any]:
    out = arguments.out or arguments.folder / "cohort.csv"
    parameters = replace(
        read_parameters(arguments.folder / "cohort_parameters.json"),
        shown=read_cutoffs(arguments.folder / "card.json"),
    )
    parameters = _rescored(parameters, arguments.scores, parameters.score_weights_id)
    cohort = generate(parameters, arguments.seed)
    _write(out, as_text(cohort))
    return {
        "written": str(out),
        "n": len(cohort),
        "synthetic": True,
        "score_weights_id": parameters.score_weights_id,
        "source": cohort.source,
    }


def _rescored(parameters: Parameters, scores: Path | None, weights_id: str) -> Parameters:
    """The same parameters with the score distribution of another model's scored cases."""
    if scores is None:
        return parameters
    mutant, wild_type = score_spreads(infer_numbers(read_table(scores)))
    return parameters.with_scores(mutant, wild_type, weights_id)

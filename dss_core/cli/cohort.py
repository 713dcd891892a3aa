"""Cohort commands: import a release, check a table, compare groups, replicate, generate."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dss_core.cli.cohort_analyses import add_analyses
from dss_core.cli.files import add_argument_out, check_suffix, write_whole
from dss_core.cohort.cohort_table import as_text, load, load_for_analysis
from dss_core.cohort.release_location import remember_clone
from dss_core.cohort.releases import Release, read_release
from dss_core.cohort.selection import parse
from dss_core.cohort.synthetic import SEED, generate
from dss_core.cohort.synthetic_parameters import Parameters, read_cutoffs, read_parameters
from dss_core.cohort.tables import infer_numbers, read_table
from dss_core.replication.replicate import replicate
from dss_core.replication.synthetic_fit import DEMO_WEIGHTS_ID, fit_parameters, score_spreads
from dss_core.survival.comparison import Endpoint, compare, group_by


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `cohort` and its commands."""
    family = subparsers.add_parser(
        "cohort", help="cohort tables of past patients and their outcomes"
    )
    commands = family.add_subparsers(dest="action", required=True, metavar="ACTION")

    parser = commands.add_parser("import", help="read a clone of the authors' data release")
    parser.add_argument("path", type=Path, metavar="PATH", help="folder of the clone")
    parser.add_argument("--format", required=True, choices=[r.value for r in Release])
    add_argument_out(parser, "cohort table (CSV)", required=True)
    parser.set_defaults(run=_import)

    parser = commands.add_parser("check", help="check a cohort table; lists every invalid cell")
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.set_defaults(run=_check)

    parser = commands.add_parser("survival", help="compare groups: curves, tests, hazard ratio")
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.add_argument("--time", required=True, help="column of follow-up, months")
    parser.add_argument("--event", required=True, help="column of the event, 1 or 0")
    parser.add_argument("--group", required=True, help="selection or column that forms the groups")
    parser.add_argument("--where", help="selection of patients")
    parser.add_argument("--entry", help="column of delayed entry, months")
    parser.add_argument("--strata", help="column for stratified log-rank and Cox")
    parser.add_argument("--landmark", type=float, help="landmark time, months")
    parser.add_argument("--tau", type=float, help="RMST horizon, months")
    add_argument_out(parser, "JSON", required=False)
    parser.set_defaults(run=_survival)
    add_analyses(commands)

    parser = commands.add_parser("replicate", help="recompute the published numbers")
    parser.add_argument("path", type=Path, metavar="PATH", help="clone of lungproject/lungegfr")
    parser.add_argument("--sister", type=Path, help="clone of lungproject/lungio")
    add_argument_out(parser, "report (.json, or .md to read)", required=False)
    parser.set_defaults(run=_replicate)

    parser = commands.add_parser("fit", help="fit the synthetic cohort's parameters to a release")
    parser.add_argument("path", type=Path, metavar="PATH", help="clone of lungproject/lungegfr")
    parser.add_argument("--scores", type=Path, help="a model's scores: egfr_status, egfr_dls (CSV)")
    parser.add_argument("--weights-id", default=DEMO_WEIGHTS_ID, help="the bundle that scored them")
    add_argument_out(parser, "parameters (JSON)", required=True)
    parser.set_defaults(run=_fit)

    parser = commands.add_parser("generate", help="simulate a synthetic cohort (no real patients)")
    parser.add_argument("folder", type=Path, metavar="FOLDER",
                        help="of the weights, weights/demo: reads its card.json for the cut-offs "
                             "and cohort_parameters.json (from `cohort fit`)")  # fmt: skip
    parser.add_argument("--scores", type=Path, help="a model's scores: egfr_status, egfr_dls (CSV)")
    parser.add_argument("--seed", type=int, default=SEED)
    add_argument_out(parser, "cohort table (CSV), by default FOLDER/cohort.csv", required=False)
    parser.set_defaults(run=_generate)


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        write_whole(path, text.encode())


def _import(arguments: argparse.Namespace) -> dict[str, Any]:
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


def _check(arguments: argparse.Namespace) -> dict[str, Any]:
    cohort = load(arguments.path)
    filled = {str(name): int(cohort.table[name].notna().sum()) for name in cohort.table}
    return {"n": len(cohort), "weights_ids": list(cohort.weights_ids), "filled": filled}


def _survival(arguments: argparse.Namespace) -> dict[str, Any]:
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
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    result = found.to_json()
    _write(arguments.out, json.dumps(result, indent=2, allow_nan=False) + "\n")
    return result


def _replicate(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.out is not None:
        check_suffix(arguments.out, (".json", ".md"))
    report = replicate(arguments.path, arguments.sister)
    result = report.to_json()
    markdown = arguments.out is not None and arguments.out.suffix == ".md"
    text = report.to_markdown() if markdown else json.dumps(result, indent=2, allow_nan=False)
    _write(arguments.out, text)
    return result


def _fit(arguments: argparse.Namespace) -> dict[str, Any]:
    parameters = fit_parameters(read_release(arguments.path, Release.LUNGEGFR).cohort)
    parameters = _rescored(parameters, arguments.scores, arguments.weights_id)
    _write(arguments.out, parameters.to_text())
    return {"written": str(arguments.out), "parts": len(parameters.parts)}


def _generate(arguments: argparse.Namespace) -> dict[str, Any]:
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

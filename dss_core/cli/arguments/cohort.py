"""Arguments of the cohort commands."""

import argparse
from pathlib import Path

from dss_core.cli.arguments.cohort_analyses import add_analyses
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Real, Whole
from dss_core.cli.files import add_argument_out
from dss_core.cohort.release_location import Release
from dss_core.cohort.synthetic_parameters import DEMO_WEIGHTS_ID, SEED


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
    parser.set_defaults(run=Handler("cohort", "run_import"))

    parser = commands.add_parser("check", help="check a cohort table; lists every invalid cell")
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.set_defaults(run=Handler("cohort", "run_check"))

    parser = commands.add_parser("survival", help="compare groups: curves, tests, hazard ratio")
    parser.add_argument("path", type=Path, metavar="COHORT.csv")
    parser.add_argument("--time", required=True, help="column of follow-up, months")
    parser.add_argument("--event", required=True, help="column of the event, 1 or 0")
    parser.add_argument("--group", required=True, help="selection or column that forms the groups")
    parser.add_argument("--where", help="selection of patients")
    parser.add_argument("--entry", help="column of delayed entry, months")
    parser.add_argument("--strata", help="column for stratified log-rank and Cox")
    parser.add_argument("--landmark", type=Real(0.0, unit="months"), help="landmark time, months")
    parser.add_argument("--tau", type=Real(0.0, unit="months"), help="RMST horizon, months")
    add_argument_out(parser, "JSON", required=False)
    parser.set_defaults(run=Handler("cohort", "run_survival"))
    add_analyses(commands)

    parser = commands.add_parser("replicate", help="recompute the published numbers")
    parser.add_argument("path", type=Path, metavar="PATH", help="clone of lungproject/lungegfr")
    parser.add_argument("--sister", type=Path, help="clone of lungproject/lungio")
    add_argument_out(parser, "report (.json, or .md to read)", required=False)
    parser.set_defaults(run=Handler("cohort", "run_replicate"))

    parser = commands.add_parser("fit", help="fit the synthetic cohort's parameters to a release")
    parser.add_argument("path", type=Path, metavar="PATH", help="clone of lungproject/lungegfr")
    parser.add_argument("--scores", type=Path, help="a model's scores: egfr_status, egfr_dls (CSV)")
    parser.add_argument("--weights-id", default=DEMO_WEIGHTS_ID, help="the bundle that scored them")
    add_argument_out(parser, "parameters (JSON)", required=True)
    parser.set_defaults(run=Handler("cohort", "run_fit"))

    parser = commands.add_parser("generate", help="simulate a synthetic cohort (no real patients)")
    parser.add_argument("folder", type=Path, metavar="FOLDER",
                        help="of the weights, weights/demo: reads its card.json for the cut-offs "
                             "and cohort_parameters.json (from `cohort fit`)")  # fmt: skip
    parser.add_argument("--scores", type=Path, help="a model's scores: egfr_status, egfr_dls (CSV)")
    parser.add_argument("--seed", type=Whole(0), default=SEED)
    add_argument_out(parser, "cohort table (CSV), by default FOLDER/cohort.csv", required=False)
    parser.set_defaults(run=Handler("cohort", "run_generate"))

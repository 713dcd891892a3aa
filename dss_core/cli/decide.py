"""`decide`: both pathways for one patient. `rules`: the rule tables as a document for review."""

import argparse
import json
from pathlib import Path
from typing import Any

from dss_core.cli.files import add_argument_out, write_whole
from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.document import rules_document
from dss_core.decision.pathway import scores_from_result
from dss_core.decision.patient_file import patient_schema, read_json_file, read_patient_file
from dss_core.decision.rule_set import GUIDELINE_2020, guideline_rules


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add the commands of this family."""
    parser = subparsers.add_parser(
        "decide", help="imaging and historical guideline pathway for one patient"
    )
    parser.add_argument("patient", type=Path, metavar="PATIENT.json")
    parser.add_argument("--score", type=Path, metavar="result.json", help="a scored case")
    add_argument_out(parser, "decision.json", required=False)
    parser.add_argument(
        "--rules", type=Path, default=GUIDELINE_2020, help="folder of another guideline"
    )
    parser.set_defaults(run=_decide)

    parser = subparsers.add_parser("rules", help="the rule tables as a document for review")
    parser.add_argument("--rules", type=Path, default=GUIDELINE_2020)
    add_argument_out(parser, "Markdown", required=True)
    parser.set_defaults(run=_rules)


def _decide(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = guideline_rules(arguments.rules)
    file = read_patient_file(arguments.patient, rules)
    scores = scores_from_result(read_json_file(arguments.score)) if arguments.score else None
    answer = decision_to_json(decide(file, scores, rules))
    if arguments.out:
        text = json.dumps(answer, indent=2, allow_nan=False) + "\n"
        write_whole(arguments.out, text.encode())
    return answer


def _rules(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = guideline_rules(arguments.rules)
    write_whole(arguments.out, rules_document(rules).encode())
    return {"written": str(arguments.out), "patient_schema": patient_schema(rules)}

"""`decide`: both pathways for one patient. `rules`: the rule tables as a document for review."""

import argparse
import json
from typing import Any

from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.document import rules_document
from dss_core.decision.patient_file import bytes_of, patient_schema, read_patient
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_core.errors import DecisionError
from dss_core.reading.strict_json import read_json
from dss_core.storage import write_whole


def run_decide(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = guideline_rules(arguments.rules)
    file = read_patient(bytes_of(arguments.patient), arguments.patient.name, rules)
    scores = None
    if path := arguments.score:
        scores = scores_from_result(read_json(bytes_of(path), path.name, DecisionError))
    answer = decision_to_json(decide(file, scores, rules))
    if arguments.out:
        text = json.dumps(answer, indent=2, allow_nan=False) + "\n"
        write_whole(arguments.out, text.encode())
    return answer


def run_rules(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = guideline_rules(arguments.rules)
    write_whole(arguments.out, rules_document(rules).encode())
    return {"written": str(arguments.out), "patient_schema": patient_schema(rules)}

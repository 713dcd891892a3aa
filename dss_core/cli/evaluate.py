"""`evaluate`: performance of a score from a cohort table, as JSON."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from dss_core.cli.selected_rows import selected_rows
from dss_core.cohort.cohort_table import Cohort, load
from dss_core.cohort.tables import infer_numbers, read_table
from dss_core.errors import CohortError
from dss_core.evaluation.evaluate import evaluate
from dss_core.evaluation.feature_map import join_features
from dss_core.evaluation.group_by import GroupBy
from dss_core.evaluation.joins import Join
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.prespecified_cutoff import PrespecifiedCutoff, prespecified_cutoff
from dss_core.evaluation.reference_labels import numbers
from dss_core.evaluation.signatures import Coding, Signature, read_signature
from dss_core.storage import write_whole


def run_evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    cohort = load(arguments.path)
    table = cohort.table
    joined: tuple[Join, ...] = ()
    if arguments.where:
        table = selected_rows(table, arguments.where)
        if table.empty:
            raise CohortError(
                f"No patient fulfils {arguments.where!r}. Choose others with --where."
            )
    if arguments.features:
        found = join_features(table, infer_numbers(read_table(arguments.features)))
        table, joined = found.table, (found.joined,)
    folder = arguments.signatures_out
    if folder is not None and not folder.is_dir():
        raise CohortError(f"The folder {folder} for signatures does not exist. Create it.")
    ids = Cohort(table, cohort.name, cohort.source).weights_ids
    cutoff = (
        prespecified_cutoff(arguments.score, ids)
        if arguments.cutoff is None
        else PrespecifiedCutoff(arguments.cutoff, "given by the user")
    )
    result = evaluate(
        table,
        score=arguments.score,
        label=arguments.label,
        by=GroupBy(arguments.by),
        cutoff=cutoff,
        coding=Coding(arguments.coding),
        signatures=tuple(_stored(path) for path in arguments.signature),
        slices=_slices(arguments.slices) if arguments.slices else None,
        joined=joined,
        name=cohort.name,
    )
    for one in result.joins:
        print(f"note: {one.words}", file=sys.stderr)
    for signature in result.signatures if folder is not None else ():
        write_whole(folder / f"{signature.name}.json", signature.to_text().encode())
    record: dict[str, Any] = jsonable(result)
    if arguments.out is None:
        return record
    write_whole(arguments.out, (json.dumps(record, indent=2, allow_nan=False) + "\n").encode())
    return {"written": str(arguments.out), "summary": _summary(record)}


def _summary(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The areas of every group, to read at a glance when the rest went to a file."""
    return [
        {
            "group": group["name"],
            "n": group["n"],
            "apparent": group["apparent"],
            "auc": {m["name"]: m["auc"] for m in group["markers"]},
            "cautions": group["cautions"],
        }
        for group in found["groups"]
    ] + ([{"withheld": found["withheld"]}] if found["withheld"] else [])


def _stored(path: Path) -> Signature:
    try:
        return read_signature(path.read_bytes(), f"The signature {path.name}")
    except OSError as problem:
        raise CohortError(f"The signature {path.name} cannot be opened. Check it.") from problem


def _slices(path: Path) -> pd.DataFrame:
    table = infer_numbers(read_table(path))
    if "patient_id" not in table:
        raise CohortError("The slice table needs the columns patient_id and score. Add them.")
    return pd.DataFrame({"patient_id": table["patient_id"], "score": numbers(table, "score")})

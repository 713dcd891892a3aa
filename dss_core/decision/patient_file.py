"""Read a patient file: exactly the documented fields, every fault named at once.

Left out or null means unknown. Nothing is guessed, rounded or dropped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

import jsonschema

from dss_core.decision.patient import (
    CHOICES,
    FLAGS,
    EgfrVariant,
    GeneResult,
    GeneStatus,
    Patient,
)
from dss_core.decision.rulebook import RuleBook
from dss_core.errors import DecisionError


@dataclass(frozen=True)
class PatientFile:
    """A patient record, the snapshot asked for, and scores typed in beside it (if any).

    Attributes
    ----------
    snapshot : str or None
        None means the rule book's default.
    egfr_dls, pdl1_dls : float or None
        Scores 0 to 1, kept apart from the record: they are not biomarker results.
    """

    patient: Patient
    snapshot: str | None = None
    egfr_dls: float | None = None
    pdl1_dls: float | None = None


def patient_schema(book: RuleBook) -> dict[str, Any]:
    """The patient file as a JSON schema (draft 2020-12)."""

    def one_of(values: Any) -> dict[str, Any]:
        return {"enum": [*(str(value) for value in values), None]}

    def number(kind: str, low: int, high: int) -> dict[str, Any]:
        return {"type": [kind, "null"], "minimum": low, "maximum": high}

    properties: dict[str, Any] = {"guideline_snapshot": one_of(book.snapshots)}
    properties |= {name: one_of(choices) for name, choices in CHOICES.items()}
    properties |= {name: {"type": ["boolean", "null"]} for name in FLAGS}
    properties |= {
        "ecog_ps": number("integer", 0, 4),
        "age": number("integer", 1, 120),
        "biomarkers": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {gene.id: one_of(GeneStatus) for gene in book.genes},
        },
        "egfr_variants": {
            "type": ["array", "null"],
            "items": {"enum": [variant.value for variant in EgfrVariant]},
        },
        "pdl1_tps": number("number", 0, 100),
        "egfr_dls": number("number", 0, 1),
        "pdl1_dls": number("number", 0, 1),
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def read_patient_file(path: Path, book: RuleBook) -> PatientFile:
    """Read a JSON patient file.

    Raises
    ------
    DecisionError
        If it cannot be read or used; names every fault.
    """
    return patient_from_json(read_json(path), book)


def patient_from_json(value: Any, book: RuleBook) -> PatientFile:
    """A patient file from parsed JSON.

    Raises
    ------
    DecisionError
        If a field is unknown, of the wrong type or out of range, or if EGFR variants are given
        without EGFR being positive; names every fault.
    """
    validator = jsonschema.Draft202012Validator(patient_schema(book))
    found = [_words(fault) for fault in validator.iter_errors(value)]
    if isinstance(value, Mapping):
        found += _contradictions(value)
    if found:
        raise DecisionError(
            f"The patient record cannot be used, {len(found)} "
            f"{'field is' if len(found) == 1 else 'fields are'} wrong: {'; '.join(found)}. "
            "Leave a field out if it is unknown."
        )
    given: dict[str, Any] = {name: item for name, item in value.items() if item is not None}
    known: dict[str, Any] = {f.name: given[f.name] for f in fields(Patient) if f.name in given}
    known |= {name: choices(given[name]) for name, choices in CHOICES.items() if name in given}
    known["biomarkers"] = tuple(
        GeneResult(gene.id, GeneStatus(status))
        for gene in book.genes
        if (status := given.get("biomarkers", {}).get(gene.id)) is not None
    )
    known["egfr_variants"] = frozenset(map(EgfrVariant, given.get("egfr_variants", ())))
    for name in ("ecog_ps", "age"):
        if name in known:
            known[name] = int(known[name])
    return PatientFile(
        Patient(**known),
        given.get("guideline_snapshot"),
        given.get("egfr_dls"),
        given.get("pdl1_dls"),
    )


def patient_to_json(file: PatientFile) -> dict[str, Any]:
    """The same record as JSON values, unknown fields left out: reads back to an equal record."""
    patient = file.patient
    plain: dict[str, Any] = {f.name: getattr(patient, f.name) for f in fields(Patient)}
    plain |= {name: str(plain[name]) for name in CHOICES if plain[name] is not None}
    plain["biomarkers"] = {result.gene: result.status.value for result in patient.biomarkers}
    plain["egfr_variants"] = sorted(variant.value for variant in patient.egfr_variants)
    plain |= {
        "guideline_snapshot": file.snapshot,
        "egfr_dls": file.egfr_dls,
        "pdl1_dls": file.pdl1_dls,
    }
    return {name: value for name, value in plain.items() if value not in (None, {}, [])}


def read_json(path: Path) -> Any:
    """Strict JSON: no NaN, no key given twice.

    Raises
    ------
    DecisionError
        If the file cannot be read or is not strict JSON.
    """

    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not a JSON number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"given twice: {twice}")
        return dict(pairs)

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise DecisionError(f"{path.name} cannot be read as a text file: {fault}.") from fault
    try:
        return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=once)
    except (ValueError, RecursionError) as fault:
        raise DecisionError(f"{path.name} is not valid JSON: {fault}.") from fault


def _contradictions(value: Mapping[str, Any]) -> list[str]:
    """EGFR variants without EGFR positive: one of the two is wrong, and it matters which."""
    variants, genes = value.get("egfr_variants"), value.get("biomarkers")
    egfr = genes.get("egfr") if isinstance(genes, Mapping) else None
    if not variants or egfr == GeneStatus.POSITIVE:
        return []
    return [
        f"egfr_variants: {variants} contradicts biomarkers.egfr {egfr or 'not_tested'!r} "
        "(set it to 'positive', or leave the variants out)"
    ]


def _words(fault: jsonschema.ValidationError) -> str:
    """One fault as `field: what was expected, what was found`."""
    where = fault.json_path.removeprefix("$").removeprefix(".") or "record"
    schema: Any = fault.schema
    value: Any = fault.instance
    if fault.validator == "additionalProperties":
        extra = sorted(value.keys() - schema["properties"].keys())
        return f"{where}: unknown {extra} (known: {', '.join(sorted(schema['properties']))})"
    if fault.validator == "enum":
        return f"{where}: {value!r} is not one of {', '.join(filter(None, schema['enum']))}"
    return f"{where}: {fault.message}"

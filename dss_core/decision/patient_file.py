"""Read a patient file: exactly the documented fields, every fault named at once.

Left out or null means unknown. Nothing is guessed, rounded or dropped. The model of the file is
made from the types of `Patient` and the genes and snapshots of a rule set.
"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic_core import to_jsonable_python

from dss_core.decision.patient import EgfrVariant, GeneResult, GeneStatus, Number, Patient
from dss_core.decision.rule_set import RuleSet
from dss_core.errors import DecisionError
from dss_core.reading.strict_json import read_json, refusal


@dataclass(frozen=True)
class PatientFile:
    """A patient record, the snapshot asked for, and scores typed in beside it (if any).

    Attributes
    ----------
    snapshot : str or None
        None means the rule set's default.
    egfr_dls, pdl1_dls : float or None
        Scores 0 to 1, kept apart from the record: they are not biomarker results.
    """

    patient: Patient
    snapshot: str | None = None
    egfr_dls: float | None = None
    pdl1_dls: float | None = None


class _File(BaseModel):
    """The keys of a patient file that say more than `Patient` does."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Patient file")

    biomarkers: Any = None
    egfr_variants: frozenset[EgfrVariant] | None = None
    guideline_snapshot: Any = None
    egfr_dls: Number | None = Field(None, ge=0, le=1)
    pdl1_dls: Number | None = Field(None, ge=0, le=1)

    @field_validator("egfr_variants")
    @classmethod
    def _of_a_positive_gene(
        cls, variants: frozenset[EgfrVariant] | None, info: ValidationInfo
    ) -> frozenset[EgfrVariant] | None:
        """EGFR variants without EGFR positive: one of the two is wrong, and it matters which."""
        if variants and "biomarkers" in info.data:
            egfr = (info.data["biomarkers"] or {}).get("egfr") or GeneStatus.NOT_RECORDED
            if egfr is not GeneStatus.POSITIVE:
                unsaid = egfr is GeneStatus.NOT_RECORDED
                found = "that is not recorded" if unsaid else repr(egfr.value)
                raise ValueError(
                    f"{', '.join(sorted(variants))} contradicts biomarkers.egfr {found} "
                    "(set it to 'positive', or leave the variants out)"
                )
        return variants


def patient_schema(rules: RuleSet) -> dict[str, Any]:
    """The patient file as a JSON schema (draft 2020-12)."""
    return _model(rules.gene_ids, rules.snapshots).model_json_schema()


def read_patient(content: bytes, name: str, rules: RuleSet) -> PatientFile:
    """A patient file from its bytes: the one reader of command and page.

    Parameters
    ----------
    content : bytes
        Strict JSON.
    name : str
        How to name the file in a refusal.
    rules : RuleSet
        Its genes and snapshots.

    Raises
    ------
    DecisionError
        If it is not strict JSON or cannot be used; names every fault.
    """
    return patient_from_json(read_json(content, name, DecisionError), rules)


def bytes_of(path: Path) -> bytes:
    """The content of a file.

    Raises
    ------
    DecisionError
        If the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        raise DecisionError(
            f"{path.name} cannot be read: {fault.strerror}. Check the name and the permissions."
        ) from fault


def patient_from_json(value: Any, rules: RuleSet) -> PatientFile:
    """A patient file from parsed JSON.

    Raises
    ------
    DecisionError
        If a field is unknown, of the wrong type or out of range, or if EGFR variants are given
        without EGFR being positive; names every fault.
    """
    try:
        file: Any = _model(rules.gene_ids, rules.snapshots).model_validate(value)
    except ValidationError as fault:
        advice = "Leave a field out if it is unknown."
        raise refusal(fault, "The patient record", DecisionError, advice) from fault
    known = {f.name: getattr(file, f.name) for f in fields(Patient)}
    statuses = file.biomarkers or {}
    known["biomarkers"] = tuple(
        GeneResult(gene, statuses[gene])
        for gene in rules.gene_ids
        if statuses.get(gene) not in (None, GeneStatus.NOT_RECORDED)
    )
    known["egfr_variants"] = file.egfr_variants or frozenset()
    return PatientFile(Patient(**known), file.guideline_snapshot, file.egfr_dls, file.pdl1_dls)


def patient_to_json(file: PatientFile) -> dict[str, Any]:
    """The same record as JSON values, unknown fields left out: reads back to an equal record."""
    patient = file.patient
    plain = {f.name: getattr(patient, f.name) for f in fields(Patient)}
    plain["biomarkers"] = {result.gene: result.status for result in patient.biomarkers}
    plain["egfr_variants"] = sorted(patient.egfr_variants)
    plain |= {
        "guideline_snapshot": file.snapshot,
        "egfr_dls": file.egfr_dls,
        "pdl1_dls": file.pdl1_dls,
    }
    known = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in plain.items()
        if value not in (None, {}, [])
    }
    written: dict[str, Any] = to_jsonable_python(known)
    return written


@cache
def _model(genes: tuple[str, ...], snapshots: tuple[str, ...]) -> type[_File]:
    """The patient file for a rule set with these genes and snapshots."""
    typed: dict[str, Any] = {
        f.name: (f.type, f.default) for f in fields(Patient) if f.name not in _File.model_fields
    }
    gene: Any = Literal[genes] if genes else str
    results = Annotated[dict[gene, GeneStatus | None], Field(max_length=len(genes))]
    typed["biomarkers"] = (results | None, None)
    typed["guideline_snapshot"] = (Literal[snapshots] | None, None)
    return create_model("PatientFile", __base__=_File, **typed)

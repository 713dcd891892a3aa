"""Which single missing result would change the answer: found by trying each value it could have.

Nothing is estimated. Every unknown input is varied over its values, one input at a time, and the
route is found again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from dss_core.decision.conditions import FieldRange
from dss_core.decision.pathway_engine import end_of
from dss_core.decision.patient import (
    CHOICES,
    EgfrVariant,
    GeneResult,
    GeneStatus,
    Patient,
    Pdl1Assay,
    Pdl1Status,
)
from dss_core.decision.rule_table import RuleTable
from dss_core.decision.rules import Node

KNOWN = (GeneStatus.POSITIVE, GeneStatus.NEGATIVE)
_YES_NO = (
    "prior_systemic_for_advanced",
    "small_or_mixed_specimen",
    "can_wait_for_results",
    "rebiopsy_or_plasma_feasible",
)


@dataclass(frozen=True)
class Outcome:
    """Where the route would end, and the values of the missing input that lead there."""

    node: Node
    values: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A missing input that by itself would change the answer.

    Attributes
    ----------
    field : str
        Name of the field, `biomarkers.<gene>` for a gene, `pdl1_tps` for the PD-L1 result.
    outcomes : tuple of Outcome
        Only those that differ from the present answer.
    """

    field: str
    outcomes: tuple[Outcome, ...]


def changes(table: RuleTable, patient: Patient) -> tuple[Change, ...]:
    """Every missing input that by itself would change where the route ends."""
    now = end_of(table, patient)
    found: dict[str, dict[str, Outcome]] = {}
    for field, value, changed in _variations(table, patient):
        node = end_of(table, changed)
        if node.id != now.id:
            outcomes = found.setdefault(field, {})
            earlier = outcomes[node.id].values if node.id in outcomes else ()
            outcomes[node.id] = Outcome(node, (*earlier, value))
    return tuple(Change(field, tuple(outcomes.values())) for field, outcomes in found.items())


def _variations(table: RuleTable, patient: Patient) -> Iterator[tuple[str, str, Patient]]:
    """Each unknown field, a value in words, and the record with it."""
    for name in ("stage_scope", "histology", "smoking", "ici_contraindication"):
        if getattr(patient, name) is None:
            for choice in CHOICES[name]:
                yield name, choice.value, _with(patient, name, choice)
    for name in _YES_NO:
        if getattr(patient, name) is None:
            for answer in (True, False):
                yield name, "yes" if answer else "no", _with(patient, name, answer)
    if patient.ecog_ps is None:
        for ps in range(5):
            yield "ecog_ps", str(ps), replace(patient, ecog_ps=ps)
    if patient.age is None:
        for age in _limits(table, "age"):
            yield "age", str(age), replace(patient, age=age)
    for gene in table.genes:
        if patient.gene(gene.id) not in KNOWN or (gene.id == "egfr" and _unnamed_egfr(patient)):
            yield from _gene_variations(patient, gene.id)
    if _tps_missing(patient):
        assay = None if patient.pdl1_assay is Pdl1Assay.SP142 else patient.pdl1_assay
        known = replace(patient, pdl1_status=Pdl1Status.RESULTED, pdl1_assay=assay)
        for tps in _limits(table, "pdl1_tps"):
            yield "pdl1_tps", str(tps), replace(known, pdl1_tps=tps)


def _with(patient: Patient, field: str, value: Any) -> Patient:
    return replace(patient, **{field: value})


def _gene_variations(patient: Patient, gene: str) -> Iterator[tuple[str, str, Patient]]:
    field = f"biomarkers.{gene}"

    def with_status(status: GeneStatus) -> Patient:
        others = tuple(result for result in patient.biomarkers if result.gene != gene)
        return replace(patient, biomarkers=(*others, GeneResult(gene, status)))

    if patient.gene(gene) not in KNOWN:
        yield field, "negative", with_status(GeneStatus.NEGATIVE)
        yield field, "positive", with_status(GeneStatus.POSITIVE)
    if gene == "egfr":
        positive = with_status(GeneStatus.POSITIVE)
        for variant in EgfrVariant:
            changed = replace(positive, egfr_variants=frozenset({variant}))
            yield field, f"positive ({variant})", changed


def _unnamed_egfr(patient: Patient) -> bool:
    return patient.gene("egfr") is GeneStatus.POSITIVE and not patient.egfr_variants


def _tps_missing(patient: Patient) -> bool:
    return (
        patient.pdl1_status is not Pdl1Status.RESULTED
        or patient.pdl1_tps is None
        or patient.pdl1_assay is Pdl1Assay.SP142
    )


def _limits(table: RuleTable, field: str) -> tuple[int, ...]:
    """One whole number on each side of every limit the table sets for a field."""
    limits = {
        int(limit)
        for condition in table.conditions
        if isinstance(condition, FieldRange) and condition.field == field
        for limit in (condition.at_least, condition.below)
        if limit is not None
    }
    return tuple(sorted(limits | {limit - 1 for limit in limits}))

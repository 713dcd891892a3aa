"""Safety of the guideline walk over every combination of inputs.

Exhaustive over all values that the rule table can tell apart (a value is represented by another
only if no condition of the table separates the two, which is itself tested), and by Hypothesis
over the raw input space.
"""

from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dss_core.decision.conditions import FieldHas, FieldIs, FieldRange, GenesAre
from dss_core.decision.pathway_engine import end_of, route
from dss_core.decision.patient import (
    CHOICES,
    FLAGS,
    EgfrVariant,
    GeneResult,
    GeneStatus,
    Patient,
)
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.rule_table import RuleTable
from tests.decision_case import GENES, expected_node

LATE, EARLY = guideline_rules().tables
ICI_NODES = {
    node.id
    for node in LATE.nodes
    if any(o.regimen.contains_ici for o in node.preferred) and node.id not in ("E1", "E2")
}
SENSITISING = {EgfrVariant.EX19DEL, EgfrVariant.L858R}


def check(table: RuleTable, patient: Patient) -> None:
    """Every safety property for one patient."""
    result = route(table, patient)
    node = result.node.id
    assert node == end_of(table, patient).id == expected_node(table.snapshot.id, patient)
    egfr, alk = patient.gene("egfr"), patient.gene("alk")
    offered = [option.regimen for option in (*result.preferred, *result.other)]
    ici = any(regimen.contains_ici for regimen in offered)
    flags = {flag.id for flag in result.flags}
    if egfr in ("positive", "pending") or alk in ("positive", "pending"):
        assert not ici and node not in ICI_NODES
    if egfr in ("not_tested", "unknown") and patient.histology == "adenocarcinoma":
        assert not ici and node not in ICI_NODES
    if egfr in ("insufficient", "failed") and patient.histology == "adenocarcinoma" and ici:
        assert "driver_unknown" in flags
    if patient.ici_contraindication != "none":
        assert not ici and node not in ICI_NODES
    if egfr == "positive" and patient.egfr_variants & SENSITISING:
        assert node != "BSC"
    if patient.histology == "squamous":
        assert not any(regimen.drugs & {"pemetrexed", "bevacizumab"} for regimen in offered)
    for field, drugs in (
        ("platinum_ok", {"platinum", "carboplatin"}),
        ("bevacizumab_ok", {"bevacizumab"}),
        ("pemetrexed_ok", {"pemetrexed"}),
    ):
        if getattr(patient, field) is False:
            assert not any(regimen.drugs & drugs for regimen in offered)
    assert len([taken for taken in result.path if taken.branch.to]) == 1
    assert result.preferred or "no_preferred_option_left" in flags


@cache
def genes(egfr: str, alk: str, others: tuple[str, ...]) -> tuple[GeneResult, ...]:
    statuses = (egfr, alk, *others, *("negative",) * (5 - len(others)))
    return tuple(GeneResult(g, GeneStatus(s)) for g, s in zip(GENES, statuses, strict=True))


VARIANTS = [frozenset({EgfrVariant(v)}) for v in ("L858R", "G719X", "ex20ins", "other")]
EGFR = [("positive", v) for v in (frozenset[EgfrVariant](), *VARIANTS)]
EGFR += [(s, frozenset()) for s in ("negative", "pending", "not_tested", "insufficient")]
ALK = ("positive", "negative", "pending", "not_tested", "insufficient")
NTRK_ONLY = ("negative", "negative", "pending")
OTHERS = ((), ("positive",), ("pending",), ("not_tested",), ("insufficient",), NTRK_ONLY)


@pytest.mark.parametrize("histology", [None, "adenocarcinoma", "adenosquamous", "squamous"])
def test_every_combination_ends_in_the_node_the_guideline_says(histology: str | None) -> None:
    """All values a condition tells apart, for each of these histologies, against the oracle."""
    base = Patient(stage_scope="stage_IV", prior_systemic_for_advanced=False, histology=histology)  # type: ignore[arg-type]
    pdl1 = [("resulted", tps) for tps in (None, 0.0, 20.0, 80.0)]
    pdl1 += [("pending", 80.0), (None, None)]
    for (egfr, variants), alk, others in product(EGFR, ALK, OTHERS):
        gene_results = genes(egfr, alk, others)
        for ps, smoking, (status, tps), ici, wait, feasible in product(
            (None, 1, 2, 4),
            ("never", "smoker") if histology == "squamous" else ("smoker",),
            pdl1,
            (None, "none", "ild"),
            (True, False),
            (True, False),
        ):
            patient = Patient(
                base.stage_scope,
                False,
                base.histology,
                ps,
                smoking,  # type: ignore[arg-type]
                biomarkers=gene_results,
                egfr_variants=variants,
                pdl1_status=status,  # type: ignore[arg-type]
                pdl1_tps=tps,
                ici_contraindication=ici,  # type: ignore[arg-type]
                can_wait_for_results=wait,
                rebiopsy_or_plasma_feasible=feasible,
            )
            for table in (LATE, EARLY):
                node = end_of(table, patient).id
                assert node == expected_node(table.snapshot.id, patient), patient
                if node in ICI_NODES:
                    assert not {egfr, alk} & {"positive", "pending"}
                    assert ici == "none"
                    assert not (egfr in ("not_tested", "unknown") and histology == "adenocarcinoma")
                assert not (node == "BSC" and variants & SENSITISING)


def _told_apart(table: RuleTable, field: str, values: list[object]) -> list[set[object]]:
    """Values of a field grouped by what the table's own tests say of them."""
    groups: dict[tuple[bool, ...], set[object]] = {}
    for value in values:
        truth = []
        for condition in table.conditions:
            test = condition
            if isinstance(test, FieldIs) and test.field == field:
                truth.append(("unknown" if value is None else value) in test.values)
            elif isinstance(test, FieldHas) and test.field == field:
                truth.append(value in test.values)
            elif isinstance(test, FieldRange) and test.field == field:
                limit = test.at_least if test.at_least is not None else test.below
                truth.append(isinstance(value, int) and limit is not None and value >= limit)
            elif isinstance(test, GenesAre) and field == "status":
                truth.append(value in test.statuses)
        groups.setdefault(tuple(truth), set()).add(value)
    return list(groups.values())


def test_values_left_out_of_the_exhaustive_run_are_told_apart_by_no_rule() -> None:
    assert _told_apart(LATE, "ecog_ps", [None, 0, 1, 2, 3, 4]) == [{None}, {0, 1}, {2}, {3, 4}]
    histologies = [None, *(h.value for h in CHOICES["histology"])]
    assert {"adenocarcinoma", "large_cell", "nsclc_nos"} in _told_apart(
        LATE, "histology", histologies
    )
    assert {"insufficient", "failed"} in _told_apart(LATE, "status", [s.value for s in GeneStatus])
    contraindications = [None, *(c.value for c in CHOICES["ici_contraindication"])]
    apart = _told_apart(LATE, "ici_contraindication", contraindications)
    assert sorted(map(len, apart)) == [1, 1, 1, 5]
    variants = [v.value for v in EgfrVariant]
    assert sorted(map(len, _told_apart(LATE, "egfr_variants", variants))) == [1, 2, 2, 3]
    tps = _told_apart(LATE, "pdl1_tps", [None, *range(101)])
    assert sorted(map(len, tps)) == [1, 1, 49, 51]


def _or_unknown(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    """Any record the intake would accept."""
    choices = {name: draw(_or_unknown(st.sampled_from(c))) for name, c in CHOICES.items()}
    flags = {name: draw(_or_unknown(st.booleans())) for name in FLAGS}
    weighted = st.sampled_from([*["negative"] * 8, *GeneStatus])
    statuses = {gene: draw(st.none() | weighted) for gene in GENES}
    variants = draw(st.frozensets(st.sampled_from(EgfrVariant), max_size=3))
    return Patient(
        **choices,  # type: ignore[arg-type]
        **flags,  # type: ignore[arg-type]
        ecog_ps=draw(_or_unknown(st.integers(0, 4))),  # type: ignore[arg-type]
        age=draw(_or_unknown(st.integers(18, 110))),  # type: ignore[arg-type]
        pdl1_tps=draw(_or_unknown(st.floats(0, 100))),  # type: ignore[arg-type]
        pdl1_ic=draw(_or_unknown(st.floats(0, 100))),  # type: ignore[arg-type]
        biomarkers=tuple(GeneResult(g, GeneStatus(s)) for g, s in statuses.items() if s),
        egfr_variants=variants if statuses["egfr"] == "positive" else frozenset(),
    )


@settings(max_examples=500, deadline=None)
@given(patients(), st.sampled_from([LATE, EARLY]))
def test_any_record_is_safe(patient: Patient, table: RuleTable) -> None:
    check(table, patient)


@settings(max_examples=500, deadline=None)
@given(patients(), st.sampled_from([LATE, EARLY]))
def test_any_placed_record_is_safe(patient: Patient, table: RuleTable) -> None:
    """The same, with the facts that most random records lack."""
    placed = replace(
        patient,
        stage_scope=CHOICES["stage_scope"]("stage_IV"),
        prior_systemic_for_advanced=False,
        histology=patient.histology or CHOICES["histology"]("adenocarcinoma"),
        ecog_ps=patient.ecog_ps if patient.ecog_ps is not None else 1,
        biomarkers=tuple(
            GeneResult(gene, patient.gene(gene))
            if any(r.gene == gene for r in patient.biomarkers)
            else GeneResult(gene, GeneStatus.NEGATIVE)
            for gene in GENES
        ),
    )
    check(table, placed)


@settings(max_examples=300, deadline=None)
@given(patients(), st.sampled_from(["platinum_ok", "bevacizumab_ok", "pemetrexed_ok"]))
def test_what_filters_options_never_changes_the_node(patient: Patient, field: str) -> None:
    ends = {end_of(LATE, replace(patient, **{field: value})).id for value in (None, True, False)}
    assert len(ends) == 1

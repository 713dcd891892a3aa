"""What is not recorded is never a fact: it is listed where the answer depends on it.

Soundness by trying: a field without a record that is not listed can take any value, and neither the
node nor the options change.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dss_core.decision.decide import decide
from dss_core.decision.missing import changes
from dss_core.decision.not_recorded import not_recorded
from dss_core.decision.pathway import OUTSIDE_SCOPE, ImagingScores, imaging_result, published
from dss_core.decision.pathway_engine import Route, route
from dss_core.decision.patient import (
    CHOICES,
    FLAGS,
    EgfrVariant,
    GeneResult,
    GeneStatus,
    Patient,
    Pdl1Assay,
)
from dss_core.decision.patient_file import PatientFile, patient_from_json, patient_schema
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.rule_table import RuleTable
from dss_core.records import Task
from tests.decision_case import GENES, read
from tests.property.test_decision_safety import patients

LATE, EARLY = guideline_rules().tables
HIGH = ImagingScores(published(Task.EGFR, 0.9), published(Task.PDL1, 0.1))
NUMBERS: dict[str, tuple[Any, ...]] = {
    "ecog_ps": (0, 2, 3, 4),
    "age": (30, 70),
    "pdl1_tps": (0.0, 20.0, 80.0),
    "pdl1_ic": (0.0, 20.0),
}


def _answer(found: Route) -> tuple[str, list[str], list[str]]:
    return (
        found.node.id,
        [option.regimen.id for option in found.preferred],
        [option.regimen.id for option in found.other],
    )


def _values(patient: Patient) -> dict[str, list[Patient]]:
    """Every field without a record, with the records that its values would make."""
    tried: dict[str, list[Patient]] = {}
    plain = {**{n: tuple(c) for n, c in CHOICES.items()}, **dict.fromkeys(FLAGS, (True, False))}
    for field, values in {**plain, **NUMBERS}.items():
        if getattr(patient, field) is None:
            tried[field] = [replace(patient, **{field: value}) for value in values]
    for gene in GENES:
        if patient.gene(gene) is GeneStatus.NOT_RECORDED:
            others = tuple(result for result in patient.biomarkers if result.gene != gene)
            tried[f"biomarkers.{gene}"] = [
                replace(patient, biomarkers=(*others, GeneResult(gene, status)))
                for status in GeneStatus
            ]
    if patient.gene("egfr") is GeneStatus.POSITIVE and not patient.egfr_variants:
        tried["egfr_variants"] = [
            replace(patient, egfr_variants=frozenset({variant})) for variant in EgfrVariant
        ]
    return tried


def _check(table: RuleTable, patient: Patient) -> None:
    found = route(table, patient)
    listed = not_recorded(found, patient)
    tried = _values(patient)
    assert set(listed) <= set(tried)
    for field, records in tried.items():
        if field not in listed:
            for record in records:
                assert _answer(route(table, record)) == _answer(found), (field, record)
    alone = {change.field for change in changes(table, patient)}
    if patient.pdl1_assay is Pdl1Assay.SP142:  # its TPS would be that of a further, other assay
        alone -= {"pdl1_tps"}
    assert alone & set(tried) <= set(listed)


@settings(max_examples=150, deadline=None)
@given(patients(), st.sampled_from([LATE, EARLY]))
def test_an_unlisted_unknown_changes_nothing(patient: Patient, table: RuleTable) -> None:
    _check(table, patient)


@settings(max_examples=250, deadline=None)
@given(patients(), st.sampled_from([LATE, EARLY]), st.booleans())
def test_an_unlisted_unknown_changes_nothing_once_placed(
    patient: Patient, table: RuleTable, negative: bool
) -> None:
    """The same deeper down the route, where most random records do not come."""
    placed = replace(
        patient,
        stage_scope=CHOICES["stage_scope"]("stage_IV"),
        prior_systemic_for_advanced=False,
        histology=patient.histology or CHOICES["histology"]("adenocarcinoma"),
        ecog_ps=patient.ecog_ps if patient.ecog_ps is not None else 1,
    )
    if negative:
        genes = tuple(GeneResult(gene, GeneStatus.NEGATIVE) for gene in GENES)
        placed = replace(placed, biomarkers=genes, egfr_variants=frozenset())
    _check(table, placed)


def test_an_empty_record_lists_what_it_takes_to_place_the_patient() -> None:
    made = decide(patient_from_json({}, guideline_rules()))
    assert made.guideline.node.id == "G0"
    assert made.not_recorded == (
        "stage_scope",
        "prior_systemic_for_advanced",
        "histology",
        "ecog_ps",
    )


def test_what_is_recorded_is_not_listed() -> None:
    assert decide(read(stage_scope="other", ecog_ps=None)).not_recorded == ()
    whole = read(pdl1_tps=75, pdl1_assay="22C3", platinum_ok=True, bevacizumab_ok=True,
                 pemetrexed_ok=True)  # fmt: skip
    assert decide(whole).not_recorded == ()


@settings(max_examples=300, deadline=None)
@given(patients())
def test_both_pathways_have_one_scope(patient: Patient) -> None:
    """Definitely outside for the guideline is outside for imaging, and besides only PS 4 is."""
    outside = (
        "other" in (patient.stage_scope, patient.histology)
        or patient.prior_systemic_for_advanced is True
    )
    guideline = route(LATE, patient)
    assert ("outside_pathway" in _answer(guideline)[1]) == outside
    imaging = imaging_result(HIGH, patient)
    assert (imaging.recommendation == OUTSIDE_SCOPE) == (outside or patient.ecog_ps == 4)
    made = decide(PatientFile(patient), HIGH)
    if imaging.recommendation == OUTSIDE_SCOPE:
        assert made.comparison.agreement == "not_comparable"
        assert made.imaging.reasons[0].startswith("Outside scope")


def test_every_number_of_the_patient_file_has_a_range() -> None:
    properties = patient_schema(guideline_rules())["properties"]
    ranges = {}
    for name, about in properties.items():
        for kind in about.get("anyOf", [about]):
            if kind.get("type") in ("integer", "number"):
                ranges[name] = (kind["minimum"], kind["maximum"])
    assert ranges == {
        "ecog_ps": (0, 4),
        "age": (18, 110),
        "pdl1_tps": (0, 100),
        "pdl1_ic": (0, 100),
        "egfr_dls": (0, 1),
        "pdl1_dls": (0, 1),
    }

"""Shared pieces of the decision tests: the default patient, and the guideline restated by hand."""

from dataclasses import replace
from typing import Any

from dss_core.decision.pathway_engine import Route, route
from dss_core.decision.patient import EgfrVariant, Patient
from dss_core.decision.patient_file import PatientFile, patient_from_json
from dss_core.decision.rule_set import guideline_rules

GENES = ("egfr", "alk", "ros1", "braf_v600e", "ntrk", "met_ex14", "ret")
ICI = ("pembrolizumab", "atezolizumab", "nivolumab", "ipilimumab", "driver_negative_regimen")
"""Every name of the vocabulary with immunotherapy in it contains one of these."""


def record(**changes: Any) -> dict[str, Any]:
    """The default patient of the test vectors as JSON, with changes; genes by their own names."""
    genes = {gene: changes.pop(gene, "negative") for gene in GENES}
    return {
        "guideline_snapshot": "2020_late",
        "stage_scope": "stage_IV",
        "prior_systemic_for_advanced": False,
        "histology": "adenocarcinoma",
        "ecog_ps": 1,
        "smoking": "smoker",
        "age": 65,
        "biomarkers": genes,
        "pdl1_status": "resulted",
        "pdl1_tps": 0,
        "ici_contraindication": "none",
        "can_wait_for_results": True,
        "rebiopsy_or_plasma_feasible": True,
        **changes,
    }


def all_genes(status: str) -> dict[str, str]:
    """Every gene with one status, as changes for `record`."""
    return dict.fromkeys(GENES, status)


def read(**changes: Any) -> PatientFile:
    """The default patient with changes, read as a patient file."""
    return patient_from_json(record(**changes), guideline_rules())


def route_of(**changes: Any) -> Route:
    """The guideline routed by the default patient with changes."""
    file = read(**changes)
    return route(guideline_rules().table(file.snapshot), file.patient)


def names(route: Route) -> list[str]:
    """Every option offered."""
    return [option.regimen.id for option in (*route.preferred, *route.other)]


def without(patient: Patient, field: str) -> Patient:
    """The record with one field not recorded."""
    empty: Any = {"biomarkers": (), "egfr_variants": frozenset()}.get(field)
    return replace(patient, **{field: empty})


def expected_node(snapshot: str, patient: Patient) -> str:
    """The guideline restated in plain Python, apart from the rule table: the node it must reach.

    Written from the ordered description of the pathway, not from the data files, so that a slip
    in either shows as a difference.
    """
    counted = GENES if snapshot == "2020_late" else GENES[:5]
    status = {gene: patient.gene(gene) for gene in counted}
    ps = patient.ecog_ps
    placed = None not in (
        patient.stage_scope,
        patient.prior_systemic_for_advanced,
        patient.histology,
        ps,
    )
    outside = "other" in (patient.stage_scope, patient.histology)
    if not placed or outside or patient.prior_systemic_for_advanced:
        return "G0"
    assert ps is not None
    poor = ps >= 3
    positive = [gene for gene in counted if status[gene] == "positive"]
    if len(positive) > 1:
        return "MDT"
    if positive:
        return (
            _driver_node(positive[0], patient.egfr_variants)
            if not poor
            else _poor_node(positive[0], patient.egfr_variants)
        )
    squamous = patient.histology == "squamous"
    triggered = (
        patient.smoking in (None, "never", "light_former")
        or (patient.age is not None and patient.age < 50)
        or patient.small_or_mixed_specimen is True
    )
    missing = [value for value in status.values() if value != "negative"]
    if ("pending" in missing) or (missing and (triggered or not squamous)):
        unobtainable = set(missing) <= {"insufficient", "failed"}
        if not (unobtainable and patient.rebiopsy_or_plasma_feasible is False):
            if patient.can_wait_for_results is not False:
                return "M0"
            only_ntrk = all(status[gene] == "negative" for gene in counted if gene != "ntrk")
            if poor or not only_ntrk:
                return "M1p" if poor else "M1"
    if poor:
        return "BSC"
    if patient.ici_contraindication is None:
        return "C0"
    side = "SQ" if squamous else "NS"
    if patient.ici_contraindication != "none":
        return f"{side}-P2C" if ps == 2 else f"{side}-C"
    if patient.pdl1_status == "pending" and patient.can_wait_for_results is not False:
        return "P0"
    tps = patient.pdl1_tps
    if patient.pdl1_status != "resulted" or patient.pdl1_assay == "SP142":
        tps = None
    if ps == 2:
        return f"{side}-P2+" if tps is not None and tps >= 1 else f"{side}-P2-"
    if tps is None:
        return f"{side}U"
    return f"{side}50" if tps >= 50 else f"{side}1" if tps >= 1 else f"{side}0"


def _driver_node(gene: str, variants: frozenset[EgfrVariant]) -> str:
    if gene != "egfr":
        return dict(zip(GENES[1:], ("A1", "R1", "B1", "N1", "X1", "RT1"), strict=True))[gene]
    if variants & {"ex19del", "L858R"}:
        return "E1"
    if variants & {"S768I", "L861Q", "G719X"}:
        return "E2"
    return "E3" if "ex20ins" in variants else "E4"


def _poor_node(gene: str, variants: frozenset[EgfrVariant]) -> str:
    node = _driver_node(gene, variants)
    return node if node == "E4" else f"{node}p"

"""A case as a FHIR bundle: valid by others and by ourselves, its numbers, and what is refused."""

import base64
import hashlib
import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle as R4Bundle

from dss_core.case.record import LOCAL_USER, Action, CaseRecord, Event
from dss_core.decision.assessment import Opinion
from dss_core.exports.board_document import CaseDocument
from dss_core.exports.fhir.case_bundle import case_bundle
from dss_core.exports.fhir.resources import bundle_from_json
from dss_core.records import Task
from tests.dicom_objects import PDF, SOURCE_TAGS, Source, record_named, written_source
from tests.fhir_bundles import (
    LATER,
    MARKUP,
    SIGNER,
    STUDY,
    assessed,
    bundle_of,
    errors_by_node,
    every_kind,
    resources,
    source_named,
    values_of,
    with_markup,
)

RECORD = record_named("egfr-high")


def codes_of(value: Any) -> list[dict[str, str]]:
    """Every coding inside a JSON value."""
    if isinstance(value, list):
        return [found for inner in value for found in codes_of(inner)]
    if not isinstance(value, dict):
        return []
    own = [value] if {"system", "code"} <= value.keys() and "value" not in value else []
    return own + [found for inner in value.values() for found in codes_of(inner)]


def scored_by_code(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Observations by the code of the score; measures by their text."""
    return {
        one["code"].get("text", one["code"]["coding"][0]["code"]): one
        for one in resources(bundle, "Observation")
    }


def test_bundles_of_every_kind_of_case_are_valid_by_two_validators_and_our_own_check() -> None:
    made = every_kind()
    written = {name: bundle.to_json() for name, bundle in made.items()}
    wrong = json.loads(written["scored"])
    resources(wrong, "DiagnosticReport")[0]["status"] = "done"
    del resources(wrong, "Observation")[0]["code"]
    found = errors_by_node({n: json.loads(c) for n, c in written.items()} | {"wrong": wrong})
    assert len(found.pop("wrong")) >= 2, "the validator finds nothing"
    for name, content in written.items():
        assert found[name] == [], name
        read = R4Bundle.model_validate_json(content)
        kinds = [entry.resource.get_resource_type() for entry in read.entry]
        assert kinds.count("DiagnosticReport") == 1 and kinds.count("Observation") == 12, name
        assert bundle_from_json(content) == made[name]
        assert bundle_from_json(content).to_json() == content
        assert "NaN" not in content.decode() and "Infinity" not in content.decode()


@pytest.mark.parametrize("name", ["egfr-high", "indeterminate"])
def test_every_number_is_that_of_the_result_to_the_last_bit(name: str) -> None:
    record = record_named(name)
    result: Any = record.result
    found = scored_by_code(values_of(bundle_of(record)))
    for task, code in ((Task.EGFR, "EGFR-DLS"), (Task.PDL1, "PDL1-DLS")):
        expected, one = result[task], found[code]
        assert one["valueQuantity"] == {
            "value": expected["dls"],
            "unit": "1",
            "system": "http://unitsofmeasure.org",
            "code": "1",
        }
        parts = {
            p["code"]["coding"][0]["code"].removeprefix(f"{code}-"): p for p in one["component"]
        }
        numbers = {k: p["valueQuantity"]["value"] for k, p in parts.items() if "valueQuantity" in p}
        low, high = expected["interval"]
        assert numbers == {
            "LOW": low,
            "HIGH": high,
            "LEVEL": expected["interval_level"],
            "CUTOFF": expected["cutoff"],
        }
        group = {"high": "HIGH", "low": "LOW", "between": "INDETERMINATE"}[expected["group"]]
        assert parts["GROUP"]["valueCodeableConcept"]["coding"][0]["code"] == group
        assert parts["ORIGIN"]["valueString"] == expected["cutoff_origin"]
        assert [n["text"] for n in one["note"]] == [w["message"] for w in result["warnings"]]
    measures = {
        "Volume of the region": ("volume_ml", "mL"),
        "Longest diameter in 3D": ("diameter_3d_mm", "mm"),
        "Longest axial diameter": ("diameter_axial_mm", "mm"),
        "Mean CT number": ("hu_mean", "[hnsf'U]"),
        "SUVmax": ("suv_max", "g/mL{SUVbw}"),
        "SUVpeak": ("suv_peak", "g/mL{SUVbw}"),
        "SUVmean": ("suv_mean", "g/mL{SUVbw}"),
        "Metabolic tumour volume": ("mtv_ml", "mL"),
        "SUV threshold of the metabolic tumour volume": ("mtv_threshold_suv", "g/mL{SUVbw}"),
        "Total lesion glycolysis": ("tlg_g", "g"),
    }
    for text, (key, unit) in measures.items():
        quantity = found[text]["valueQuantity"]
        assert (quantity["value"], quantity["code"]) == (result["measures"][key], unit)


def test_withheld_score_has_no_value_but_its_reason() -> None:
    found = scored_by_code(values_of(bundle_of(with_markup())))
    for code in ("EGFR-DLS", "PDL1-DLS"):
        assert not any(name.startswith("value") for name in found[code])
        (absent,) = found[code]["dataAbsentReason"]["coding"]
        assert absent["code"] == "not-performed"
        assert found[code]["note"][0]["text"] == MARKUP
        (group,) = found[code]["component"]
        assert group["valueCodeableConcept"]["coding"][0]["code"] == "WITHHELD"
    assert found["SUVmax"]["valueQuantity"]["value"] > 0.0


def test_report_holds_the_notice_and_the_document_and_names_its_weights() -> None:
    bundle = values_of(bundle_of(RECORD))
    (report,) = resources(bundle, "DiagnosticReport")
    assert report["conclusion"] == "Research use only. Not a medical device."
    (document,) = report["presentedForm"]
    assert base64.b64decode(document["data"]) == PDF and document["size"] == len(PDF)
    assert base64.b64decode(document["hash"]) == hashlib.sha1(PDF).digest()
    (device,) = resources(bundle, "Device")
    said = {version["value"] for version in device["version"]}
    assert {RECORD.result["weights_id"], RECORD.result["weights_sha256"]} <= said
    methods = [o["method"]["text"] for o in resources(bundle, "Observation")[:2]]
    assert all(str(RECORD.result["input_digest"]) in text for text in methods)


def test_score_borrows_no_code_of_a_gene_a_protein_or_a_laboratory() -> None:
    for bundle in every_kind().values():
        found = codes_of(values_of(bundle))
        loinc = {c["code"] for c in found if c["system"] == "http://loinc.org"}
        assert loinc == {"18748-4", "44136-0", "25045-6"}
        for code in found:
            assert "geno" not in code["system"].lower()
            assert "mutation" not in code.get("display", "").lower()
            assert "expression" not in code.get("display", "").lower()


def test_report_is_final_only_with_a_signature_of_what_it_says() -> None:
    signed = assessed(RECORD)
    bundle = values_of(bundle_of(signed))
    (report,) = resources(bundle, "DiagnosticReport")
    assert report["status"] == "final"
    assert report["resultsInterpreter"] == [{"display": SIGNER}]
    assert report["issued"] == (RECORD.created + LATER).isoformat(timespec="milliseconds")
    assert {o["status"] for o in resources(bundle, "Observation")} == {"final"}
    at = RECORD.created + 2 * LATER
    unsigned = {
        "nobody": RECORD,
        "local user": assessed(RECORD, LOCAL_USER),
        "not usable": assessed(RECORD, opinion=Opinion.NOT_USABLE),
        "tried out": assessed(RECORD, what_if=True),
        "earlier answer": assessed(RECORD, node="elsewhere"),
        "facts changed": signed.after(Event(at, Action.FACTS_CHANGED, SIGNER)),
        "scored again": signed.after(Event(at, Action.RESCORED, SIGNER)),
        "imported": signed.after(Event(at, Action.IMPORTED, SIGNER)),
    }
    for name, record in unsigned.items():
        bundle = values_of(bundle_of(record))
        (report,) = resources(bundle, "DiagnosticReport")
        assert report["status"] == "preliminary" and "resultsInterpreter" not in report, name
        assert {o["status"] for o in resources(bundle, "Observation")} == {"preliminary"}
    renamed = signed.after(Event(at, Action.RENAMED, SIGNER))
    assert resources(values_of(bundle_of(renamed)), "DiagnosticReport")[0]["status"] == "final"


def test_patient_and_study_are_those_of_the_source_or_nobodys(tmp_path: Any) -> None:
    source: Source = written_source(tmp_path)
    case = source.case(RECORD)
    made = case_bundle(RECORD, case.patient, CaseDocument(PDF), series=(case.ct, case.pet))
    bundle = values_of(made)
    (patient,), (study,) = resources(bundle, "Patient"), resources(bundle, "ImagingStudy")
    assert patient["name"] == [
        {"family": "Wang", "given": ["XiaoDong"]},
        {"family": "王", "given": ["小东"]},
    ]
    assert patient["identifier"] == [{"value": "00123", "assigner": {"display": "Hospital A"}}]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1951-02-03")
    uid, accession = study["identifier"]
    assert uid == {"system": "urn:dicom:uid", "value": f"urn:oid:{case.ct.study_uid}"}
    assert accession["value"] == SOURCE_TAGS["AccessionNumber"]
    assert (study["started"], study["description"]) == ("2020-01-01", "PET/CT")
    assert [s["uid"] for s in study["series"]] == [case.ct.series_uid, case.pet.series_uid]
    assert errors_by_node({"source": bundle}) == {"source": []}

    nobody = values_of(bundle_of(RECORD))
    (patient,), (study,) = resources(nobody, "Patient"), resources(nobody, "ImagingStudy")
    assert set(patient) == {"resourceType", "id"}
    assert case.ct.study_uid not in json.dumps(nobody) and "started" not in study
    outside = values_of(bundle_of(RECORD, source_named(), "Patient/00-1"))
    assert resources(outside, "Patient") == [] and STUDY in json.dumps(outside)
    assert "王" not in json.dumps(outside, ensure_ascii=False)
    for kind in ("DiagnosticReport", "Observation", "ImagingStudy"):
        for one in resources(outside, kind):
            assert one["subject"]["reference"] == "Patient/00-1"


def test_identifiers_follow_from_the_content_and_not_from_the_clock() -> None:
    def ids(record: CaseRecord) -> dict[str, list[str]]:
        bundle = values_of(bundle_of(record))
        kinds = ("DiagnosticReport", "Observation", "Device", "ImagingStudy", "Patient")
        return {kind: [one["id"] for one in resources(bundle, kind)] for kind in kinds}

    first = ids(RECORD)
    assert bundle_of(RECORD).to_json() == bundle_of(RECORD).to_json()
    assert ids(RECORD.model_copy(update={"created": RECORD.created + LATER})) == first
    other = ids(record_named("both-low"))
    assert other["Device"] == first["Device"]
    for kind in ("DiagnosticReport", "Observation", "ImagingStudy", "Patient"):
        assert set(other[kind]).isdisjoint(first[kind])
    assert set(ids(assessed(RECORD))["Observation"]).isdisjoint(first["Observation"])

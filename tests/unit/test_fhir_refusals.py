"""What is refused before a FHIR bundle is written: codes, references, numbers, documents."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dss_core.case.record import CaseRecord
from dss_core.errors import InputError
from dss_core.exports.board_document import CaseDocument
from dss_core.exports.fhir.case_bundle import case_bundle
from dss_core.exports.fhir.resources import bundle_from_json
from dss_core.reading.patient_and_study import of_nobody
from tests.dicom_objects import PDF, record_named, written_source
from tests.fhir_bundles import bundle_of, resources, source_named, values_of

RECORD = record_named("egfr-high")
Change = Callable[[dict[str, Any]], object]


def _first(kind: str, **changes: Any) -> Change:
    return lambda bundle: resources(bundle, kind)[0].update(changes)


def _renamed(new: str) -> Change:
    def change(bundle: dict[str, Any]) -> None:
        entry = bundle["entry"][2]
        entry["resource"]["id"], entry["fullUrl"] = new, f"urn:uuid:{new}"

    return change


_ELSEWHERE = "urn:uuid:00000000-0000-4000-8000-000000000000"
_ABSENT = {"text": "Withheld"}
_GENE = {"coding": [{"system": "http://www.genenames.org", "code": "HGNC:3236"}]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_first("DiagnosticReport", status="done"), "status: expected 'preliminary' or 'final'"),
        (_first("Observation", status="ok"), "status: expected 'preliminary' or 'final'"),
        (_first("DiagnosticReport", status="final"), "expected status final with who signed"),
        (_first("Patient", gender="M"), "gender: expected 'male', 'female'"),
        (_first("Patient", birthDate="19510203"), "birthDate: expected text of the form"),
        (_first("Patient", photo=[]), "photo: unknown field"),
        (_first("Observation", dataAbsentReason=_ABSENT), "either valueQuantity or dataAbsent"),
        (_first("Observation", code=_GENE), "expected a known code system"),
        (_first("Observation", code=None), "code: expected an object"),
        (_first("Observation", device={"reference": _ELSEWHERE, "type": "Device"}),
         f"Observation refers to Device {_ELSEWHERE}, which is not in the bundle"),
        (_first("DiagnosticReport", result=[{"reference": _ELSEWHERE, "type": "Observation"}]),
         "DiagnosticReport refers to Observation"),
        (_first("DiagnosticReport", subject={"reference": "Patient/a_b"}), "text of the form"),
        (_first("DiagnosticReport", presentedForm=[]), "expected a list of at least 1"),
        (_renamed("a_b"), "id: expected text of the form"),
        (_renamed("a" * 65), "id: expected text of the form"),
        (lambda bundle: bundle["entry"].append(bundle["entry"][0]), "every fullUrl once"),
        (lambda bundle: bundle.update(type="batch"), "type: expected 'collection'"),
    ],
)  # fmt: skip
def test_bundle_that_does_not_hold_is_refused(change: Change, sentence: str) -> None:
    bundle = values_of(bundle_of(RECORD))
    change(bundle)
    with pytest.raises(InputError, match="The FHIR bundle cannot be used") as refusal:
        bundle_from_json(json.dumps(bundle).encode())
    assert sentence in str(refusal.value) and "\n" not in str(refusal.value)


def _result(**changes: Any) -> CaseRecord:
    return RECORD.model_copy(update={"result": {**RECORD.result, **changes}})


@pytest.mark.parametrize(
    ("record", "pdf", "subject", "sentence"),
    [
        (_result(measures={**RECORD.result["measures"], "suv_max": float("nan")}), PDF, "",
         "expected a finite number, found nan"),
        (_result(egfr={**RECORD.result["egfr"], "dls": float("inf")}), PDF, "",
         "expected a finite number, found inf"),
        (_result(roi={**RECORD.result["roi"], "volume_ml": 0.0}), PDF, "", "has no volume"),
        (RECORD.model_copy(update={"result": {}}), PDF, "", "The kept result cannot be used"),
        (RECORD, b"GIF89a", "", "The report is no whole PDF"),
        (RECORD, b"", "", "The report is no whole PDF"),
        (RECORD, PDF, "Practitioner/1", "a FHIR reference to a patient was expected"),
        (RECORD, PDF, "Patient/a_b", "a FHIR reference to a patient was expected"),
        (RECORD, PDF, "Patient/" + "a" * 65, "a FHIR reference to a patient was expected"),
        (RECORD, PDF, "urn:uuid:" + "0" * 36, "a FHIR reference to a patient was expected"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(
    record: CaseRecord, pdf: bytes, subject: str, sentence: str
) -> None:
    nobody = of_nobody("images")
    with pytest.raises(InputError) as refusal:
        case_bundle(record, nobody, CaseDocument(pdf), subject=subject)
    assert sentence in str(refusal.value) and "\n" not in str(refusal.value)


def test_source_of_two_studies_is_refused_and_nobodys_case_is_not(tmp_path: Path) -> None:
    source = written_source(tmp_path)
    source.set(source.files.pet, StudyInstanceUID="1.2.840.99999.8.2")
    case = source.case(RECORD)
    with pytest.raises(InputError, match="CT and PET are of different studies"):
        case_bundle(RECORD, case.patient, CaseDocument(PDF), series=(case.ct, case.pet))
    assert bundle_of(RECORD).entry


@pytest.mark.parametrize(
    ("keyword", "date", "shown"),
    [
        ("PatientBirthDate", "1951.02.03", "a text of 10 characters"),
        ("PatientBirthDate", "1951", "a text of 4 characters"),
        ("StudyDate", "20200231", "'20200231'"),
    ],
)
def test_date_that_is_none_is_refused_and_that_of_birth_not_told(
    keyword: str, date: str, shown: str
) -> None:
    with pytest.raises(InputError, match=rf"{keyword} \(00..,00..\) is {shown}; YYYYMMDD"):
        bundle_of(RECORD, source_named(**{keyword: date}))

"""Bundles of demo patients' records, and what validators that others wrote say of them."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dss_core.case.record import Action, CaseRecord, Event
from dss_core.decision.assessment import Assessment, Opinion
from dss_core.exports.board_document import CaseDocument
from dss_core.exports.fhir.case_bundle import case_bundle
from dss_core.exports.fhir.resources import Bundle
from dss_core.exports.recorded_decision import recorded_decision
from dss_core.reading.patient_and_study import PatientAndStudy, of_nobody, of_source
from tests.dicom_objects import PDF, SOURCE_TAGS, record_named

ROOT = Path(__file__).resolve().parents[1]
MARKUP = "<b>&amp;\"'</b> ${x} `y` \\n"
STUDY = "1.2.840.99999.7.1"
SIGNER = "a.meyer"
LATER = timedelta(hours=2)


def bundle_of(
    record: CaseRecord, source: PatientAndStudy | None = None, subject: str = ""
) -> Bundle:
    """The bundle, of nobody unless a source is given."""
    whose = source or of_nobody(record.source.images_digest)
    return case_bundle(record, whose, CaseDocument(PDF), subject=subject)


def values_of(bundle: Bundle) -> dict[str, Any]:
    """What is written, read as JSON."""
    return json.loads(bundle.to_json())


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of a kind."""
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def source_named(**tags: str) -> PatientAndStudy:
    """Patient and study of an image with these tags."""
    header = Dataset()
    header.SpecificCharacterSet, header.StudyInstanceUID = "ISO_IR 192", STUDY
    for keyword, value in (SOURCE_TAGS | tags).items():
        setattr(header, keyword, value)
    return of_source(header)


def assessed(
    record: CaseRecord, who: str = SIGNER, opinion: Opinion = Opinion.ACCEPT, **changes: Any
) -> CaseRecord:
    """The record with an assessment of its answer."""
    decision: Any = recorded_decision(record)
    at: datetime = record.created + LATER
    given = Assessment(
        opinion,
        "As seen by the board.",
        at,
        decision["guideline"]["snapshot"],
        decision["guideline"]["node"],
        decision["imaging"]["recommendation"],
        decision["agreement"],
        str(record.result["weights_id"]),
        False,
    )
    verdict = replace(given, **changes).to_json()
    return record.after(Event(at, Action.ASSESSED, who), verdicts=(verdict,))


def with_markup() -> CaseRecord:
    """A withheld case whose texts look like markup."""
    record = record_named("withheld")
    withheld: Any = record.result["withheld"]
    warnings = [{"code": "demo_weights", "message": MARKUP}]
    changed = {"withheld": withheld | {"reason": MARKUP}, "warnings": warnings}
    return record.model_copy(update={"result": record.result | changed, "label": MARKUP})


def every_kind() -> dict[str, Bundle]:
    """One bundle for each kind of case."""
    scored = record_named("egfr-high")
    names = {"PatientName": "Wang^XiaoDong=王^小东", "StudyDescription": "胸部"}
    marked = {"PatientName": f"{MARKUP}^<i>", "IssuerOfPatientID": MARKUP}
    return {
        "scored": bundle_of(scored),
        "withheld": bundle_of(record_named("withheld")),
        "indeterminate": bundle_of(record_named("indeterminate")),
        "signed": bundle_of(assessed(scored)),
        "no facts": bundle_of(scored.model_copy(update={"patient": {}, "decision": None})),
        "Chinese": bundle_of(scored, source_named(**names)),
        "markup": bundle_of(with_markup(), source_named(**marked)),
        "outside": bundle_of(scored, subject="https://server/fhir/Patient/a-1.b"),
    }


def errors_by_node(bundles: dict[str, Any]) -> dict[str, list[str]]:
    """What the npm package `fhir` calls an error, for each bundle."""
    if shutil.which("node") is None or not (ROOT / "node_modules" / "fhir").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have node and the package fhir (make check-javascript)")
        pytest.skip("node or its package fhir is not installed (make check-javascript)")
    done = subprocess.run(
        ["node", ROOT / "tests" / "javascript" / "validate_fhir.js"],
        input=json.dumps(bundles),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return {
        name: [f"{m['location']}: {m['message']}" for m in said if m["severity"] == "error"]
        for name, said in json.loads(done.stdout).items()
    }

"""A scored case as one FHIR R4 bundle: report, scores, measures, study, device, patient.

The identifier of a resource follows from its content, so that the same content is the same
resource; dates are those of the record and no part of it.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import TypeVar

from pydantic import ValidationError
from pydicom.sr.coding import Code

from dss_core.case.case_result import CaseResult
from dss_core.case.record import CaseRecord
from dss_core.case.report import result_from_json
from dss_core.errors import InputError
from dss_core.exports.board_document import CaseDocument
from dss_core.exports.check_pdf import check_pdf
from dss_core.exports.dicom import codes
from dss_core.exports.fhir.datatypes import (
    PATIENT,
    SECTION,
    Annotation,
    Attachment,
    Coding,
    Concept,
    Named,
    Reference,
    Subject,
)
from dss_core.exports.fhir.observations import Context, coding, observations
from dss_core.exports.fhir.patient_resource import patient_of, study_of
from dss_core.exports.fhir.resources import (
    Bundle,
    Device,
    DeviceName,
    DeviceVersion,
    DiagnosticReport,
    Entry,
    ImagingStudy,
    Observation,
    Patient,
)
from dss_core.exports.recorded_decision import signature
from dss_core.reading.derived_uid import derived_uuid
from dss_core.reading.new_dicom_object import MAKER
from dss_core.reading.patient_and_study import PatientAndStudy, of_nobody
from dss_core.reading.strict_json import refusal
from dss_core.regions.structure_set import ImageReferences

_RADIOLOGY = Coding(system=SECTION, code="RAD", display="Radiology")
_IMAGING_REPORT = Code("18748-4", "LN", "Diagnostic imaging study")
_DATES = {"id", "issued", "presented_form"}
Made = TypeVar("Made", Patient, Device, ImagingStudy, Observation, DiagnosticReport)


def case_bundle(
    record: CaseRecord,
    source: PatientAndStudy,
    document: CaseDocument,
    *,
    series: Sequence[ImageReferences] = (),
    subject: str = "",
) -> Bundle:
    """The bundle of a case.

    Parameters
    ----------
    record : CaseRecord
    source : PatientAndStudy
        Whose it is.
    document : Presented
    series : sequence of ImageReferences
        CT and PET where they are named by their own identifiers.
    subject : str
        Reference to a patient who is described elsewhere, e.g. Patient/123; by default the bundle
        has a patient of its own.

    Raises
    ------
    InputError, DecisionError
        If the record has no result, a number is not finite, the region is empty, the document is
        no PDF, or the bundle would not hold.
    """
    result = result_from_json(record.result)
    if not result.roi.volume_ml > 0.0:
        raise InputError(
            f"The region of case {record.label!r} has no volume; a region with one or more voxels "
            "was expected. Draw it and score the case again."
        )
    check_pdf(document.pdf)
    if subject and not re.fullmatch(PATIENT, subject):
        raise InputError(
            f"--subject is {subject[:80]!r}; a FHIR reference to a patient was expected, e.g. "
            "Patient/123 or https://server/fhir/Patient/123, with an id of at most 64 letters, "
            "digits, - and points. Correct it."
        )
    try:
        return Bundle(entry=tuple(_entries(record, result, source, document, series, subject)))
    except ValidationError as fault:
        raise refusal(fault, "The FHIR bundle", InputError) from fault


def bundle_of_nobody(record: CaseRecord, document: CaseDocument, subject: str = "") -> Bundle:
    """The bundle of a case without identity: no header is asked for.

    The study is named after the digest of the images, as in the DICOM objects of a saved case.

    Raises
    ------
    InputError, DecisionError
        As `case_bundle`.
    """
    return case_bundle(record, of_nobody(record.source.images_digest), document, subject=subject)


def _entries(
    record: CaseRecord,
    result: CaseResult,
    source: PatientAndStudy,
    document: CaseDocument,
    series: Sequence[ImageReferences],
    outside: str,
) -> list[Entry]:
    """The report first, then what it refers to."""
    others: list[Entry] = []

    def put(made: Made, *content: str) -> Entry:
        others.append(_entry(made, *content))
        return others[-1]

    subject = Subject(reference=outside or put(patient_of(source), source.study_uid).full_url)
    device = Reference(reference=put(_device(result)).full_url, type="Device")
    study_entry = put(study_of(source, series, subject))
    study = Reference(reference=study_entry.full_url, type="ImagingStudy")
    signed = signature(record)
    issued = signed.at if signed else record.created
    context = Context(
        "final" if signed else "preliminary",
        subject,
        issued.isoformat(timespec="milliseconds"),
        device,
        study,
    )
    results = [put(one) for one in observations(result, context)]
    report = DiagnosticReport(
        status=context.status,
        category=(Concept(coding=(_RADIOLOGY,), text="Imaging"),),
        code=Concept(coding=(coding(codes.BOARD_REPORT), coding(_IMAGING_REPORT))),
        subject=subject,
        issued=context.issued,
        results_interpreter=(Named(display=signed.who),) if signed else None,
        result=tuple(Reference(reference=one.full_url, type="Observation") for one in results),
        imaging_study=(study,),
        conclusion=str(record.result["notice"]),
        presented_form=(_attachment(document.pdf, record),),
    )
    presented = document.content or hashlib.sha256(document.pdf).hexdigest()
    return [_entry(report, presented), *others]


def _entry(made: Made, *content: str) -> Entry:
    """A resource under the identifier that follows from it."""
    identifier = str(derived_uuid("fhir", made.model_dump_json(exclude=_DATES), *content))
    return Entry(
        full_url=f"urn:uuid:{identifier}", resource=made.model_copy(update={"id": identifier})
    )


def _device(result: CaseResult) -> Device:
    parts = [
        ("program", result.versions.get("dss_core", "unknown")),
        ("weights", result.weights_id),
        ("SHA-256 of the weights", result.weights_sha256),
    ]
    notes = ["Research use only. Not a medical device."]
    if result.demo_weights:
        notes.append("The weights were trained on simulated lesions only.")
    return Device(
        manufacturer=codes.ORGANISATION,
        device_name=(DeviceName(name=MAKER),),
        version=tuple(DeviceVersion(type=Concept(text=of), value=value) for of, value in parts),
        note=tuple(Annotation(text=note) for note in notes),
    )


def _attachment(pdf: bytes, record: CaseRecord) -> Attachment:
    digest = hashlib.sha1(pdf, usedforsecurity=False).digest()
    return Attachment(
        content_type="application/pdf",
        data=b64encode(pdf).decode(),
        size=len(pdf),
        hash=b64encode(digest).decode(),
        title=codes.BOARD_REPORT.meaning,
        creation=record.created.isoformat(timespec="milliseconds"),
    )

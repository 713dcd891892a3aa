"""Patient and study of a case as FHIR resources: those of the source, or nobody's.

References
----------
HL7 FHIR R4: ImagingStudy (mapping to DICOM), Patient; DICOM PS3.5 6.2.1 (person name).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydicom.sr.coding import Code

from dss_core.errors import InputError
from dss_core.exports.dicom import codes
from dss_core.exports.fhir.datatypes import (
    DICOM_UID,
    IDENTIFIER_TYPE,
    Coding,
    Concept,
    HumanName,
    Identifier,
    Named,
    Subject,
)
from dss_core.exports.fhir.observations import coding, concept
from dss_core.exports.fhir.resources import Gender, ImagingStudy, Patient, StudySeries
from dss_core.reading.patient_and_study import PatientAndStudy
from dss_core.reading.tags import tag_name
from dss_core.regions.structure_set import ImageReferences

_GENDERS: dict[str, Gender] = {"M": "male", "F": "female", "O": "other"}
_MODALITIES = (
    Code("CT", "DCM", "Computed Tomography"),
    Code("PT", "DCM", "Positron emission tomography"),
)
_WHO = ("PatientBirthDate",)
_ACCESSION = Coding(system=IDENTIFIER_TYPE, code="ACSN", display="Accession ID")


def patient_of(source: PatientAndStudy) -> Patient:
    """The patient; one without name, number and date where nothing was copied.

    Raises
    ------
    InputError
        If the date of birth is no date.
    """
    found = source.attributes
    number, issuer = _said(found, "PatientID"), _said(found, "IssuerOfPatientID")
    sex = _said(found, "PatientSex")
    return Patient(
        identifier=(Identifier(value=number, assigner=Named(display=issuer) if issuer else None),)
        if number
        else None,
        name=tuple(_names(_said(found, "PatientName"))) or None,
        gender=_GENDERS.get(sex, "unknown") if sex else None,
        birth_date=_date(found, "PatientBirthDate"),
    )


def study_of(
    source: PatientAndStudy, series: Sequence[ImageReferences], subject: Subject
) -> ImagingStudy:
    """The study.

    Parameters
    ----------
    source : PatientAndStudy
    series : sequence of ImageReferences
        CT and PET of the source; empty where the study is nobody's.
    subject : Subject

    Raises
    ------
    InputError
        If CT and PET are of two studies, or the date of the study is no date.
    """
    if len({images.study_uid for images in series}) > 1:
        raise InputError(
            f"CT and PET are of different studies ({tag_name('StudyInstanceUID')}); a FHIR bundle "
            "is of one. Write it without identity."
        )
    found = source.attributes
    identifiers = [Identifier(system=DICOM_UID, value=f"urn:oid:{source.study_uid}")]
    if accession := _said(found, "AccessionNumber"):
        identifiers.append(Identifier(type=Concept(coding=(_ACCESSION,)), value=accession))
    return ImagingStudy(
        identifier=tuple(identifiers),
        modality=tuple(coding(code) for code in _MODALITIES),
        subject=subject,
        started=_date(found, "StudyDate"),
        procedure_code=tuple(concept(code) for code in codes.PROCEDURES),
        description=_said(found, "StudyDescription") or None,
        series=tuple(
            StudySeries(
                uid=images.series_uid,
                modality=coding(code),
                number_of_instances=len({instance.uid for instance in images.instances}),
            )
            for images, code in zip(series, _MODALITIES, strict=False)
        )
        or None,
    )


def _said(attributes: Mapping[str, str], keyword: str) -> str:
    return attributes.get(keyword, "").strip()


def _date(attributes: Mapping[str, str], keyword: str) -> str | None:
    """A date as FHIR writes it; None where there is none."""
    found = _said(attributes, keyword)
    if not found:
        return None
    try:
        if len(found) != len("YYYYMMDD"):
            raise ValueError
        return datetime.strptime(found, "%Y%m%d").date().isoformat()
    except ValueError:  # no message says who it is, nor does the fault behind it
        value = f"a text of {len(found)} characters" if keyword in _WHO else repr(found[:40])
        raise InputError(
            f"{tag_name(keyword)} is {value}; YYYYMMDD was expected. Correct it at its "
            "source and export again, or write the bundle without identity."
        ) from None


def _names(name: str) -> list[HumanName]:
    """One name for each way of writing: alphabetic, ideographic, phonetic."""
    return [written for group in name.split("=") if (written := _written(group)) is not None]


def _written(group: str) -> HumanName | None:
    family, given, middle, prefix, suffix = (
        part.strip() for part in (group.split("^") + [""] * 5)[:5]
    )
    if not any((family, given, middle, prefix, suffix)):
        return None
    return HumanName(
        family=family or None,
        given=tuple(part for part in (given, middle) if part) or None,
        prefix=(prefix,) if prefix else None,
        suffix=(suffix,) if suffix else None,
    )

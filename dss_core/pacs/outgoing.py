"""Objects that go to a PACS: each is looked at before the first one is sent.

An object without patient or study, or one study under two patients, would be filed as somebody
else's: nothing of a pile with such an object is sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.pacs.archive import UID, StudyFound
from dss_core.reading.sources import Packed, Source
from dss_core.reading.tags import DAMAGED, shown, tag_name, text

_UIDS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
_TAGS = ["SpecificCharacterSet", *_UIDS, "PatientID", "IssuerOfPatientID"]


@dataclass(frozen=True)
class Outgoing:
    """An object that can be stored.

    Attributes
    ----------
    transfer_syntax : str
        How its file is written.
    """

    source: Source
    n_bytes: int
    sop_class: str
    sop_instance_uid: str
    study_uid: str
    transfer_syntax: str
    patient_id: str = field(repr=False)
    issuer: str = field(repr=False)


def outgoing(sources: Iterable[Source]) -> tuple[Outgoing, ...]:
    """Look at every object.

    Raises
    ------
    InputError
        If one is no DICOM file, has not what an archive files it by, or contradicts another.
    """
    objects = tuple(_looked_at(source) for source in sources)
    if not objects:
        raise InputError("There is nothing to send. Name DICOM files, or folders with them.")
    seen: set[str] = set()
    patients: dict[str, tuple[str, str]] = {}
    for each in objects:
        if each.sop_instance_uid in seen:
            raise InputError(
                f"Two files have the SOPInstanceUID {each.sop_instance_uid}; an archive keeps only "
                "one of them. Give it once."
            )
        seen.add(each.sop_instance_uid)
        whose = (each.patient_id, each.issuer)
        if patients.setdefault(each.study_uid, whose) != whose:
            raise InputError(
                "Files of one study name two patients (PatientID or IssuerOfPatientID), so an "
                "archive would file it twice. Correct them at their source."
            )
    return objects


def check_filed(objects: Iterable[Outgoing], found: Iterable[StudyFound]) -> None:
    """Refuse objects whose study an archive has under another patient.

    Raises
    ------
    InputError
    """
    filed = {study.study_uid: study for study in found}
    for each in objects:
        study = filed.get(each.study_uid)
        if study is None:
            continue
        other_issuer = each.issuer and study.issuer and each.issuer != study.issuer
        if study.patient_id != each.patient_id or other_issuer:
            raise InputError(
                "The PACS has this study under another patient (PatientID or IssuerOfPatientID) "
                "than the objects name, so it would be filed twice. Make them from its images."
            )


def _looked_at(source: Source) -> Outgoing:
    try:
        with source.open() as stream:
            header = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(_TAGS))
            syntax = str(header.file_meta.TransferSyntaxUID)
    except DAMAGED:
        raise InputError(f"{_name(source)} is no DICOM file. Leave it out.") from None
    for keyword in _UIDS:
        if not UID.fullmatch(text(header, keyword)):
            raise InputError(
                f"{_name(source)} has no usable {tag_name(keyword)}: {shown(header, keyword)}. "
                "Export it again."
            )
    if not text(header, "PatientID"):
        raise InputError(
            f"{_name(source)} has no {tag_name('PatientID')}, so an archive would file it under a "
            "patient of its own. Write it with --identity source."
        )
    return _outgoing(source, header, syntax)


def _outgoing(source: Source, header: Dataset, syntax: str) -> Outgoing:
    return Outgoing(
        source,
        _size(source),
        text(header, "SOPClassUID"),
        text(header, "SOPInstanceUID"),
        text(header, "StudyInstanceUID"),
        syntax,
        text(header, "PatientID"),
        text(header, "IssuerOfPatientID"),
    )


def _size(source: Source) -> int:
    if isinstance(source.content, Path):
        return source.content.stat().st_size
    return (
        source.content.entry.file_size
        if isinstance(source.content, Packed)
        else len(source.content)
    )


def _name(source: Source) -> str:
    return str(source.content) if isinstance(source.content, Path) else "An object"

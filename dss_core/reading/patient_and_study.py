"""Patient and study of a DICOM object that this program writes: those of its source, or nobody's.

An object carries patient and study of its source unchanged, or names no patient and lies in a
study of its own; nothing between. The source's StudyInstanceUID without its PatientID makes an
archive file one study under two patients.

References
----------
DICOM PS3.3 C.7.1.1 (patient), C.7.2.1 (general study), C.12.1.1.2 (character set); PS3.5 6.1.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID
from pydicom.valuerep import TEXT_VR_DELIMS, PersonName

from dss_core.errors import InputError
from dss_core.reading.derived_uid import derived_uid
from dss_core.reading.tags import DAMAGED, shown, tag_name, values

UTF8 = "ISO_IR 192"
_ALWAYS = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
_IF_THERE = ("IssuerOfPatientID", "StudyDescription", "TimezoneOffsetFromUTC")
_NAMES = ("PatientName", "ReferringPhysicianName")


class IdentityChoice(StrEnum):
    """Whose patient and study a DICOM object carries."""

    NONE = "none"
    SOURCE = "source"


@dataclass(frozen=True)
class PatientAndStudy:
    """Patient and study as an object carries them.

    Attributes
    ----------
    identity : IdentityChoice
    study_uid : str
        StudyInstanceUID.
    attributes : mapping of str to str
        Every other attribute by its keyword; empty where the standard wants it to be there
        without a value.
    """

    identity: IdentityChoice
    study_uid: str
    attributes: Mapping[str, str]

    def put_into(self, ds: Dataset) -> None:
        """Write them into an object, whose text is UTF-8 from then on."""
        ds.SpecificCharacterSet = UTF8
        ds.StudyInstanceUID = UID(self.study_uid)
        for keyword, value in self.attributes.items():
            setattr(ds, keyword, value)

    def local(self, moment: datetime) -> datetime:
        """A moment in the time zone of the object's times; this machine's where none is stated."""
        offset = self.attributes.get("TimezoneOffsetFromUTC", "").strip()
        if not offset:
            return moment.astimezone()
        try:
            return moment.astimezone(datetime.strptime(offset, "%z").tzinfo)
        except ValueError as fault:
            raise InputError(
                f"{tag_name('TimezoneOffsetFromUTC')} is {offset!r}; a sign with hours and "
                "minutes was expected, e.g. +0100. Correct it at its source and export again."
            ) from fault


def of_nobody(*source: str, patient_id: str = "") -> PatientAndStudy:
    """No patient, and a study that is no other program's: always the same for the same source.

    Parameters
    ----------
    *source : str
        What the object was made from, e.g. the StudyInstanceUID of its images.
    patient_id : str
        A pseudonym to write as PatientID.
    """
    attributes = dict.fromkeys(_ALWAYS, "") | {
        "PatientID": patient_id,
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "No attribute of patient or study was copied",
        "TimezoneOffsetFromUTC": "+0000",
    }
    return PatientAndStudy(
        IdentityChoice.NONE, derived_uid("study without identity", patient_id, *source), attributes
    )


def of_source(header: Dataset) -> PatientAndStudy:
    """Patient and study of a source image, unchanged.

    Parameters
    ----------
    header : Dataset
        The whole header of one of its files.

    Raises
    ------
    InputError
        If it has no StudyInstanceUID, or text that is not written in its own character set.
    """
    study_uid = _unchanged(header, "StudyInstanceUID").strip()
    if not study_uid:
        raise InputError(
            f"The source has no {tag_name('StudyInstanceUID')}, so its study cannot be named. "
            "Export it again, or write the objects without identity."
        )
    attributes = {keyword: _unchanged(header, keyword) for keyword in _ALWAYS}
    attributes |= {k: found for k in _IF_THERE if (found := _unchanged(header, k)).strip()}
    return PatientAndStudy(IdentityChoice.SOURCE, study_uid, attributes)


def patient_and_study(identity: IdentityChoice, header: Dataset, *source: str) -> PatientAndStudy:
    """`of_source` or `of_nobody`, as it is asked for.

    Raises
    ------
    InputError
        As `of_source`.
    """
    return of_source(header) if identity is IdentityChoice.SOURCE else of_nobody(*source)


def _unchanged(header: Dataset, keyword: str) -> str:
    """The text of a tag with its leading zeros and trailing spaces, "" where it is absent."""
    element = header.get_item(Tag(keyword))
    if element is None or not element.value:
        return ""
    if not isinstance(element.value, bytes):
        return str(element.value)
    raw = element.value.rstrip(b"\0")
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    try:
        return _decoded(raw, values(header, "SpecificCharacterSet"), keyword in _NAMES)
    except (*DAMAGED, Warning) as fault:
        raise InputError(
            f"{tag_name(keyword)} is not written in the character set that the source names "
            f"({tag_name('SpecificCharacterSet')} {shown(header, 'SpecificCharacterSet')}). "
            "Correct it at its source and export again, or write the objects without identity."
        ) from fault


def _decoded(raw: bytes, character_sets: list[str], is_name: bool) -> str:
    if not any(character_sets):
        raise ValueError("text beyond ASCII without a character set")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encodings = convert_encodings(character_sets)
        if is_name:
            return str(PersonName(raw.rstrip(b" "), encodings))
        return decode_bytes(raw, encodings, TEXT_VR_DELIMS)

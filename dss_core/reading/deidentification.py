"""De-identification of one DICOM dataset that keeps the same SUV.

Basic Profile with Retain Patient Characteristics and Retain Longitudinal Temporal Information
Modified: dates move by whole days, times of day stay, so that uptake and decay stay exact.
The actions per tag are those of the standard's table as published by dicom-anonymizer; this
module only applies them.

References
----------
DICOM PS3.15 Annex E (table E.1-1; options 113100, 113107, 113108).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import dicomanonymizer.dicom_anonymization_databases.dicomfields_2026c as profile
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import generate_uid

from dss_core.reading.inventory import (
    GE_CREATOR,
    GE_SCAN_TIME,
    PHILIPS_ACTIVITY_SCALE,
    PHILIPS_CREATOR,
    PHILIPS_SUV_SCALE,
)
from dss_core.reading.privacy import Identity
from dss_core.reading.tags import text, vendor_text

_REMOVE = {Tag(t) for t in (*profile.X_TAGS,) if len(t) == 2}
_EMPTY = {Tag(t) for t in (*profile.Z_TAGS, *profile.X_Z_TAGS, *profile.X_Z_U_STAR_TAGS)}
_DUMMY = {
    Tag(t) for t in (*profile.D_TAGS, *profile.Z_D_TAGS, *profile.X_D_TAGS, *profile.X_Z_D_TAGS)
}
_CHARACTERISTICS = {
    Tag(k)
    for k in (
        "PatientSex", "PatientAge", "PatientSize", "PatientWeight", "EthnicGroup",
        "SmokingStatus", "PregnancyStatus", "PatientSexNeutered",
    )
}  # fmt: skip
_PRIVATE = {
    GE_SCAN_TIME: (GE_CREATOR, "LO"),
    PHILIPS_SUV_SCALE: (PHILIPS_CREATOR, "DS"),
    PHILIPS_ACTIVITY_SCALE: (PHILIPS_CREATOR, "DS"),
}
_REGION_NAME = re.compile(
    r"(gtv|ctv|ptv|itv|tumou?r|lesion|mass|nodule|node)[ _-]?[a-z]{0,4}[ _-]?\d{0,2}", re.IGNORECASE
)
_OWN_LIFE = ("Birth", "Death", "Deceased")
_STANDARD_UIDS = "1.2.840.10008."
_OPTIONS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113108", "Retain Patient Characteristics Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)


@dataclass(frozen=True)
class Disguise:
    """What one run replaces identities by; the secret is never written.

    Attributes
    ----------
    secret : str
        Makes UIDs and pseudonyms that cannot be traced back without it.
    shift_days : int
        Whole days that every date moves.
    """

    secret: str
    shift_days: int

    def uid(self, original: str) -> str:
        """The same new UID for the same old one; UIDs of the standard stay."""
        if not original or original.startswith(_STANDARD_UIDS):
            return original
        return str(generate_uid(prefix="2.25.", entropy_srcs=[self.secret, original]))

    def pseudonym(self, patient: str) -> str:
        """A name for a patient that says nothing."""
        return "P" + self.uid("patient " + patient)[-8:]


def deidentify(dataset: Dataset, disguise: Disguise) -> Dataset:
    """The dataset without identity, in place.

    Parameters
    ----------
    dataset : Dataset
        With file meta information; all sequences are walked.
    disguise : Disguise

    Returns
    -------
    Dataset
        The same object.
    """
    pseudonym = disguise.pseudonym(text(dataset, "PatientID") or text(dataset, "PatientName"))
    _clean(dataset, disguise, Identity.of(dataset))
    dataset.PatientName = dataset.PatientID = pseudonym
    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.DeidentificationMethod = [f"PS3.15 {code}" for code, _ in _OPTIONS]
    dataset.DeidentificationMethodCodeSequence = Sequence(
        [_code(value, meaning) for value, meaning in _OPTIONS]
    )
    old = dataset.file_meta
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = old.TransferSyntaxUID
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.preamble = b"\0" * 128
    return dataset


def _clean(dataset: Dataset, disguise: Disguise, identity: Identity) -> None:
    kept = {t: vendor_text(dataset, t, creator) for t, (creator, _) in _PRIVATE.items()}
    for tag in list(dataset.keys()):
        if tag.is_private or tag.group & 0xFF00 in (0x5000, 0x6000) or tag in _digital_marks():
            del dataset[tag]
            continue
        _clean_element(dataset, tag, disguise, identity)
    for tag, value in kept.items():
        if not value:
            continue
        creator, vr = _PRIVATE[tag]
        dataset.add_new(Tag(tag.group, 0x0010), "LO", creator)
        dataset.add_new(tag, vr, _shifted(value, disguise) if tag == GE_SCAN_TIME else value)


def _clean_element(dataset: Dataset, tag: BaseTag, disguise: Disguise, identity: Identity) -> None:
    element = dataset[tag]
    keyword = keyword_for_tag(tag)
    own_life = any(word in keyword for word in _OWN_LIFE)
    if element.VR == "UI":
        element.value = (
            [disguise.uid(str(u)) for u in element.value]
            if element.VM > 1
            else disguise.uid(str(element.value or ""))
        )
    elif tag in _CHARACTERISTICS:
        if keyword == "PatientAge" and str(element.value or "") > "089Y":
            element.value = "090Y"
    elif keyword == "ROIName":
        if not _says_only_what(str(element.value or "").strip(), identity):
            element.value = f"ROI {text(dataset, 'ROINumber')}"
    elif keyword == "SegmentLabel":
        if not _says_only_what(str(element.value or "").strip(), identity):
            element.value = f"segment {text(dataset, 'SegmentNumber')}"
    elif (element.VR == "TM" and not own_life) or keyword == "TimezoneOffsetFromUTC":
        pass
    elif element.VR in ("DA", "DT") and not own_life:
        values = element.value if element.VM > 1 else [element.value or ""]
        moved = [_shifted(str(v), disguise) for v in values]
        element.value = moved if len(moved) > 1 else moved[0]
    elif tag in _REMOVE and not _is_needed(tag):
        del dataset[tag]
    elif element.VR == "SQ":
        for item in element.value:
            _clean(item, disguise, identity)
    elif tag in _EMPTY:
        element.value = None
    elif tag in _DUMMY:
        _make_dummy(element)
    elif element.VR == "PN":
        element.value = ""


def _says_only_what(name: str, identity: Identity) -> bool:
    """True for a region's name that says what was drawn and not in whom."""
    return bool(_REGION_NAME.fullmatch(name)) and identity.removed_from(name) == name


def _is_needed(tag: BaseTag) -> bool:
    """Sequences that carry references or SUV, which are walked rather than removed."""
    return keyword_for_tag(tag) in (
        "RadiopharmaceuticalInformationSequence",
        "ReferencedImageSequence",
        "SourceImageSequence",
    )


def _digital_marks() -> set[BaseTag]:
    """Signatures and original values, which would carry identity on."""
    return {Tag(0x0400, 0x0561), Tag(0xFFFA, 0xFFFA), Tag(0x0400, 0x0550)}


def _make_dummy(element: DataElement) -> None:
    if element.VR in ("LO", "SH", "LT", "ST", "UT", "UC", "PN", "AE", "CS"):
        element.value = "REMOVED"
    elif element.VR in ("OB", "OW", "UN"):
        element.value = b""
    else:
        element.value = None


def _shifted(value: str, disguise: Disguise) -> str:
    """A DA or DT value some whole days later; "" if its date is malformed or short."""
    day, rest = value[:8], value[8:]
    try:
        moved = datetime.strptime(day, "%Y%m%d") + timedelta(days=disguise.shift_days)
    except (ValueError, OverflowError):
        return ""
    return f"{moved:%Y%m%d}{rest}"


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning[:64]
    return item

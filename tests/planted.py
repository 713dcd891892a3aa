"""A case full of invented identifiers, and the search for them."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom

from tests.dicom_case import WrittenCase, write_case

MARKS = ("xaverius", "quirinus", "19510203", "+49555")
FILE_NAME = "xaverius-study.zip"
_TAGS = {
    "PatientName": "Xaverius^Quirinus",
    "PatientID": "XAVERIUS77",
    "PatientBirthDate": "19510203",
    "PatientAddress": "1 Xaverius Street",
    "PatientTelephoneNumbers": "+49555",
    "PatientComments": "xaverius comment",
    "OtherPatientIDs": "XAVERIUS-OTHER",
    "AccessionNumber": "XAVERIUS-ACC",
    "StudyID": "XAVERIUS-STUDY",
    "StudyDescription": "xaverius study",
    "SeriesDescription": "xaverius series",
    "ProtocolName": "xaverius protocol",
    "ImageComments": "xaverius image",
    "ReferringPhysicianName": "Xaverius^Referring",
    "OperatorsName": "Xaverius^Operator",
    "InstitutionName": "Xaverius Hospital",
    "StationName": "XAVERIUS-STATION",
    "DeviceSerialNumber": "XAVERIUS-SERIAL",
}


def write_planted_case(folder: Path, **changes: Any) -> WrittenCase:
    """`write_case` with identifiers in headers, a private block and region names."""
    case = write_case(folder, region_names=("GTV Xaverius", "node XAVERIUS77"), **changes)
    for path in case.files():
        dataset = pydicom.dcmread(path)
        for keyword, value in _TAGS.items():
            setattr(dataset, keyword, value)
        block = dataset.private_block(0x0019, "XAVERIUS VENDOR", create=True)
        block.add_new(0x01, "LO", "xaverius private")
        dataset.save_as(path)
    return case


def assert_clean(*texts: str) -> None:
    """No planted identifier in any of the texts."""
    for text in texts:
        assert_clean_bytes(text.encode(), "text")


def assert_clean_bytes(content: bytes, name: str) -> None:
    """No planted identifier in some bytes as UTF-8 or UTF-16, also where they are compressed."""
    for part in _unpacked(content):
        lowered = part.lower()
        for mark in MARKS:
            for coded in (mark.encode(), mark.encode("utf-16-le")):
                at = lowered.find(coded)
                assert at < 0, (name, part[max(at - 60, 0) : at + 60])


def _unpacked(content: bytes) -> Iterator[bytes]:
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from _unpacked(gzip.decompress(content))
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            yield "\n".join(bundle.namelist()).encode()
            for name in bundle.namelist():
                yield from _unpacked(bundle.read(name))

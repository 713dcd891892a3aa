"""DICOM JSON of a DICOMweb server: values as text, whatever the server wrote.

References
----------
DICOM PS3.18 F.2 (DICOM JSON model).
"""

from collections.abc import Mapping
from typing import Any

from pydicom.tag import Tag

_NAME_PARTS = ("Alphabetic", "Ideographic", "Phonetic")


def json_values(item: Mapping[str, Any], keyword: str) -> list[Any]:
    """The values of an attribute; [] where it is absent, empty or not as it should be."""
    element = item.get(f"{Tag(keyword):08X}") if isinstance(item, Mapping) else None
    found = element.get("Value") if isinstance(element, Mapping) else None
    return [value for value in found if value is not None] if isinstance(found, list) else []


def json_text(item: Mapping[str, Any], keyword: str) -> str:
    """The first value as text, "" where there is none; a name with all its writings."""
    found = json_values(item, keyword)
    if not found:
        return ""
    if isinstance(found[0], Mapping):
        parts = [str(found[0].get(part) or "") for part in _NAME_PARTS]
        return "=".join(parts).rstrip("=").strip()
    return str(found[0]).strip()


def json_number(item: Mapping[str, Any], keyword: str) -> int | None:
    """The first value as a whole number of 0 or more."""
    text = json_text(item, keyword)
    return int(text) if text.isascii() and text.isdigit() else None

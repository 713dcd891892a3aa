"""DICOM JSON of a DICOMweb server: values as text, whatever the server wrote.

References
----------
DICOM PS3.18 F.2 (DICOM JSON model).
"""

from collections.abc import Mapping
from typing import Any

from pydicom.tag import Tag

_NAME_PARTS = ("Alphabetic", "Ideographic", "Phonetic")
_MOST_DIGITS = 9
"""Of a whole number: nothing that is counted needs more, and tables hold no more than 18."""


def json_values(item: Mapping[str, Any], keyword: str) -> list[Any]:
    """The values of an attribute; [] where it is absent, empty or not as it should be."""
    element = item.get(f"{Tag(keyword):08X}") if isinstance(item, Mapping) else None
    found = element.get("Value") if isinstance(element, Mapping) else None
    return [value for value in found if value is not None] if isinstance(found, list) else []


def json_text(item: Mapping[str, Any], keyword: str) -> str:
    """The first value as text, "" where there is none; a name with all its writings.

    Half characters, which JSON can write and no text can hold, are shown as question marks.
    """
    found = json_values(item, keyword)
    if not found:
        return ""
    if isinstance(found[0], Mapping):
        parts = [str(found[0].get(part) or "") for part in _NAME_PARTS]
        return _whole("=".join(parts).rstrip("="))
    return _whole(str(found[0]))


def json_number(item: Mapping[str, Any], keyword: str) -> int | None:
    """The first value as a whole number of 0 or more; None for what nothing can number."""
    text = json_text(item, keyword)
    readable = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if readable else None


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").strip()

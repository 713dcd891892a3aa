"""Why an archive did not store an object: the codes of DICOM in words.

References
----------
DICOM PS3.4 tables B.2-1 and I.2-2; PS3.7 C.5.
"""

_WORDS = {
    0x0110: "processing failure",
    0x0111: "already there",
    0x0117: "invalid object",
    0x0122: "kind of object not supported",
    0x0124: "not authorised",
    0xC122: "transfer syntax not supported",
}
_FAMILIES = {0xA7: "out of resources", 0xA9: "does not match its kind", 0xC: "cannot be understood"}


def failure_words(code: int) -> str:
    """A failure reason, e.g. "out of resources (0xA700)"."""
    words = _WORDS.get(code) or _FAMILIES.get(code >> 8) or _FAMILIES.get(code >> 12) or "failure"
    return f"{words} (0x{code:04X})"

"""Fast header reading: wanted tags of a native little-endian DICOM file, others skipped.

A PET slice holds a hundred elements and a dozen nested items, of which forty tags are wanted;
pydicom builds an object for each, which took most of the time of reading a series. Here the rest
is only stepped over. Whatever is not plain (big endian, deflated, an odd length or value
representation, a header longer than the bytes at hand) is left to pydicom, and the elements found
are decoded by pydicom in any case.

References
----------
DICOM PS3.5 7.1 (data element structure), 7.5 (nesting), A.1, A.2, A.4 (transfer syntaxes).
"""

import struct
from collections.abc import Mapping
from struct import Struct

from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

_TAG_LENGTH, _TAG_SHORT, _LENGTH = Struct("<HHI"), Struct("<HH2sH"), Struct("<I")
_META_VALUE = 132
_UNDEFINED = 0xFFFFFFFF
_ITEM, _SEQUENCE_END, _ITEM_END = 0xFFFEE000, 0xFFFEE0DD, b"\xfe\xff\x0d\xe0"
_TRANSFER_SYNTAX, _CHARACTER_SET = 0x00020010, 0x00080005
_PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_SHORT = {str(vr).encode() for vr in EXPLICIT_VR_LENGTH_16}
_LONG = {str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32}
_IMPLICIT = "1.2.840.10008.1.2"
_NOT_PLAIN = ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
_MAX_NESTING = 16


class _NotPlainError(Exception):
    """The header is one for pydicom."""


def plain_header(head: bytes, wanted: Mapping[int, BaseTag]) -> tuple[Dataset, int] | None:
    """The wanted elements of a file with preamble, and where its pixel data element starts.

    Parameters
    ----------
    head : bytes
        The file's first bytes.
    wanted : mapping of int to BaseTag
        The tags by their number.

    Returns
    -------
    (Dataset, int) or None
        None when the header does not end within `head`, or is one for pydicom.
    """
    if head[128:132] != b"DICM":
        return None
    try:
        start, syntax = _meta(head)
        if syntax in _NOT_PLAIN or (syntax == _IMPLICIT and head[start + 4 : start + 6].isupper()):
            return None
        found, offset = _elements(head, start, syntax == _IMPLICIT, wanted)
        header = Dataset(dict(found))
        stated = found.get(BaseTag(_CHARACTER_SET))
        encoding: list[str] | str = "iso8859"
        if stated is not None and stated.value:
            encoding = convert_encodings(stated.value.decode("ascii").strip("\0 ").split("\\"))
    except (_NotPlainError, struct.error, UnicodeDecodeError, LookupError):
        return None
    header.set_original_encoding(syntax == _IMPLICIT, True, encoding)
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = UID(syntax)
    return header, offset


def _meta(head: bytes) -> tuple[int, str]:
    """Where the data set starts, and its transfer syntax."""
    at, syntax = _META_VALUE, ""
    while True:
        group, number, vr, length = _TAG_SHORT.unpack_from(head, at)
        if group != 2:
            break
        value = at + 8
        if vr in _LONG:
            (length,) = _LENGTH.unpack_from(head, value)
            value += 4
        elif vr not in _SHORT:
            raise _NotPlainError
        at = value + length
        if group << 16 | number == _TRANSFER_SYNTAX:
            syntax = head[value:at].decode("ascii").strip("\0 ")
    if not syntax:
        raise _NotPlainError
    return at, syntax


def _elements(
    head: bytes, at: int, implicit: bool, wanted: Mapping[int, BaseTag]
) -> tuple[dict[BaseTag, RawDataElement], int]:
    found: dict[BaseTag, RawDataElement] = {}
    while True:
        tag, vr, value, length = _element(head, at, implicit)
        if tag in _PIXELS:
            return found, at
        if length == _UNDEFINED:
            if vr == "UN":
                raise _NotPlainError
            end, at = _sequence_end(head, value, implicit, 0)
            vr = "SQ"
        else:
            end = at = value + length
        if at > len(head):
            raise _NotPlainError
        name = wanted.get(tag)
        if name is not None:
            content = head[value:end] or (None if vr is None else b"")
            found[name] = RawDataElement(name, vr, end - value, content, value, implicit, True)


def _element(head: bytes, at: int, implicit: bool) -> tuple[int, str | None, int, int]:
    """Tag, value representation, where the value starts, and its length."""
    if implicit:
        group, number, length = _TAG_LENGTH.unpack_from(head, at)
        return group << 16 | number, None, at + 8, length
    group, number, vr, length = _TAG_SHORT.unpack_from(head, at)
    if vr in _SHORT:
        return group << 16 | number, vr.decode(), at + 8, length
    if vr not in _LONG:
        raise _NotPlainError
    return group << 16 | number, vr.decode(), at + 12, _LENGTH.unpack_from(head, at + 8)[0]


def _sequence_end(head: bytes, at: int, implicit: bool, depth: int) -> tuple[int, int]:
    """Where the items of a sequence of undefined length end, and where the next element starts."""
    if depth > _MAX_NESTING:
        raise _NotPlainError
    while True:
        group, number, length = _TAG_LENGTH.unpack_from(head, at)
        tag = group << 16 | number
        if tag == _SEQUENCE_END:
            return at, at + 8
        if tag != _ITEM:
            raise _NotPlainError
        at += 8
        if length != _UNDEFINED:
            at += length
            continue
        while head[at : at + 4] != _ITEM_END:
            _, vr, value, length = _element(head, at, implicit)
            if length != _UNDEFINED:
                at = value + length
            elif vr == "UN":
                raise _NotPlainError
            else:
                at = _sequence_end(head, value, implicit, depth + 1)[1]
        at += 8

"""Deflated DICOM files: inflated once and within the limit.

References
----------
DICOM PS3.5 A.5 (Deflated Explicit VR Little Endian), PS3.10 7.1 (file meta information).
"""

import io
import zlib
from typing import BinaryIO

import pydicom
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from dss_core.errors import InputError
from dss_core.reading.inflating import PIECE, Inflating
from dss_core.reading.limits import Limits
from dss_core.reading.room import check_room, hold
from dss_core.reading.sources import Source
from dss_core.reading.tags import DAMAGED

_META = 144
_UID = DeflatedExplicitVRLittleEndian.encode()


def inflated(source: Source) -> Source:
    """The same file without deflation; any other file as it is.

    Raises
    ------
    InputError
        If it is damaged or inflates beyond the limit.
    """
    head = source.head(4096)
    if head[128:132] != b"DICM" or _UID not in head or head[132:136] != b"\x02\x00\x00\x00":
        return source
    end = _META + int.from_bytes(head[140:144], "little")
    limit = Limits.current().max_inflated_mb * 10**6
    try:
        meta = pydicom.dcmread(io.BytesIO(head[:end])).file_meta
        if meta.TransferSyntaxUID != DeflatedExplicitVRLittleEndian:
            return source
        with source.open() as stream:
            stream.seek(end)
            body = _inflate(stream, limit)
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        plain = DicomBytesIO()
        plain.write(b"\0" * 128 + b"DICM")
        write_file_meta_info(plain, meta, enforce_standard=False)
    except DAMAGED as problem:
        raise InputError(
            "A deflated DICOM file is damaged and cannot be inflated; export it again."
        ) from problem
    content = plain.getvalue() + body
    return hold(Source(content), len(content))


def _inflate(stream: BinaryIO, limit: int) -> bytes:
    """The rest of a deflated stream, with room for every piece."""
    plain = io.BufferedReader(
        Inflating(stream, limit, "A deflated DICOM file", wbits=-zlib.MAX_WBITS)
    )
    pieces, n_bytes = [], 0
    while piece := plain.read(PIECE):
        pieces.append(piece)
        n_bytes += len(piece)
        check_room(2 * n_bytes)  # they are joined at the end
    return b"".join(pieces)

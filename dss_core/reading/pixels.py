"""Pixel data: read straight from the file, or decoded by pydicom.

References
----------
DICOM PS3.5 8 and Annex A (pixel data, transfer syntaxes).
"""

import warnings

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from dss_core.errors import InputError
from dss_core.reading.decoder import decoded_frame
from dss_core.reading.inventory import Slice
from dss_core.reading.limits import check_voxels
from dss_core.reading.tags import text, whole

_HEADER_BYTES = {"1.2.840.10008.1.2": 8, "1.2.840.10008.1.2.1": 12}
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_JPEG = tuple(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70))
_JPEG_LS = tuple(f"1.2.840.10008.1.2.4.{n}" for n in (80, 81))
_JPEG_2000 = tuple(f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 201, 202, 203))
_PACKAGES = {
    **dict.fromkeys(_JPEG, "python-gdcm"),
    **dict.fromkeys(_JPEG_LS, "pyjpegls"),
    **dict.fromkeys(_JPEG_2000, "pylibjpeg and pylibjpeg-openjpeg"),
}


def stored_values(item: Slice) -> NDArray[np.generic]:
    """Stored values (rows, columns) of an image or of one frame of a multi-frame file.

    Raises
    ------
    InputError
        If pixel data are missing, cut short, or in an encoding that cannot be decoded.
    """
    header = item.header
    bits, stored = whole(header, "BitsAllocated"), whole(header, "BitsStored")
    signed = whole(header, "PixelRepresentation") == 1
    syntax = str(header.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2"))
    rows, columns = whole(header, "Rows"), whole(header, "Columns")
    check_voxels((rows, columns), "An image")
    if syntax not in _HEADER_BYTES or bits not in (8, 16, 32):
        return _decoded(item, syntax, (rows, columns))
    n_bytes = rows * columns * bits // 8
    with item.source.open() as stream:
        stream.seek(item.pixel_offset)
        element = stream.read(_HEADER_BYTES[syntax])
        stream.seek(item.frame * n_bytes, 1)
        data = stream.read(n_bytes)
    if element[:4] != b"\xe0\x7f\x10\x00" or len(data) < n_bytes:
        raise InputError(
            f"An image has {len(data)} of {n_bytes} bytes of pixel data (7FE0,0010); the file is "
            "cut short. Copy or export it again."
        )
    raw = np.frombuffer(data, dtype=f"<{'i' if signed else 'u'}{bits // 8}").reshape(rows, columns)
    if 0 < stored < bits:
        shift = bits - stored
        raw = (raw << shift) >> shift
    return raw


def _decoded(item: Slice, syntax: str, shape: tuple[int, int]) -> NDArray[np.generic]:
    name = UID(syntax).name
    try:
        decoder = get_decoder(UID(syntax))
    except NotImplementedError as problem:
        raise InputError(
            f"The transfer syntax {name} ({syntax}) is not one of images that can be read. Export "
            "the series uncompressed (explicit VR little endian)."
        ) from problem
    if not decoder.is_available:
        raise InputError(
            f"Images in transfer syntax {name} ({syntax}) need the package "
            f"{_PACKAGES.get(syntax, 'of a decoder')}, which is not installed. Install it, or "
            "export the series uncompressed."
        )
    try:
        if syntax in _PACKAGES:
            values = decoded_frame(item.source, item.frame)
        else:
            with item.source.open() as stream, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = np.asarray(pixel_array(stream, index=item.frame))
    except Exception as problem:  # every decoder plugin raises its own kind
        raise InputError(
            f"Pixel data in transfer syntax {name} ({syntax}) are damaged and could not be "
            "decoded. Export the series again, uncompressed (explicit VR little endian)."
        ) from problem
    if values.shape != shape:
        raise InputError(
            f"Decoded pixel data have shape {values.shape}, Rows and Columns (0028,0010/0011) say "
            f"{shape}; the file is damaged. Export it again."
        )
    return values


def is_lossy(item: Slice) -> bool:
    """True when the image says that it was once compressed with loss."""
    return text(item.header, "LossyImageCompression") == "01"

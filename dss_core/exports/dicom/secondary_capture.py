"""A picture of a case as a DICOM secondary capture.

References
----------
DICOM PS3.3 A.8.1, C.8.6.1 (SC equipment), C.7.6.3 (image pixel).
"""

import hashlib
import io

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydicom.uid import SecondaryCaptureImageStorage

from dss_core.errors import InputError
from dss_core.exports.dicom.source_case import SourceCase
from dss_core.reading.new_dicom_object import ObjectKind, dicom_bytes, new_object

CAPTURE = ObjectKind(SecondaryCaptureImageStorage, "OT", 9304, "Picture, research use only")
_LONGEST_SIDE = 10_000


def secondary_capture(case: SourceCase, png: bytes, caption: str = "") -> bytes:
    """The picture as a DICOM file in colour.

    Parameters
    ----------
    case : SourceCase
    png : bytes
    caption : str
        What is seen, for who cannot see it.

    Raises
    ------
    InputError
        If it is no PNG, or too large.
    """
    digest = hashlib.sha256(png).hexdigest()
    ds = new_object(CAPTURE, case.making, digest, caption, case.result_digest)
    ds.ContentDate, ds.ContentTime = case.making.date, case.making.time
    ds.ConversionType, ds.ImageType = "WSD", ["DERIVED", "SECONDARY"]
    ds.BodyPartExamined, ds.PatientOrientation = "CHEST", ""
    ds.BurnedInAnnotation, ds.LossyImageCompression = "YES", "00"
    if caption:
        ds.ImageComments = caption
    pixels = _pixels(png)
    ds.Rows, ds.Columns, ds.SamplesPerPixel = pixels.shape
    ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    content = pixels.tobytes()
    ds.PixelData = content + b"\0" * (len(content) % 2)
    ds["PixelData"].VR = "OB"
    return dicom_bytes(ds)


def _pixels(png: bytes) -> np.ndarray:
    advice = "Give a PNG file."
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            if max(picture.size) > _LONGEST_SIDE:
                raise InputError(
                    f"The picture has {picture.size[0]} x {picture.size[1]} pixels; at most "
                    f"{_LONGEST_SIDE} a side are written. Give a smaller one."
                )
            on_white = Image.new("RGBA", picture.size, "white")
            on_white.alpha_composite(picture.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as fault:
        raise InputError(f"The picture cannot be read as PNG. {advice}") from fault
    return np.asarray(on_white.convert("RGB"))

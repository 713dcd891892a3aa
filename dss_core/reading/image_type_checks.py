"""Image types: originals are read; captures, reports and projections are not."""

from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.enhanced import ENHANCED_PET_CLASSES
from dss_core.reading.inventory import Series
from dss_core.reading.tags import text, values, whole

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_CAPTURES = {"SCREEN SAVE", "DOSE_INFO", "DOSE INFO"}


def check_kind(header: Dataset, modality: str) -> None:
    """Refuse an image that is not one of a stack of measured values.

    Raises
    ------
    InputError
    """
    kind = values(header, "ImageType")
    if text(header, "SOPClassUID").startswith(_SECONDARY_CAPTURE) or _CAPTURES & set(kind):
        raise InputError(
            f"The {modality} series is a secondary capture or dose report (SOPClassUID (0008,0016)"
            f" {text(header, 'SOPClassUID')}, ImageType (0008,0008) {'/'.join(kind)}). Choose the "
            "original images."
        )
    if text(header, "BurnedInAnnotation").upper() == "YES":
        raise InputError(
            f"The {modality} images have text burned in (BurnedInAnnotation (0028,0301) is YES), "
            "which may name the patient. Choose the original images."
        )
    if whole(header, "SamplesPerPixel", 1) != 1:
        raise InputError(
            f"A {modality} image is in colour (SamplesPerPixel (0028,0002) is "
            f"{text(header, 'SamplesPerPixel')}); a screen capture cannot be used. Export the "
            "original."
        )
    if "MIP" in kind or "PROJECTION IMAGE" in kind:
        raise InputError(
            f"The {modality} series is a projection (ImageType (0008,0008) {'/'.join(kind)}), not "
            "a stack of slices. Choose the original images."
        )
    if text(header, "SOPClassUID") in ENHANCED_PET_CLASSES:
        raise InputError(
            "The PET is an enhanced multi-frame image (SOPClassUID (0008,0016) "
            f"{text(header, 'SOPClassUID')}), whose SUV tags are not read. Export it as "
            "single-frame PET."
        )
    if whole(header, "NumberOfFrames", 1) > 1:
        raise InputError(
            f"A {modality} file contains {text(header, 'NumberOfFrames')} frames (NumberOfFrames "
            "(0028,0008)) without one functional group for each, so their positions are unknown. "
            "Export it as single-frame images."
        )


def is_usable(series: Series) -> bool:
    """True when a series could be a stack: at least two slices of measured values."""
    slices = [s for s in series.slices if "LOCALIZER" not in values(s.header, "ImageType")]
    try:
        for item in slices[:1]:
            check_kind(item.header, series.modality)
    except InputError:
        return False
    return len(slices) > 1

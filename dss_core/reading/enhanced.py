"""Enhanced multi-frame images as single images, each frame with a header of its own.

What a frame says (per-frame functional groups) goes over what all frames share (shared
functional groups), and both over the file's own tags, so that everything after this reads one
kind of header.

References
----------
DICOM PS3.3 C.7.6.16 (multi-frame functional groups), A.38 (enhanced CT).
"""

from pydicom.dataset import Dataset

from dss_core.reading.tags import items, value_of, whole

ENHANCED_PET_CLASSES = ("1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.128.1")
_GROUPS = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept", "RescaleType"),
    "CTImageFrameTypeSequence": ("FrameType",),
}
_NAMES = {"FrameType": "ImageType"}


def frame_headers(header: Dataset) -> list[Dataset]:
    """One header per frame, [] for a file that is not multi-frame with functional groups.

    A file whose NumberOfFrames is not the number of per-frame items also gives [], and is then
    refused as a multi-frame file that is not understood.
    """
    frames = items(header, "PerFrameFunctionalGroupsSequence")
    if not frames or whole(header, "NumberOfFrames") != len(frames):
        return []
    common = _copy(header)
    for keyword in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        if keyword in common:
            del common[keyword]
    for shared in items(header, "SharedFunctionalGroupsSequence")[:1]:
        _take(shared, common)
    headers = []
    for number, frame in enumerate(frames, start=1):
        own = _copy(common)
        own.NumberOfFrames = 1
        own.InstanceNumber = number
        _take(frame, own)
        headers.append(own)
    return headers


def _copy(header: Dataset) -> Dataset:
    """A header of its own with the same elements (`Dataset(header)` would share them)."""
    copy = Dataset({tag: header.get_item(tag) for tag in header.keys()})
    copy.file_meta = header.file_meta
    return copy


def _take(group: Dataset, target: Dataset) -> None:
    for sequence, keywords in _GROUPS.items():
        for item in items(group, sequence)[:1]:
            for keyword in keywords:
                if value_of(item, keyword) is not None:
                    setattr(target, _NAMES.get(keyword, keyword), item[keyword].value)

"""What is in a pile of files: DICOM headers read once and grouped into series.

Only the tags that geometry and SUV need are parsed; pixel data are left where they are until
a series is chosen (`dss_core.preprocessing.volume`).

References
----------
DICOM PS3.3 C.7.6.2 (image plane), C.8.9 (PET); PS3.10 (file format).
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.tag import BaseTag, Tag

from dss_core.errors import InputError
from dss_core.preprocessing.sources import Source

_KEYWORDS = """
SOPClassUID SOPInstanceUID Modality SeriesInstanceUID StudyInstanceUID FrameOfReferenceUID PatientID
SeriesDescription ImageType InstanceNumber Rows Columns SamplesPerPixel BitsAllocated BitsStored
HighBit PixelRepresentation PixelSpacing ImagePositionPatient ImageOrientationPatient
NumberOfFrames RescaleSlope RescaleIntercept SliceThickness PhotometricInterpretation
SeriesDate SeriesTime AcquisitionDate AcquisitionTime PatientWeight PatientSize PatientSex Units
SUVType DecayCorrection CorrectedImage SeriesType FrameReferenceTime ActualFrameDuration
DecayFactor RadiopharmaceuticalInformationSequence BurnedInAnnotation Manufacturer
""".split()
GE_SCAN_TIME = Tag(0x0009, 0x100D)
PHILIPS_SUV_SCALE = Tag(0x7053, 0x1000)
PHILIPS_ACTIVITY_SCALE = Tag(0x7053, 0x1009)
TAGS = [Tag(k) for k in _KEYWORDS] + [
    *(Tag(group, 0x0010) for group in (0x0009, 0x7053)),
    GE_SCAN_TIME,
    PHILIPS_SUV_SCALE,
    PHILIPS_ACTIVITY_SCALE,
]
# Values longer than their type allows are common in real files and are not pydicom's to judge.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"


@dataclass(frozen=True)
class Slice:
    """One image file: its header and where its pixel data element starts."""

    header: Dataset
    source: Source
    pixel_offset: int


@dataclass(frozen=True)
class Series:
    """The images of one SeriesInstanceUID, in file order.

    Attributes
    ----------
    modality : str
        DICOM Modality, e.g. "CT" or "PT".
    description : str
        SeriesDescription, for the chooser only; may hold anything, so it is never stored.
    spacing_mm : tuple of float
        Row, column and slice distance as the first headers state them, 0.0 if unknown.
    """

    uid: str
    modality: str
    description: str
    slices: tuple[Slice, ...] = field(repr=False)
    spacing_mm: tuple[float, float, float]

    @property
    def first(self) -> Dataset:
        """Header of the first file."""
        return self.slices[0].header

    @property
    def patient_key(self) -> str:
        """Hash that tells patients apart without naming them; empty if the file has no id."""
        patient = str(self.first.get("PatientID", "") or "")
        return hashlib.sha256(patient.encode()).hexdigest()[:16] if patient else ""


@dataclass(frozen=True)
class Inventory:
    """What a pile of files holds.

    Attributes
    ----------
    series : tuple of Series
        Image series, largest first.
    structure_sets : tuple of Source
        RTSTRUCT files.
    others : tuple of Source
        Files that are not DICOM (a mask volume, a text file, ...).
    """

    series: tuple[Series, ...]
    structure_sets: tuple[Source, ...]
    others: tuple[Source, ...]

    def of_modality(self, modality: str) -> tuple[Series, ...]:
        """The series of one modality, largest first."""
        return tuple(s for s in self.series if s.modality == modality)

    def describe(self) -> str:
        """One phrase for error messages, e.g. "2 PT series, 1 structure set"."""
        counts = Counter(s.modality for s in self.series)
        parts = [f"{n} {modality} series" for modality, n in sorted(counts.items())]
        if self.structure_sets:
            parts.append(f"{len(self.structure_sets)} structure set(s)")
        if self.others:
            parts.append(f"{len(self.others)} file(s) that are not DICOM")
        return ", ".join(parts) or "nothing readable"


def take_inventory(sources: Iterable[Source]) -> Inventory:
    """Read every header once and group the images by series.

    Raises
    ------
    InputError
        If there is no file at all.
    """
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    structure_sets: list[Source] = []
    others: list[Source] = []
    for source in sources:
        item = _read_header(source)
        if item is None:
            others.append(source)
        elif item.header.get("SOPClassUID", "") == RTSTRUCT_CLASS:
            structure_sets.append(source)
        elif item.header.get("Rows") and item.header.get("SeriesInstanceUID"):
            slices[str(item.header.SeriesInstanceUID)].append(item)
    if not (slices or structure_sets or others):
        raise InputError("No file was given; give the CT, the PET and the region.")
    series = [_series(uid, tuple(group)) for uid, group in slices.items()]
    series.sort(key=lambda s: (-len(s.slices), s.uid))
    return Inventory(tuple(series), tuple(structure_sets), tuple(others))


def read_dataset(source: Source) -> Dataset:
    """A whole DICOM file without bulk pixel data (for structure sets).

    Raises
    ------
    InputError
        If the file cannot be parsed as DICOM.
    """
    try:
        with source.open() as stream:
            return pydicom.dcmread(stream, stop_before_pixels=True)
    except (InvalidDicomError, ValueError, EOFError, OSError) as problem:
        raise InputError(
            f"A file could not be read as DICOM ({problem}); export it again."
        ) from problem


def text(header: Dataset, keyword: str) -> str:
    """Value of a tag as text, "" when the tag is absent or empty."""
    value = header.get(keyword)
    return "" if value is None else str(value).strip()


def number(header: Dataset, keyword: str) -> float | None:
    """Value of a tag as a finite number, None when absent, empty or not a number."""
    try:
        value = float(header.get(keyword))
    except (TypeError, ValueError):
        return None
    return value if abs(value) < float("inf") else None


def values(header: Dataset, keyword: str) -> list[str]:
    """All values of a tag as text, [] when the tag is absent or empty."""
    value = header.get(keyword)
    if value is None or value == "":
        return []
    return [str(v) for v in ([value] if isinstance(value, str) else value)]


def private_text(header: Dataset, tag: BaseTag) -> str:
    """A private tag as text, whether or not its private creator let it be decoded."""
    element = header.get(tag)
    raw = b"" if element is None else element.value
    return (raw.decode("ascii", "ignore") if isinstance(raw, bytes) else str(raw)).strip("\0 ")


def _read_header(source: Source) -> Slice | None:
    """The wanted tags of a DICOM file, or None for anything else."""
    with source.open() as stream:
        head = stream.read(132)
        plausible = head[128:132] == b"DICM" or head[:2] in (b"\x08\x00", b"\x00\x08", b"\x02\x00")
        if not plausible:
            return None
        stream.seek(0)
        try:
            header = pydicom.dcmread(
                stream, stop_before_pixels=True, specific_tags=TAGS, force=head[128:132] != b"DICM"
            )
            return Slice(header, source, stream.tell())
        except (InvalidDicomError, ValueError, EOFError, OSError, AttributeError, KeyError):
            return None


def _series(uid: str, group: tuple[Slice, ...]) -> Series:
    first = group[0].header
    rows = [float(v) for v in first.get("PixelSpacing") or (0.0, 0.0)]
    return Series(
        uid=uid,
        modality=text(first, "Modality"),
        description=text(first, "SeriesDescription"),
        slices=group,
        spacing_mm=(rows[0], rows[1], _slice_distance(group)),
    )


def _slice_distance(group: tuple[Slice, ...]) -> float:
    heights = sorted(
        float(s.header.ImagePositionPatient[2])
        for s in group
        if s.header.get("ImagePositionPatient")
    )
    gaps = [round(b - a, 4) for a, b in pairwise(heights) if b - a > 1e-3]
    if gaps:
        return Counter(gaps).most_common(1)[0][0]
    return number(group[0].header, "SliceThickness") or 0.0

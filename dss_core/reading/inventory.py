"""File inventory: DICOM headers read once and grouped into series.

Only the tags that geometry and SUV need are parsed; pixel data are left where they are until
a series is chosen (`dss_core.reading.volume`).

References
----------
DICOM PS3.3 C.7.6.2 (image plane), C.8.9 (PET); PS3.10 (file format).
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pydicom
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dss_core.errors import InputError
from dss_core.reading.deflated import inflated
from dss_core.reading.enhanced import frame_headers
from dss_core.reading.headers import plain_header
from dss_core.reading.privacy import without_identity
from dss_core.reading.sources import Source
from dss_core.reading.tags import (
    DAMAGED,
    PRIVATE_BLOCKS,
    in_block,
    number_if_readable,
    text,
    vector,
    whole,
)
from dss_core.reading.volume_files import VolumeFile, look_at_volume_file

_KEYWORDS = """
SOPClassUID SOPInstanceUID Modality SeriesInstanceUID StudyInstanceUID FrameOfReferenceUID PatientID
IssuerOfPatientID PatientName SeriesDescription ImageType InstanceNumber Rows Columns
SamplesPerPixel BitsAllocated BitsStored HighBit PixelRepresentation PixelSpacing
ImagePositionPatient ImageOrientationPatient NumberOfFrames RescaleSlope RescaleIntercept
SliceThickness PhotometricInterpretation SeriesDate SeriesTime AcquisitionDate AcquisitionTime
AcquisitionDateTime PatientWeight PatientSize PatientSex Units RescaleType SUVType DecayCorrection
CorrectedImage SeriesType FrameReferenceTime ActualFrameDuration DecayFactor
RadiopharmaceuticalInformationSequence BurnedInAnnotation Manufacturer LossyImageCompression
TimezoneOffsetFromUTC ConversionType ConvolutionKernel SeriesNumber SharedFunctionalGroupsSequence
PerFrameFunctionalGroupsSequence
""".split()
GE_SCAN_TIME = Tag(0x0009, 0x100D)
PHILIPS_SUV_SCALE = Tag(0x7053, 0x1000)
PHILIPS_ACTIVITY_SCALE = Tag(0x7053, 0x1009)
GE_CREATOR, PHILIPS_CREATOR = "GEMS_PETD_01", "Philips PET Private Group"
_VENDORS = (GE_SCAN_TIME, PHILIPS_SUV_SCALE, PHILIPS_ACTIVITY_SCALE)
TAGS = [
    *(Tag(k) for k in _KEYWORDS),
    *(Tag(group, block) for group in (0x0009, 0x7053) for block in PRIVATE_BLOCKS),
    *(in_block(tag, block) for tag in _VENDORS for block in PRIVATE_BLOCKS),
]
_WANTED = {int(tag): tag for tag in (Tag("SpecificCharacterSet"), *TAGS)}
_HEAD_BYTES = 65_536
RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
SEGMENTATION_CLASSES = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")

Progress = Callable[[int, int], None]
"""Receives how many of how many files are done."""


@dataclass(frozen=True)
class Slice:
    """One image: its header, where its file's pixel data element starts, and which frame it is."""

    header: Dataset
    source: Source
    pixel_offset: int
    frame: int = 0


@dataclass(frozen=True)
class Series:
    """The images of one SeriesInstanceUID, in file order.

    Attributes
    ----------
    modality : str
        DICOM Modality, e.g. "CT" or "PT".
    description : str
        SeriesDescription without the patient's name, for the chooser only; may hold anything, so
        it is never stored.
    spacing_mm : tuple of float
        Row, column and slice distance as the first headers state them, 0.0 if unknown.
    """

    uid: str
    modality: str
    description: str = field(repr=False)
    slices: tuple[Slice, ...] = field(repr=False)
    spacing_mm: tuple[float, float, float]

    @property
    def first(self) -> Dataset:
        """Header of the first file."""
        return self.slices[0].header

    @property
    def n_slices(self) -> int:
        """Number of images."""
        return len(self.slices)

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID; empty if the file has none."""
        return text(self.first, "StudyInstanceUID")

    @property
    def frame_of_reference(self) -> str:
        """FrameOfReferenceUID; empty if the file has none."""
        return text(self.first, "FrameOfReferenceUID")

    @property
    def patient_key(self) -> str:
        """Hash that distinguishes patients without naming them; empty if the file has no id."""
        patient = text(self.first, "PatientID")
        return hashlib.sha256(patient.encode()).hexdigest()[:16] if patient else ""

    @property
    def issuer_key(self) -> str:
        """The same of who gave the patient this id; empty if the file does not say."""
        issuer = text(self.first, "IssuerOfPatientID")
        return hashlib.sha256(issuer.encode()).hexdigest()[:16] if issuer else ""


@dataclass(frozen=True)
class Inventory:
    """What a pile of files holds.

    Attributes
    ----------
    series : tuple of Series
        Image series, largest first.
    structure_sets : tuple of Source
        RTSTRUCT and DICOM SEG files.
    volume_files : tuple of VolumeFile
        NIfTI, NRRD and MHA files: CT, PET or mask, as the user says.
    others : tuple of Source
        Files that are none of these (a DICOMDIR, a report, text, ...).
    """

    series: tuple[Series, ...]
    structure_sets: tuple[Source, ...]
    others: tuple[Source, ...]
    volume_files: tuple[VolumeFile, ...] = ()

    @property
    def region_files(self) -> tuple[Source, ...]:
        """Whatever may hold a region: structure sets, segmentations, volume files."""
        return self.structure_sets + tuple(v.source for v in self.volume_files)

    def of_modality(self, modality: str) -> tuple[Series, ...]:
        """The series of one modality, largest first."""
        return tuple(s for s in self.series if s.modality == modality)

    def describe(self) -> str:
        """One phrase for error messages, e.g. "2 PT series, 1 structure set"."""
        counts = Counter(s.modality for s in self.series)
        parts = [f"{n} {modality} series" for modality, n in sorted(counts.items())]
        if self.structure_sets:
            parts.append(f"{len(self.structure_sets)} structure set(s)")
        if self.volume_files:
            parts.append(f"{len(self.volume_files)} NIfTI, NRRD or MHA volume(s)")
        if self.others:
            parts.append(f"{len(self.others)} file(s) that are not DICOM images")
        return ", ".join(parts) or "nothing readable"


def take_inventory(sources: Iterable[Source], progress: Progress | None = None) -> Inventory:
    """Read every header once and group the images by series.

    Parameters
    ----------
    sources : iterable of Source
    progress : callable, optional
        Called with (files done, files in all).

    Raises
    ------
    InputError
        If there is no file at all.
    """
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    structure_sets: list[Source] = []
    volume_files: list[VolumeFile] = []
    others: list[Source] = []
    pile = list(sources)
    for done, source in enumerate(pile, start=1):
        item = _read_header(source)
        sop_class = "" if item is None else text(item.header, "SOPClassUID")
        if sop_class == RTSTRUCT_CLASS or sop_class in SEGMENTATION_CLASSES:
            structure_sets.append(source)
        elif item is not None and whole(item.header, "Rows"):
            slices[text(item.header, "SeriesInstanceUID")] += _frames(item)
        elif item is None and (volume := look_at_volume_file(source)) is not None:
            volume_files.append(volume)
        else:
            others.append(source)
        if progress is not None:
            progress(done, len(pile))
    if not pile:
        raise InputError("No file was given; give the CT, the PET and the region.")
    series = [_series(uid, tuple(group)) for uid, group in slices.items()]
    series.sort(key=lambda s: (-len(s.slices), s.uid))
    return Inventory(tuple(series), tuple(structure_sets), tuple(others), tuple(volume_files))


def read_dataset(source: Source) -> Dataset:
    """A whole DICOM file without bulk pixel data (for structure sets).

    Raises
    ------
    InputError
        If the file cannot be parsed as DICOM.
    """
    try:
        with inflated(source).open() as stream:
            return pydicom.dcmread(stream, stop_before_pixels=True)
    except DAMAGED as problem:
        raise InputError("A file could not be read as DICOM; export it again.") from problem


def read_sop_class(source: Source) -> str:
    """SOPClassUID of a DICOM file, "" for anything else."""
    item = _read_header(source)
    return "" if item is None else text(item.header, "SOPClassUID")


def _read_header(source: Source) -> Slice | None:
    """The wanted tags of a DICOM file, or None for anything else."""
    head = source.head(_HEAD_BYTES)
    plain = plain_header(head, _WANTED)
    if plain is not None:
        return Slice(plain[0], source, plain[1])
    marked = head[128:132] == b"DICM"
    if not marked and head[:2] not in (b"\x08\x00", b"\x00\x08", b"\x02\x00"):
        return None
    source = inflated(source)
    try:
        with source.open() as stream:
            header = pydicom.dcmread(
                stream, stop_before_pixels=True, specific_tags=TAGS, force=not marked
            )
            return Slice(header, source, stream.tell())
    except DAMAGED:
        return None


def _frames(item: Slice) -> list[Slice]:
    """A file's images: itself, or the frames of an enhanced multi-frame file."""
    headers = frame_headers(item.header)
    if not headers:
        return [item]
    return [Slice(h, item.source, item.pixel_offset, k) for k, h in enumerate(headers)]


def _series(uid: str, group: tuple[Slice, ...]) -> Series:
    first = group[0].header
    rows = vector(first, "PixelSpacing", 2) or [0.0, 0.0]
    return Series(
        uid=uid,
        modality=text(first, "Modality"),
        description=without_identity(text(first, "SeriesDescription"), first),
        slices=group,
        spacing_mm=(rows[0], rows[1], _slice_distance(group)),
    )


def _slice_distance(group: tuple[Slice, ...]) -> float:
    places = [vector(s.header, "ImagePositionPatient", 3) for s in group]
    heights = sorted(p[2] for p in places if p)
    gaps = [round(b - a, 4) for a, b in pairwise(heights) if b - a > 1e-3]
    if gaps:
        return Counter(gaps).most_common(1)[0][0]
    return number_if_readable(group[0].header, "SliceThickness") or 0.0

"""All DICOM objects of a scored case that are asked for."""

import importlib.util
import io
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import pydicom
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.exports.dicom.encapsulated_pdf import encapsulated_pdf
from dss_core.exports.dicom.secondary_capture import secondary_capture
from dss_core.exports.dicom.source_case import SourceCase
from dss_core.regions.region_writer import as_segmentation


class ObjectName(StrEnum):
    """What a case can be written as."""

    SEG = "seg"
    SR = "sr"
    SC = "sc"
    REPORT = "report"


@dataclass(frozen=True)
class Presentation:
    """What others have drawn of a case; None where there is none.

    Attributes
    ----------
    png : bytes or None
    caption : str
        What the picture shows.
    pdf : bytes or None
    pdf_content : str
        As `content` of `encapsulated_pdf`.
    """

    png: bytes | None = None
    caption: str = ""
    pdf: bytes | None = None
    pdf_content: str = ""

    def lacks(self, name: ObjectName) -> bool:
        """Whether this object cannot be made for want of its picture or document."""
        wanted = {ObjectName.SC: self.png, ObjectName.REPORT: self.pdf}
        return name in wanted and wanted[name] is None


@dataclass(frozen=True)
class DicomObject:
    """An object as a DICOM file.

    Attributes
    ----------
    header : Dataset
        As it is read back, without pixels.
    """

    name: ObjectName
    content: bytes
    header: Dataset

    @property
    def file_name(self) -> str:
        """Name of its file."""
        return f"{self.name}.dcm"


def dicom_objects(
    case: SourceCase, names: Collection[ObjectName], shown: Presentation
) -> tuple[DicomObject, ...]:
    """The objects of these names, each read back once.

    Parameters
    ----------
    case : SourceCase
    names : collection of ObjectName
    shown : Presentation
        With the picture and the document that the names ask for.

    Raises
    ------
    InputError, GeometryError
        If one cannot be made; none is then given.
    """
    check_installed(names)
    segmentation = as_segmentation(case.roi, case.origin)
    made: dict[ObjectName, bytes] = {}
    for name in (n for n in ObjectName if n in names):
        match name:
            case ObjectName.SEG:
                made[name] = segmentation
            case ObjectName.SR:
                from dss_core.exports.dicom.structured_report import structured_report

                made[name] = structured_report(case, _read(segmentation))
            case ObjectName.SC:
                png = _wanted(shown.png, "picture")
                made[name] = secondary_capture(case, png, shown.caption)
            case ObjectName.REPORT:
                made[name] = encapsulated_pdf(
                    case, _wanted(shown.pdf, "document"), shown.pdf_content
                )
    return tuple(DicomObject(name, content, _read(content)) for name, content in made.items())


def check_installed(names: Collection[ObjectName]) -> None:
    """Refuse what needs more than a plain installation has.

    Raises
    ------
    InputError
        With the extra that is missing.
    """
    if ObjectName.SR in names and importlib.util.find_spec("highdicom") is None:
        raise InputError(
            "A structured report needs highdicom; install it: pip install 'nsclc-dss[hospital]', "
            "or leave sr out."
        )


def _wanted(content: bytes | None, what: str) -> bytes:
    if content is None:
        raise InputError(f"There is no {what} of the case to write as DICOM. Give one.")
    return content


def _read(content: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)

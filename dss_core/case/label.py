"""Label of a case: what a person calls it, which must not say who the patient is."""

import re
import unicodedata
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError
from pydicom.dataset import Dataset

from dss_core.case.case_files import CaseSeries, Files, ImageSeries, inventory_of
from dss_core.case.demo_stories import STORIES
from dss_core.case.record import Label
from dss_core.errors import InputError
from dss_core.reading.inventory import Series, read_dataset
from dss_core.reading.privacy import without_identity

_LABEL: TypeAdapter[str] = TypeAdapter(Label)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"(?<![a-z])({'|'.join(_MONTHS)})[a-z]*", re.IGNORECASE)


def check_label(label: str, headers: Iterable[Dataset] = ()) -> str:
    """The label as it is stored.

    Parameters
    ----------
    label : str
    headers : iterable of Dataset
        Of the case's files (`headers_of`).

    Raises
    ------
    InputError
        If it is empty or too long, is the name of a demo patient, or holds a name, a date or a
        number of the headers. The message does not repeat it.
    """
    normal = unicodedata.normalize("NFC", label)
    try:
        kept = _LABEL.validate_python(normal)
    except ValidationError as fault:
        raise InputError(
            f"A label of 1 to 80 characters was expected, found {len(normal)}. Shorten it."
        ) from fault
    if not kept.isprintable():
        raise InputError("The label holds characters that cannot be printed. Leave them out.")
    if kept.casefold() in _demo_names():
        raise InputError("The label is the name of a demo patient. Choose another.")
    for header in headers:
        if without_identity(kept, header) != kept or _says_date(kept, header):
            raise InputError(
                "The label holds a name, a date or a number of the patient or the study as in the "
                "headers. Choose one that does not say who the patient is."
            )
    return kept


def _demo_names() -> set[str]:
    """What only the simulated patients are called, so that no list mixes them up."""
    return {name.casefold() for story in STORIES for name in (story.title, story.name)}


def headers_of(series: CaseSeries) -> tuple[Dataset, ...]:
    """A header of each image series of a case, with what names the patient.

    Raises
    ------
    InputError
        If a file cannot be read any more.
    """
    images = (series.images.ct, series.images.pet)
    return tuple(
        read_dataset(image.slices[0].source) for image in images if isinstance(image, Series)
    )


def headers_in(files: Files) -> tuple[Dataset, ...]:
    """A header of each image series in a folder, file or zip.

    Raises
    ------
    InputError
        If there is none, or a file cannot be read.
    """
    found = inventory_of(files).series
    if not found:
        raise InputError("DICOM images were expected in the files, none were found. Name others.")
    return tuple(read_dataset(series.slices[0].source) for series in found)


def study_uid_of(images: ImageSeries) -> str:
    """StudyInstanceUID of the CT, else of the PET; empty where the files have none."""
    return images.ct.study_uid or images.pet.study_uid


def _says_date(label: str, header: Dataset) -> bool:
    """Day, month and year of a date of the header, in any order and however they are written."""
    label = _MONTH.sub(lambda found: f" {_MONTHS.index(found[1].lower()) + 1} ", label)
    return any(_says(label, date) for date in _dates(header))


def _dates(header: Dataset) -> set[str]:
    """Every date in the header, YYYYMMDD; that of birth among them."""
    values = (str(one.value or "")[:8] for one in header if one.VR in ("DA", "DT") and one.VM == 1)
    return {value for value in values if re.fullmatch(r"[0-9]{8}", value)}


def _says(label: str, date: str) -> bool:
    year, month, day = int(date[:4]), int(date[4:6]), int(date[6:])
    orders = [(year, month, day), (day, month, year), (month, day, year)]
    orders += [(y % 100, m, d) if y == year else (y, m, d % 100) for y, m, d in orders]
    found = [int(n) for n in re.findall(r"[0-9]+", label)]
    if any(triple in orders for triple in zip(found, found[1:], found[2:], strict=False)):
        return True
    solid = "".join(re.findall(r"[0-9]+", label))
    return any(f"{a:02d}{b:02d}{c:02d}" in solid for a, b, c in orders[:3])

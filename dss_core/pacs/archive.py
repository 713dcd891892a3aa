"""The interface to a PACS, and what passes through it.

`open_pacs` gives a `Pacs` for a place; DICOMweb and DIMSE do the same. Progress callbacks may
raise: what they raise ends the transfer and comes out unchanged, which is how one is cancelled.

Examples
--------
>>> from dss_core.pacs.archive import Query
>>> Query(patient_id="0042", date="20260101-20260131").first_day
'20260101'
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dss_core.errors import InputError
from dss_core.pacs.pacs_place import DicomWebPlace, PacsPlace
from dss_core.reading.sources import Source

UID = re.compile(r"[0-9][0-9.]{0,63}")
MAX_STUDIES = 200
"""More answers to one query are refused: nobody chooses among so many."""
_WILDCARDS = re.compile(r"[*?\\\x00-\x1f]")


def check_uid(uid: str) -> str:
    """A UID as it is used in requests and names of folders.

    Raises
    ------
    InputError
        If it is none.
    """
    if not UID.fullmatch(uid):
        raise InputError(
            f"{uid[:70]!r} is no DICOM UID; up to 64 digits and points were expected. Take it from "
            "`pacs find`."
        )
    return uid


@dataclass(frozen=True)
class Query:
    """Which studies to find; what is "" is not asked for. Identifiers match exactly.

    Attributes
    ----------
    patient_id, accession, study_uid : str
    date : str
        YYYYMMDD, or the first and last day with a hyphen.
    """

    patient_id: str = field(default="", repr=False)
    accession: str = field(default="", repr=False)
    date: str = ""
    study_uid: str = ""

    def __post_init__(self) -> None:
        if not (self.patient_id or self.accession or self.date or self.study_uid):
            raise InputError(
                "A query names a patient ID, an accession number, a date or a study. Give one."
            )
        for text in (self.patient_id, self.accession):
            if _WILDCARDS.search(text) or len(text.strip()) > 64 or (text and not text.strip()):
                raise InputError(
                    "A patient ID or accession number has up to 64 characters, none of them * ? or "
                    "a backslash. Give it in full."
                )
        if self.study_uid:
            check_uid(self.study_uid)
        if self.date:
            days = self.date.split("-")
            if len(days) > 2 or not all(map(_is_day, days)) or days[0] > days[-1]:
                raise InputError(
                    f"The date {self.date[:40]!r} is not YYYYMMDD, nor two of them with a hyphen, "
                    "the earlier first. Correct it."
                )

    @property
    def first_day(self) -> str:
        """YYYYMMDD, "" where no date is asked for."""
        return self.date.split("-")[0]

    @property
    def last_day(self) -> str:
        """As `first_day`."""
        return self.date.split("-")[-1]

    def admits(self, study: "StudyFound") -> bool:
        """Whether a study is what was asked for: a PACS may ignore what it does not know."""
        asked = (
            (self.patient_id, study.patient_id),
            (self.accession, study.accession),
            (self.study_uid, study.study_uid),
        )
        if any(wanted and wanted.strip() != found.strip() for wanted, found in asked):
            return False
        return not self.date or self.first_day <= study.date <= self.last_day


@dataclass(frozen=True)
class SeriesFound:
    """A series as the PACS announces it; `instances` is None where it does not say how many."""

    series_uid: str
    modality: str
    description: str = field(repr=False)
    instances: int | None


@dataclass(frozen=True)
class StudyFound:
    """A study as the PACS announces it, with whose it is.

    Attributes
    ----------
    date : str
        YYYYMMDD, "" where it has none.
    issuer : str
        IssuerOfPatientID: two patients may have one ID from two issuers.
    """

    study_uid: str
    date: str
    modalities: tuple[str, ...]
    series: tuple[SeriesFound, ...]
    patient_id: str = field(repr=False)
    issuer: str = field(repr=False)
    patient_name: str = field(repr=False)
    accession: str = field(repr=False)


@dataclass(frozen=True)
class Transferred:
    """How far a transfer is: objects done, of how many (0 where unknown), and bytes."""

    objects: int
    of: int
    n_bytes: int


TransferCallback = Callable[[Transferred], None]


def no_callback(done: Transferred) -> None:
    """A callback that does nothing."""


@dataclass(frozen=True)
class Fetched:
    """A study, or the series of it that were asked for, complete in a folder."""

    study_uid: str
    folder: Path
    objects: int
    n_bytes: int


@dataclass(frozen=True)
class NotStored:
    """An object that the PACS did not take, and why."""

    sop_instance_uid: str
    reason: str


@dataclass(frozen=True)
class Sent:
    """What the PACS has taken, and what not."""

    stored: tuple[str, ...]
    failed: tuple[NotStored, ...]


class Pacs(Protocol):
    """What a PACS can do. Every method raises PacsError where it does not."""

    def echo(self) -> str:
        """Ask whether it answers this user; its name in words."""

    def find(self, query: Query) -> tuple[StudyFound, ...]:
        """Studies that a query admits, newest first, each with its series."""

    def fetch(
        self,
        study_uid: str,
        folder: Path,
        on_progress: TransferCallback = no_callback,
        series: Collection[str] = (),
    ) -> Fetched:
        """Put a study, or some series of it, into a new folder: complete, or there is no folder."""

    def send(self, objects: Iterable[Source], on_progress: TransferCallback = no_callback) -> Sent:
        """Store DICOM objects; refused before anything is sent where one cannot be stored."""


def open_pacs(place: PacsPlace) -> Pacs:
    """The PACS at a place; nothing is asked of it yet. For one action: it is not kept between them.

    Raises
    ------
    InputError
        If the extra that it needs is not installed, or its settings are not usable.
    """
    with extra_installed():
        if isinstance(place, DicomWebPlace):
            from dss_core.pacs.dicomweb import DicomWeb

            return DicomWeb(place)
        from dss_core.pacs.dimse import Dimse

        return Dimse(place)


@contextmanager
def extra_installed() -> Iterator[None]:
    """Refuse an import inside that needs the extra `hospital`, in words.

    Raises
    ------
    InputError
    """
    try:
        yield
    except ModuleNotFoundError as fault:
        raise InputError(
            f"A PACS needs {fault.name}; install it: pip install 'nsclc-dss[hospital]'."
        ) from fault


def day(text: str) -> str:
    """A date of a PACS as YYYYMMDD, "" where it is none; ACR-NEMA wrote points."""
    digits = text.replace(".", "")
    return digits if _is_day(digits) else ""


def _is_day(text: str) -> bool:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return False
    try:
        datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return True

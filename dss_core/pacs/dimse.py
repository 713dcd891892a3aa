"""DIMSE: C-ECHO, C-FIND, C-MOVE to an own receiver, and C-STORE.

References
----------
DICOM PS3.4 C.6.2 (study root query/retrieve), B (storage); PS3.7 9.1.
"""

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import build_context
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

from dss_core.errors import PacsError
from dss_core.pacs.archive import (
    MAX_STUDIES,
    UID,
    Fetched,
    Query,
    Sent,
    SeriesFound,
    StudyFound,
    TransferCallback,
    check_uid,
    day,
    no_callback,
)
from dss_core.pacs.arriving import Announced, arriving, check_free, fetched, wanted_series
from dss_core.pacs.association import (
    PENDING,
    SUCCESS,
    NotOfferedError,
    associated,
    not_done,
    status_of,
)
from dss_core.pacs.moving import Move
from dss_core.pacs.outgoing import check_filed, outgoing
from dss_core.pacs.pacs_place import DimsePlace
from dss_core.pacs.storing_dimse import store_dimse
from dss_core.reading.sources import Source
from dss_core.reading.tags import number_if_readable, text, values

_FIND = StudyRootQueryRetrieveInformationModelFind
_STUDY_KEYS = (
    "StudyInstanceUID", "StudyDate", "ModalitiesInStudy", "PatientID", "IssuerOfPatientID",
    "PatientName", "AccessionNumber",
)  # fmt: skip
_SERIES_KEYS = (
    "SeriesInstanceUID", "Modality", "SeriesDescription", "NumberOfSeriesRelatedInstances",
)  # fmt: skip

_UID_OF = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}


class Dimse:
    """The DIMSE service at a place; see `dss_core.pacs.archive.Pacs`."""

    def __init__(self, place: DimsePlace) -> None:
        self._place = place

    def __repr__(self) -> str:
        return f"Dimse({self._place!r})"

    def echo(self) -> str:
        """C-ECHO."""
        with associated(self._place, [build_context(Verification)], self._place.timeout_s) as assoc:
            code = status_of(self._place, assoc.send_c_echo())
            version = assoc.acceptor.implementation_version_name
        if code != SUCCESS:
            raise not_done(self._place, "the echo", code)
        return self._place.name + (f" ({version})" if version else "")

    def find(self, query: Query) -> tuple[StudyFound, ...]:
        """Studies that a query admits, newest first."""
        asked = {
            "PatientID": query.patient_id.strip(),
            "AccessionNumber": query.accession.strip(),
            "StudyDate": query.date,
            "StudyInstanceUID": query.study_uid,
        }
        with self._finding() as assoc:
            answers = self._ask(assoc, "STUDY", dict.fromkeys(_STUDY_KEYS, "") | asked, MAX_STUDIES)
            studies = [study for item in answers if query.admits(study := _study(item, ()))]
            found = [
                _study(item, self._series(assoc, text(item, "StudyInstanceUID")))
                for item in answers
                if text(item, "StudyInstanceUID") in {s.study_uid for s in studies}
            ]
        return tuple(sorted(found, key=lambda s: (s.date, s.study_uid), reverse=True))

    def fetch(
        self,
        study_uid: str,
        folder: Path,
        on_progress: TransferCallback = no_callback,
        series: Collection[str] = (),
    ) -> Fetched:
        """Series by series, to a receiver that is there for that time."""
        check_uid(study_uid)
        check_free(folder)
        with self._finding() as assoc:
            wanted = wanted_series(self._series(assoc, study_uid), series, self._place.name)
            announced = self._announced(assoc, study_uid, wanted)
        with arriving(folder, announced, on_progress) as arrived:
            Move(self._place, arrived).run(study_uid, wanted)
        return fetched(folder, announced, arrived)

    def send(self, objects: Iterable[Source], on_progress: TransferCallback = no_callback) -> Sent:
        """One after the other."""
        looked_at = outgoing(objects)
        with suppress(NotOfferedError):  # a receiver that has nothing to find
            for study_uid in {o.study_uid for o in looked_at}:
                check_filed(looked_at, self.find(Query(study_uid=study_uid)))
        return store_dimse(self._place, looked_at, on_progress)

    def _finding(self) -> AbstractContextManager[Association]:
        return associated(self._place, [build_context(_FIND)], self._place.timeout_s)

    def _series(self, assoc: Association, study_uid: str) -> tuple[SeriesFound, ...]:
        keys = dict.fromkeys(_SERIES_KEYS, "") | {"StudyInstanceUID": study_uid}
        return tuple(_series(item) for item in self._ask(assoc, "SERIES", keys))

    def _announced(self, assoc: Association, study_uid: str, series: Iterable[str]) -> Announced:
        instances: dict[str, str] = {}
        for uid in series:
            keys = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": uid, "SOPInstanceUID": ""}
            found = self._ask(assoc, "IMAGE", keys)
            instances |= {text(item, "SOPInstanceUID"): uid for item in found}
        return Announced(study_uid, instances)

    def _ask(
        self, assoc: Association, level: str, keys: dict[str, str], at_most: int | None = None
    ) -> list[Dataset]:
        """Every answer to a query."""
        query = Dataset()
        query.SpecificCharacterSet = "ISO_IR 192"
        query.QueryRetrieveLevel = level
        for keyword, value in keys.items():
            setattr(query, keyword, value)
        found: list[Dataset] = []
        for status, identifier in assoc.send_c_find(query, _FIND):
            code = status_of(self._place, status)
            if code not in PENDING:
                if code != SUCCESS:
                    raise not_done(self._place, "the query", code)
                break
            if identifier is None or not UID.fullmatch(text(identifier, _UID_OF[level])):
                raise PacsError(
                    f"The PACS {self._place.name} answers a query without a usable "
                    f"{_UID_OF[level]}. Ask its administrator."
                )
            found.append(identifier)
            if at_most is not None and len(found) > at_most:
                raise PacsError(
                    f"More than {at_most} studies match. Narrow the query by a patient ID or dates."
                )
        return found


def _study(item: Dataset, series: tuple[SeriesFound, ...]) -> StudyFound:
    modalities = {s.modality for s in series if s.modality} or set(
        values(item, "ModalitiesInStudy")
    )
    return StudyFound(
        text(item, "StudyInstanceUID"),
        day(text(item, "StudyDate")),
        tuple(sorted(modalities)),
        series,
        text(item, "PatientID"),
        text(item, "IssuerOfPatientID"),
        text(item, "PatientName"),
        text(item, "AccessionNumber"),
    )


def _series(item: Dataset) -> SeriesFound:
    stated = number_if_readable(item, "NumberOfSeriesRelatedInstances")
    return SeriesFound(
        text(item, "SeriesInstanceUID"),
        text(item, "Modality"),
        text(item, "SeriesDescription"),
        None if stated is None else int(stated),
    )

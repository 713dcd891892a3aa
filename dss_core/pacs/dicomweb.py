"""DICOMweb: QIDO-RS, WADO-RS and STOW-RS.

Searches are dicomweb-client's. Objects are not: it holds each several times in memory, writes it
anew, takes a last part that was cut off for whole, and loses an answer that names failed objects.

References
----------
DICOM PS3.18 10.4 (retrieve), 10.5 (store), 10.6 (search); PS3.4 table I.2-1 (failure reasons).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from dicomweb_client.web import DICOMwebClient

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
from dss_core.pacs.arriving import Announced, Arriving, arriving, check_free, fetched, wanted_series
from dss_core.pacs.dicom_json import json_number, json_text, json_values
from dss_core.pacs.multipart import CHUNK_BYTES, CutShortError, boundary_of, save_parts
from dss_core.pacs.outgoing import check_filed, outgoing
from dss_core.pacs.pacs_place import DicomWebPlace
from dss_core.pacs.storing import store
from dss_core.pacs.web_session import (
    CONNECT_S,
    broken_off,
    not_dicomweb,
    open_session,
    refusal,
    speaking,
)
from dss_core.reading.sources import Source

_PAGE = 100
_STUDY_FIELDS = (
    "PatientID", "IssuerOfPatientID", "PatientName", "AccessionNumber", "StudyDate",
    "ModalitiesInStudy",
)  # fmt: skip
_SERIES_FIELDS = ("SeriesDescription", "NumberOfSeriesRelatedInstances", "Modality")
_ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
Search = Callable[[int, int], list[dict[str, Any]]]


class DicomWeb:
    """The DICOMweb service at a place; see `dss_core.pacs.archive.Pacs`.

    Raises
    ------
    InputError
        If its password file or its certificates are not usable.
    """

    def __init__(self, place: DicomWebPlace) -> None:
        self._place = place
        self._session = open_session(place)
        self._timeout = (min(CONNECT_S, place.timeout_s), place.timeout_s)
        with speaking(place):
            self._client = DICOMwebClient(
                place.url, session=self._session, permissive_uid=True, timeout=self._timeout
            )
        self._client.set_http_retry_params(retry=False)

    def __repr__(self) -> str:
        return f"DicomWeb({self._place.url!r})"

    def echo(self) -> str:
        """Ask for one study."""
        with speaking(self._place):
            answer = self._client.search_for_studies(limit=1)
        if not isinstance(answer, list):
            raise PacsError(not_dicomweb(self._place))
        return f"DICOMweb at {self._place.name}"

    def find(self, query: Query) -> tuple[StudyFound, ...]:
        """Studies that a query admits, newest first."""
        found = []
        for item in self._all(
            "StudyInstanceUID",
            lambda limit, offset: self._client.search_for_studies(
                limit=limit, offset=offset, fields=_STUDY_FIELDS, search_filters=_filters(query)
            ),
            MAX_STUDIES,
        ):
            study = _study(item, ())
            if query.admits(study):
                found.append(_study(item, self._series(study.study_uid)))
        return tuple(sorted(found, key=lambda s: (s.date, s.study_uid), reverse=True))

    def fetch(
        self,
        study_uid: str,
        folder: Path,
        on_progress: TransferCallback = no_callback,
        series: Collection[str] = (),
    ) -> Fetched:
        """Series by series."""
        check_uid(study_uid)
        check_free(folder)
        wanted = wanted_series(self._series(study_uid), series, f"at {self._place.name}")
        announced = self._announced(study_uid, wanted)
        with arriving(folder, announced, on_progress) as arrived:
            for uid in wanted:
                self._fetch_series(study_uid, uid, arrived)
        return fetched(folder, announced, arrived)

    def send(self, objects: Iterable[Source], on_progress: TransferCallback = no_callback) -> Sent:
        """In requests of some objects each."""
        looked_at = outgoing(objects)
        for study_uid in {o.study_uid for o in looked_at}:
            check_filed(looked_at, self.find(Query(study_uid=study_uid)))
        return store(self._session, self._place, looked_at, on_progress)

    def _series(self, study_uid: str) -> tuple[SeriesFound, ...]:
        found = self._all(
            "SeriesInstanceUID",
            lambda limit, offset: self._client.search_for_series(
                study_uid, limit=limit, offset=offset, fields=_SERIES_FIELDS
            ),
        )
        return tuple(
            SeriesFound(
                json_text(item, "SeriesInstanceUID"),
                json_text(item, "Modality"),
                json_text(item, "SeriesDescription"),
                json_number(item, "NumberOfSeriesRelatedInstances"),
            )
            for item in found
        )

    def _announced(self, study_uid: str, series: Iterable[str]) -> Announced:
        instances: dict[str, str] = {}
        for uid in series:
            found = self._all(
                "SOPInstanceUID",
                lambda limit, offset, uid=uid: self._client.search_for_instances(  # type: ignore[misc]
                    study_uid, uid, limit=limit, offset=offset
                ),
            )
            instances |= {json_text(item, "SOPInstanceUID"): uid for item in found}
        return Announced(study_uid, instances)

    def _all(self, key: str, search: Search, at_most: int | None = None) -> list[dict[str, Any]]:
        """Every answer to a search, over all its pages; each once.

        A server may give fewer than it was asked for, and one that knows no pages the same again.
        """
        found: dict[str, dict[str, Any]] = {}
        offset = 0
        while True:
            with speaking(self._place):
                page = search(_PAGE, offset)
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise PacsError(not_dicomweb(self._place))
            new = {json_text(item, key): item for item in page}
            if not all(map(UID.fullmatch, new)):
                raise PacsError(not_dicomweb(self._place))
            if not new.keys() - found.keys():
                return list(found.values())
            found |= new
            offset += len(page)
            if at_most is not None and len(found) > at_most:
                raise PacsError(
                    f"More than {at_most} studies match. Narrow the query by a patient ID or dates."
                )

    def _fetch_series(self, study_uid: str, series_uid: str, arrived: Arriving) -> None:
        url = f"{self._place.url}/studies/{study_uid}/series/{series_uid}"
        with speaking(self._place):
            response = self._session.get(
                url, headers={"Accept": _ACCEPT}, stream=True, timeout=self._timeout
            )
        with response:
            if response.status_code != requests.codes.ok:
                raise PacsError(refusal(self._place, response.status_code))
            boundary = boundary_of(response.headers.get("Content-Type", ""))
            if boundary is None:
                raise PacsError(not_dicomweb(self._place))
            try:
                for path in save_parts(self._body(response, arrived), boundary, arrived.new_path):
                    arrived.check(path)
            except CutShortError:
                raise PacsError(broken_off(self._place)) from None

    def _body(self, response: requests.Response, arrived: Arriving) -> Iterator[bytes]:
        chunks = response.iter_content(CHUNK_BYTES)
        while True:
            with speaking(self._place):
                chunk = next(chunks, b"")
            if not chunk:
                return
            arrived.count(len(chunk))
            arrived.tell()
            yield chunk


def _filters(query: Query) -> dict[str, str]:
    asked = {
        "PatientID": query.patient_id.strip(),
        "AccessionNumber": query.accession.strip(),
        "StudyDate": query.date,
        "StudyInstanceUID": query.study_uid,
    }
    return {keyword: value for keyword, value in asked.items() if value}


def _study(item: Mapping[str, Any], series: tuple[SeriesFound, ...]) -> StudyFound:
    stated = {str(m) for m in json_values(item, "ModalitiesInStudy")}
    modalities = {s.modality for s in series if s.modality} or stated
    return StudyFound(
        json_text(item, "StudyInstanceUID"),
        day(json_text(item, "StudyDate")),
        tuple(sorted(modalities)),
        series,
        json_text(item, "PatientID"),
        json_text(item, "IssuerOfPatientID"),
        json_text(item, "PatientName"),
        json_text(item, "AccessionNumber"),
    )

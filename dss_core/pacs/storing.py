"""STOW-RS: objects to a DICOMweb service in requests of some objects each, every answer read.

What the answer does not name as stored is not taken for stored. A request that fails as a whole
fails its objects; those of earlier requests are in the archive, and nothing later is tried.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests

from dss_core.errors import PacsError
from dss_core.pacs.archive import NotStored, Sent, TransferCallback, Transferred
from dss_core.pacs.dicom_json import json_number, json_text, json_values
from dss_core.pacs.failure_reasons import failure_words
from dss_core.pacs.multipart import FilesAsParts
from dss_core.pacs.outgoing import Outgoing
from dss_core.pacs.pacs_place import DicomWebPlace
from dss_core.pacs.web_session import CONNECT_S, not_dicomweb, refusal, speaking

_MAX_OBJECTS, _MAX_BYTES = 50, 64 * 10**6
_WITH_ANSWER = (200, 202, 409)
_NOT_NAMED = "the answer of the PACS does not name it"


def store(
    session: requests.Session,
    place: DicomWebPlace,
    objects: Sequence[Outgoing],
    on_progress: TransferCallback,
) -> Sent:
    """Store objects.

    Raises
    ------
    PacsError
        If the first request already fails as a whole for another reason than its objects.
    """
    stored: list[str] = []
    failed: list[NotStored] = []
    done = _Done(len(objects), on_progress)
    n_tried = 0
    for batch in _batches(objects):
        try:
            answer = _post(session, place, batch, done)
        except PacsError as fault:
            if done.raised is not None:  # what it raises may look like a fault of the network
                raise done.raised from None
            if not n_tried:
                raise
            failed += [NotStored(o.sop_instance_uid, str(fault)) for o in objects[n_tried:]]
            break
        n_tried += len(batch)
        reasons = _not_stored(batch, answer)
        failed += [NotStored(uid, reason) for uid, reason in reasons.items()]
        stored += [o.sop_instance_uid for o in batch if o.sop_instance_uid not in reasons]
        done.objects(len(batch))
    return Sent(tuple(stored), tuple(failed))


class _Done:
    """How far it is."""

    def __init__(self, of: int, on_progress: TransferCallback) -> None:
        self._of, self._on_progress = of, on_progress
        self._objects, self._bytes = 0, 0
        self.raised: BaseException | None = None

    def bytes(self, n: int) -> None:
        self._bytes += n
        try:
            self._on_progress(Transferred(self._objects, self._of, self._bytes))
        except BaseException as raised:
            self.raised = raised
            raise

    def objects(self, n: int) -> None:
        self._objects += n
        self.bytes(0)


def _batches(objects: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    batch: list[Outgoing] = []
    for each in objects:
        full = sum(o.n_bytes for o in batch) + each.n_bytes > _MAX_BYTES
        if batch and (full or len(batch) == _MAX_OBJECTS):
            yield batch
            batch = []
        batch.append(each)
    yield batch


def _post(
    session: requests.Session, place: DicomWebPlace, batch: Iterable[Outgoing], done: _Done
) -> Mapping[str, Any]:
    """The answer in DICOM JSON."""
    objects = list(batch)
    body = FilesAsParts.of([o.source for o in objects], [o.n_bytes for o in objects], done.bytes)
    with speaking(place):
        response = session.post(
            f"{place.url}/studies",
            data=body,
            headers={"Content-Type": body.content_type, "Accept": "application/dicom+json"},
            timeout=(min(CONNECT_S, place.timeout_s), place.timeout_s),
        )
    if response.status_code not in _WITH_ANSWER:
        raise PacsError(refusal(place, response.status_code))
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, list):
        answer = answer[0] if answer else None
    if isinstance(answer, Mapping):
        return answer
    if response.status_code == requests.codes.ok:
        raise PacsError(not_dicomweb(place))
    raise PacsError(refusal(place, response.status_code))


def _not_stored(batch: Iterable[Outgoing], answer: Mapping[str, Any]) -> dict[str, str]:
    """Why each object that was not stored was not."""
    failures = {
        json_text(item, "ReferencedSOPInstanceUID"): _reason(item)
        for item in json_values(answer, "FailedSOPSequence")
        if isinstance(item, Mapping)
    }
    named = {
        json_text(item, "ReferencedSOPInstanceUID")
        for item in json_values(answer, "ReferencedSOPSequence")
        if isinstance(item, Mapping)
    }
    uids = [o.sop_instance_uid for o in batch]
    return {
        uid: failures.get(uid, _NOT_NAMED) for uid in uids if uid in failures or uid not in named
    }


def _reason(item: Mapping[str, Any]) -> str:
    code = json_number(item, "FailureReason")
    return "the PACS gives no reason" if code is None else failure_words(code)

"""C-MOVE: a PACS sends series to a receiver of our own, which is there for that time.

References
----------
DICOM PS3.4 C.4.2.
"""

import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from pydicom.dataset import Dataset
from pynetdicom import build_context
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelMove,
)

from dss_core.errors import DssError, PacsError
from dss_core.pacs.arriving import Arriving
from dss_core.pacs.association import PENDING, SUCCESS, associated, not_done, status_of
from dss_core.pacs.pacs_place import DimsePlace
from dss_core.pacs.receiver import ReceivedObject, receiving

_MOVE = StudyRootQueryRetrieveInformationModelMove
_UNKNOWN_DESTINATION = 0xA801
_LOOK_EVERY_S = 0.1


class Move:
    """C-MOVE of series to a receiver of our own, watched while it lasts."""

    def __init__(self, place: DimsePlace, arrived: Arriving) -> None:
        self._place, self._arrived = place, arrived
        self._lock = threading.Lock()
        self._fault: DssError | OSError | None = None
        self._last = time.monotonic()

    def run(self, study_uid: str, series: Iterable[str]) -> None:
        """Move them; returns when the PACS says that it has sent all."""
        place = self._place
        address = _own_address(place)
        with (
            receiving(place.own_aet, address, place.own_port, self._take, self._count),
            associated(place, [build_context(_MOVE)], None) as assoc,
            ThreadPoolExecutor(1) as worker,
        ):
            for uid in series:
                moving = worker.submit(self._move, assoc, study_uid, uid)
                try:
                    self._watch(moving)
                finally:
                    if not moving.done():  # ends the wait for a response, as a timeout would
                        assoc.dimse.msg_queue.put((None, None))
                moving.result()

    def _watch(self, moving: "Future[None]") -> None:
        while not moving.done():
            if self._fault is not None:
                raise self._fault
            if time.monotonic() - self._last > self._place.timeout_s:
                raise PacsError(
                    f"The PACS {self._place.name} has sent nothing for {self._place.timeout_s:g} s."
                    f" Check that it can reach this machine as {self._place.own_aet} at port "
                    f"{self._place.own_port}, or allow it more by DSS_PACS_TIMEOUT."
                )
            self._arrived.tell()
            wait([moving], timeout=_LOOK_EVERY_S)
        if self._fault is not None:
            raise self._fault

    def _move(self, assoc: Association, study_uid: str, series_uid: str) -> None:
        query = Dataset()
        query.QueryRetrieveLevel = "SERIES"
        query.StudyInstanceUID, query.SeriesInstanceUID = study_uid, series_uid
        for status, _ in assoc.send_c_move(query, self._place.own_aet, _MOVE):
            self._last = time.monotonic()
            code = status_of(self._place, status)
            if code == _UNKNOWN_DESTINATION:
                raise PacsError(
                    f"The PACS {self._place.name} does not know where {self._place.own_aet} is. "
                    "Have its administrator add this machine with port "
                    f"{self._place.own_port}."
                )
            if code not in (SUCCESS, *PENDING):
                raise not_done(self._place, "to send the study", code)

    def _take(self, received: ReceivedObject) -> None:
        try:
            with self._lock:
                path = self._arrived.new_path()
                with path.open("wb") as stream:
                    received.write_to(stream)
                self._arrived.check(path)
        except (DssError, OSError) as fault:
            self._fault = fault
            raise

    def _count(self, n_bytes: int) -> None:
        self._last = time.monotonic()
        try:
            with self._lock:
                self._arrived.count(n_bytes)
        except DssError as fault:
            self._fault = fault
            raise


def _own_address(place: DimsePlace) -> str:
    """The address of this machine on the way to the PACS; nothing is sent."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind) as way:
            way.connect(address)
            return str(way.getsockname()[0])
    except OSError:
        raise PacsError(
            f"The PACS does not answer at {place.name}. Check the address and that it runs."
        ) from None

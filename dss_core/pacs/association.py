"""DIMSE associations: opened with short waits, every fault one sentence.

References
----------
DICOM PS3.8 9.3.4 (rejection), PS3.7 C (status codes).
"""

import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from dss_core.errors import PacsError
from dss_core.pacs.pacs_place import DimsePlace

CONNECT_S = 5.0
SUCCESS = 0x0000
PENDING = (0xFF00, 0xFF01)
# One sentence says what went wrong; its messages hold identifiers.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
_CALLING, _CALLED = 3, 7
_USER_SOURCE = 1


def _at_once(event: evt.Event) -> None:
    wire = event.assoc.dul.socket
    if wire is not None and wire.socket is not None:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


AT_ONCE: evt.EventHandlerType = (evt.EVT_CONN_OPEN, _at_once)
"""Messages go out as they are written: else each object waits 40 ms for an acknowledgement."""


class NotOfferedError(PacsError):
    """A PACS that answers and does not offer what is asked of it."""


@contextmanager
def associated(
    place: DimsePlace, contexts: Sequence[PresentationContext], dimse_timeout_s: float | None
) -> Iterator[Association]:
    """An association for the time of the block; after a fault it is aborted.

    Parameters
    ----------
    place : DimsePlace
    contexts : sequence of PresentationContext
        What is proposed; at least one is accepted.
    dimse_timeout_s : float or None
        How long a response may take; None where the caller watches.

    Raises
    ------
    PacsError
        If there is none; NotOfferedError if none of the contexts is accepted.
    """
    ae = AE(ae_title=place.own_aet)
    ae.requested_contexts = list(contexts)
    ae.connection_timeout = min(CONNECT_S, place.timeout_s)
    ae.acse_timeout = ae.network_timeout = place.timeout_s
    ae.dimse_timeout = dimse_timeout_s
    opened: list[evt.Event] = []
    assoc = ae.associate(
        place.host, place.port, ae_title=place.aet,
        evt_handlers=[AT_ONCE, (evt.EVT_CONN_OPEN, opened.append)],
    )  # fmt: skip
    if not assoc.is_established:
        if assoc.acceptor.primitive is not None and not (
            assoc.is_rejected or assoc.accepted_contexts
        ):
            raise NotOfferedError(
                f"The PACS {place.name} does not offer that, or not for these objects. Ask its "
                "administrator."
            )
        raise PacsError(_refusal(place, assoc, bool(opened)))
    try:
        yield assoc
        assoc.release()
    except RuntimeError:  # pynetdicom, asked for more when the other side has ended it
        if assoc.is_established:
            raise
        raise PacsError(broken_off(place)) from None
    finally:
        if not (assoc.is_released or assoc.is_aborted):
            assoc.abort()


def broken_off(place: DimsePlace) -> str:
    """The sentence for an association that ends too early."""
    return f"The connection to the PACS {place.name} broke off. Try again."


def status_of(place: DimsePlace, status: Dataset) -> int:
    """The status of a response.

    Raises
    ------
    PacsError
        If there was none: the association has ended, or the wait has.
    """
    if "Status" not in status:
        raise PacsError(
            f"The PACS {place.name} gave no answer within {place.timeout_s:g} s, or ended the "
            f"connection: it may not let {place.own_aet} do that. Ask its administrator."
        )
    return int(status.Status)


def not_done(place: DimsePlace, what: str, code: int) -> PacsError:
    """The refusal for a status that is no success."""
    return PacsError(
        f"The PACS {place.name} refuses {what} (status 0x{code:04X}). Ask its administrator."
    )


def _refusal(place: DimsePlace, assoc: Association, connected: bool) -> str:
    if assoc.is_rejected:
        answer = assoc.acceptor.primitive
        source = getattr(answer, "result_source", None)
        reason = getattr(answer, "diagnostic", None)
        if source == _USER_SOURCE and reason == _CALLED:
            return f"The PACS at {place.host}:{place.port} has another AE title than {place.aet}."
        if source == _USER_SOURCE and reason == _CALLING:
            return (
                f"The PACS {place.name} does not know the AE title {place.own_aet}. Have its "
                "administrator add it, or set the one it knows."
            )
        return f"The PACS {place.name} rejects this program. Ask its administrator."
    if connected:
        return (
            f"The PACS {place.name} takes the connection and gives no answer. Check that this is "
            f"its DICOM port, and that it knows the AE titles {place.aet} and {place.own_aet}."
        )
    return f"The PACS does not answer at {place.name}. Check the address and that it runs."

"""Receiver of DIMSE objects (C-STORE SCP): one object in memory at a time, each written whole.

Only objects that call its own AE title are taken. DIMSE has neither password nor encryption: who
takes an object checks whose it is.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from pydicom.filebase import DicomIO
from pydicom.filewriter import write_file_meta_info
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from dss_core.errors import ConflictError, DssError, InputError, StorageError
from dss_core.pacs.association import AT_ONCE

_OUT_OF_RESOURCES, _REFUSED, _ANOTHER_IS_THERE = 0xA700, 0xA900, 0x0111


@dataclass(frozen=True)
class ReceivedObject:
    """An object that has arrived and is nowhere yet."""

    event: evt.Event

    def write_to(self, stream: BinaryIO) -> None:
        """Write it as a DICOM file, its bytes unchanged."""
        request = self.event.request
        assert isinstance(request, C_STORE) and request.DataSet is not None
        stream.write(b"\0" * 128 + b"DICM")
        write_file_meta_info(DicomIO(stream), self.event.file_meta, enforce_standard=True)
        request.DataSet.seek(0)
        while chunk := request.DataSet.read(1 << 20):
            stream.write(chunk)


Take = Callable[[ReceivedObject], None]


@contextmanager
def receiving(
    aet: str,
    address: str,
    port: int,
    take: Take,
    on_bytes: Callable[[int], None],
    senders: Collection[str] = (),
) -> Iterator[None]:
    """Receive for the time of the block.

    Parameters
    ----------
    aet : str
        The AE title that senders call.
    address : str
        Of this machine, that is listened on.
    port : int
    take : callable
        Receives each object, in a thread of its association; a refusal that it raises is answered
        as a failure.
    on_bytes : callable
        Receives how many bytes came; a refusal that it raises ends the association.
    senders : collection of str
        AE titles that may send; empty for all.

    Raises
    ------
    InputError
        If the port cannot be had.
    """
    ae = AE(ae_title=aet)
    ae.require_called_aet = True
    ae.require_calling_aet = list(senders)
    for context in AllStoragePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), ALL_TRANSFER_SYNTAXES)
    ae.add_supported_context(Verification)
    handlers: list[evt.EventHandlerType] = [
        AT_ONCE,
        (evt.EVT_C_STORE, lambda event: _store(event, take)),
        (evt.EVT_DATA_RECV, lambda event: _count(event, on_bytes)),
    ]
    try:
        server = ae.start_server((address, port), block=False, evt_handlers=handlers)
    except OSError as fault:
        raise InputError(
            f"Port {port} of {address} cannot be listened on: {fault.strerror}. Name another, or "
            "end the program that has it."
        ) from fault
    assert server is not None  # as it does not block
    try:
        yield
    finally:
        server.shutdown()
        for assoc in server.active_associations:
            assoc.abort()


def _store(event: evt.Event, take: Take) -> int:
    try:
        take(ReceivedObject(event))
    except (StorageError, OSError):
        return _OUT_OF_RESOURCES
    except ConflictError:
        return _ANOTHER_IS_THERE
    except DssError:
        return _REFUSED
    return 0x0000


def _count(event: evt.Event, on_bytes: Callable[[int], None]) -> None:
    try:
        on_bytes(len(event.data))
    except DssError:
        event.assoc.abort()

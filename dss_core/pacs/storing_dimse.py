"""C-STORE: objects one after the other, the status of each read."""

from collections.abc import Sequence

import pydicom
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pynetdicom import build_context
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from dss_core.errors import InputError, PacsError
from dss_core.pacs.archive import NotStored, Sent, TransferCallback, Transferred
from dss_core.pacs.association import SUCCESS, associated, broken_off, status_of
from dss_core.pacs.failure_reasons import failure_words
from dss_core.pacs.outgoing import Outgoing
from dss_core.pacs.pacs_place import DimsePlace

_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_MAX_CONTEXTS = 128
_WARNINGS = range(0xB000, 0xC000)


def store_dimse(
    place: DimsePlace, objects: Sequence[Outgoing], on_progress: TransferCallback
) -> Sent:
    """Store objects.

    Raises
    ------
    InputError
        If they are of more kinds than one association can carry.
    PacsError
        If there is no association.
    """
    stored: list[str] = []
    failed: list[NotStored] = []
    n_bytes = 0
    with associated(place, _contexts(objects), place.timeout_s) as assoc:
        for each in objects:
            try:
                reason = _store(place, assoc, each)
            except PacsError as fault:
                if not stored and not failed:
                    raise
                rest = objects[len(stored) + len(failed) :]
                failed += [NotStored(o.sop_instance_uid, str(fault)) for o in rest]
                break
            if reason:
                failed.append(NotStored(each.sop_instance_uid, reason))
            else:
                stored.append(each.sop_instance_uid)
            n_bytes += each.n_bytes
            on_progress(Transferred(len(stored) + len(failed), len(objects), n_bytes))
    return Sent(tuple(stored), tuple(failed))


def _contexts(objects: Sequence[Outgoing]) -> list[PresentationContext]:
    kinds = {(o.sop_class, syntax): None for o in objects for syntax in _syntaxes(o)}
    if len(kinds) > _MAX_CONTEXTS:
        raise InputError(
            f"The objects are of {len(kinds)} kinds; one association carries {_MAX_CONTEXTS}. Send "
            "them in parts."
        )
    return [build_context(sop_class, syntax) for sop_class, syntax in kinds]


def _syntaxes(each: Outgoing) -> tuple[str, ...]:
    """The file's own, and for an uncompressed one those that it can be written in."""
    return _PLAIN if each.transfer_syntax in _PLAIN else (each.transfer_syntax,)


def _store(place: DimsePlace, assoc: Association, each: Outgoing) -> str:
    """Why it was not stored; "" where it was."""
    if not any(c.abstract_syntax == each.sop_class for c in assoc.accepted_contexts):
        return failure_words(0x0122)
    if not assoc.is_established:
        raise PacsError(broken_off(place))
    with each.source.open() as stream:
        try:
            dataset = pydicom.dcmread(stream)
            code = status_of(place, assoc.send_c_store(dataset))
        except ValueError:  # no context for its transfer syntax
            return failure_words(0xC122)
        except RuntimeError:
            raise PacsError(broken_off(place)) from None
    return "" if code == SUCCESS or code in _WARNINGS else failure_words(code)

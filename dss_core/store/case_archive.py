"""Case archive: one saved case as one file, to be handed to another installation.

It holds the record and, where they are kept, the images; nothing of a header was kept, so nothing
of one is in it. A case comes out with the id and the digests that it went in with.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from dss_core.case.record import LOCAL_USER, Action, CaseRecord, Event, Keep, record_from_json
from dss_core.errors import InputError
from dss_core.store.case_images import check_belongs, read_images
from dss_core.store.case_store import CaseStore
from dss_core.store.keeping import Keeping
from dss_core.store.sealed_zip import SealedZip, filled_with, open_sealed_zip, write_sealed_zip

KIND = "case archive"
_RECORD, _IMAGES = "record.json", "images.npz"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    images : bool
        Whether the images are in it.
    sha256 : str
        Of the file.
    """

    id: UUID
    images: bool
    sha256: str


@dataclass(frozen=True)
class Imported:
    """What was read.

    Attributes
    ----------
    new : bool
        False where the very same case was there already.
    """

    record: CaseRecord
    new: bool


def export_case(store: CaseStore, case_id: UUID, path: Path) -> Exported:
    """Write a case to a file.

    Raises
    ------
    InputError
        If there is no such case.
    StorageError
        If its images are gone or altered, or the file cannot be written.
    """
    record, images = store.load(case_id).record, store.images_bytes(case_id)
    members = {_RECORD: filled_with(record.to_json())}
    if images is not None:
        members[_IMAGES] = filled_with(images)
    sha256 = write_sealed_zip(path, KIND, members)
    return Exported(case_id, images is not None, sha256)


def import_case(store: CaseStore, path: Path, now: datetime, who: str = LOCAL_USER) -> Imported:
    """Keep the case of a file; one whose time is over is kept anew for the usual time.

    Raises
    ------
    InputError
        If the file was altered, or a case with its id is there with other content.
    StorageError
    """
    with open_sealed_zip(path, KIND) as archive:
        record, images = _read(archive)
    there = _already_there(store, record)
    if there is not None:
        return Imported(there, new=False)
    until = record.kept_until
    if until is not None and until <= now:
        until = Keeping.current().until(now)
    keep = Keep.IMAGES if images is not None else Keep.RECORD
    record = record.after(Event(now, Action.IMPORTED, who), keep=keep, kept_until=until)
    store.save(record, images, expected_version=None)
    return Imported(record, new=True)


def _read(archive: SealedZip) -> tuple[CaseRecord, bytes | None]:
    foreign = sorted(set(archive.members) - {_RECORD, _IMAGES})
    if foreign or _RECORD not in archive.members:
        raise InputError(
            f"{archive.name} has members that a case archive has not, or lacks its record. Take a "
            "file that `cases export` wrote."
        )
    record = record_from_json(archive.read(_RECORD), f"{_RECORD} of {archive.name}")
    if _IMAGES not in archive.members:
        return record, None
    images = archive.read(_IMAGES)
    check_belongs(read_images(io.BytesIO(images), f"{_IMAGES} of {archive.name}"), record)
    return record, images


def _already_there(store: CaseStore, record: CaseRecord) -> CaseRecord | None:
    """The same case, if it is there; refused where its content is another."""
    row = store.find(record.id)
    if row is None:
        return None
    if _content(row.record) != _content(record):
        raise InputError(
            f"Case {record.id} is there already with other content, saved "
            f"{row.updated:%Y-%m-%d %H:%M} UTC. Delete it first if the file is to take its place."
        )
    return row.record


def _content(record: CaseRecord) -> CaseRecord:
    """A record without what an import changes."""
    history = tuple(event for event in record.history if event.action is not Action.IMPORTED)
    return record.model_copy(update={"history": history, "keep": Keep.RECORD, "kept_until": None})

"""Backup: the database, the kept images and the secret of the study keys in one sealed zip.

It is one state of the store, while others go on working: the images are those that the copied
database names.
"""

import io
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from dss_core.errors import InputError, StorageError
from dss_core.settings import home
from dss_core.storage import writing
from dss_core.store.case_store import CaseStore
from dss_core.store.database import Database, open_database
from dss_core.store.database_copy import copy_of, replace_by
from dss_core.store.schema import known_revisions, make_ready, upgrade
from dss_core.store.sealed_zip import (
    Fill,
    SealedZip,
    filled_with,
    open_sealed_zip,
    write_sealed_zip,
)
from dss_core.store.sqlite_file import may_be_written
from dss_core.store.study_key import secret_file, write_secret

KIND = "backup"
_SECRET = "study.key"
_IMAGES = re.compile(r"cases/([0-9a-f-]{36})/(images-[0-9a-f]{32}\.npz)")


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    Attributes
    ----------
    without_images : tuple of UUID
        Cases whose images should be kept, but are gone.
    sha256 : str
        Of the file.
    """

    cases: int
    with_images: int
    without_images: tuple[UUID, ...]
    sha256: str


@dataclass(frozen=True)
class Restored:
    """What was restored."""

    cases: int
    with_images: int


def back_up(store: CaseStore, path: Path) -> Backup:
    """Write the whole store to a file.

    Raises
    ------
    InputError
        If PostgreSQL's `pg_dump` is needed and not there.
    StorageError
    """
    kind = store.database.engine.dialect.name
    with tempfile.TemporaryDirectory(dir=_place_of_copy(), prefix=".backup-") as folder:
        copied = copy_of(store.database, Path(folder) / "database")
        members: dict[str, Fill] = {_database_member(kind): _file(copied.path)}
        gone = []
        for case_id, name in copied.images.items():
            image = store.folders.folder(case_id) / name
            if image.is_file():
                members[f"cases/{case_id}/{name}"] = _file(image)
            else:
                gone.append(case_id)
        if secret_file().exists():
            members[_SECRET] = filled_with(secret_file().read_bytes())
        notes = {"database": kind, "schema": known_revisions()[-1], "cases": str(copied.n_cases)}
        sha256 = write_sealed_zip(path, KIND, members, notes)
    return Backup(copied.n_cases, len(copied.images) - len(gone), tuple(gone), sha256)


def restore(path: Path) -> Restored:
    """Make the store what a backup holds; the store must hold no case.

    Raises
    ------
    InputError
        If the file was altered, is of another kind of database or of a newer version, or there are
        cases.
    StorageError
    """
    database = open_database()
    with open_sealed_zip(path, KIND) as archive:
        member = _check(archive, database)
        make_ready(database)
        _check_empty(CaseStore(database))
        found = [_IMAGES.fullmatch(name) for name in archive.members]
        images = [match for match in found if match]
        for match in images:
            archive.extract(match[0], home() / "cases" / match[1] / match[2])
        if _SECRET in archive.members:
            write_secret(archive.read(_SECRET))
        with tempfile.TemporaryDirectory(dir=_store_folder(), prefix=".restore-") as folder:
            archive.extract(member, Path(folder) / "database")
            replace_by(database, Path(folder) / "database")
        upgrade(database)
    return Restored(len(CaseStore(database).list()), len(images))


def _check(archive: SealedZip, database: Database) -> str:
    """The member with the database, where the backup fits this store."""
    kind = database.engine.dialect.name
    if archive.notes.get("database") != kind:
        raise InputError(
            f"{archive.name} is a backup of {archive.notes.get('database', 'another database')}; "
            f"this store is in {kind}. Set or unset DSS_DATABASE_URL."
        )
    if archive.notes.get("schema") not in known_revisions():
        raise InputError(
            f"{archive.name} is a backup by a newer version of this program. Install that version."
        )
    member = _database_member(kind)
    foreign = [
        n for n in archive.members if n not in (member, _SECRET) and not _IMAGES.fullmatch(n)
    ]
    if foreign or member not in archive.members:
        raise InputError(
            f"{archive.name} has members that a backup has not, or lacks its database. Take a file "
            "that `store backup` wrote."
        )
    return member


def _check_empty(store: CaseStore) -> None:
    there = len(store.list())
    if there:
        raise InputError(
            f"The store holds cases ({there}), which a backup would replace. Set DSS_HOME (or "
            "DSS_DATABASE_URL) to a new place, or delete them first."
        )


def _place_of_copy() -> Path | None:
    """Beside the database; where nothing may be written, the system's folder for such files."""
    folder = home() / "store"
    return None if folder.exists() and not may_be_written(folder) else _store_folder()


def _store_folder() -> Path:
    folder = home() / "store"
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _database_member(kind: str) -> str:
    return "cases.sqlite" if kind == "sqlite" else "cases.pgdump"


def _file(path: Path) -> Callable[[io.RawIOBase], None]:
    def fill(stream: io.RawIOBase) -> None:
        try:
            with path.open("rb") as source:
                shutil.copyfileobj(source, stream, 1 << 20)
        except FileNotFoundError as fault:
            raise StorageError(
                f"A case was changed while it was backed up ({path.name} is gone). Try again."
            ) from fault

    return fill

"""Store of saved cases: what a case is kept as, found again, changed and deleted.

A case is a row of the database and, where its images are kept, one file in its folder. The file
is written first, under a new name; the row that names it comes last, so that a process that is
killed at any moment leaves every listed case whole.
"""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from dss_core.case.record import CaseRecord, Keep, record_from_json
from dss_core.errors import ConflictError, InputError, StorageError
from dss_core.storage import remove
from dss_core.store.case_folders import CaseFolders
from dss_core.store.case_rows import (
    CaseRow,
    Deleted,
    ImagesFile,
    SavedCase,
    columns_of,
    gone,
)
from dss_core.store.case_table import CaseTable
from dss_core.store.database import Database, open_database
from dss_core.store.schema import make_ready

if TYPE_CHECKING:
    from dss_core.store.case_images import KeptImages


class CaseStore:
    """The cases that are kept on this server.

    Examples
    --------
    >>> store = CaseStore.open()                                      # doctest: +SKIP
    >>> saved = store.save(record, images, expected_version=None)     # doctest: +SKIP
    >>> store.load(record.id).record == record                        # doctest: +SKIP
    True
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._table = CaseTable(database)
        self.folders = CaseFolders(database.engine.dialect.name)

    @classmethod
    def open(cls) -> "CaseStore":
        """The store that the environment names, made where there is none yet.

        What a killed process left half-done is tidied up.

        Raises
        ------
        InputError, StorageError
            If it cannot be used: with its place, the cause and what to do.
        """
        store = cls(open_database())
        make_ready(store.database)
        store.folders.finish_interrupted(store._named)
        return store

    def save(
        self,
        record: CaseRecord,
        images: "KeptImages | bytes | None" = None,
        *,
        expected_version: int | None,
    ) -> SavedCase:
        """Keep a new case, or a change of one.

        Parameters
        ----------
        record : CaseRecord
        images : KeptImages, or bytes of the file of another store, optional
            Without them, a case whose images are to be kept keeps those that it has. Bytes are
            written as they are: whoever hands them over has read them.
        expected_version : int or None
            Version the change was made from; None for a case that is new.

        Raises
        ------
        ConflictError
            If somebody else has saved or deleted it since: says who and when.
        InputError
            If it is not to be kept, its images are missing or are of another case.
        StorageError
            If the machine or the database does not let it be saved.
        """
        if record.keep is Keep.NONE:
            raise InputError(
                f"Case {record.label!r} is not to be kept, so it is not saved. Keep its record or "
                "its images."
            )
        with self.folders.changing(record.id, self._named):
            self._check_version(record, expected_version)
            file = self._images_file(record, images)
            now = datetime.now(UTC)
            columns = columns_of(record, now) | {
                "version": (expected_version or 0) + 1,
                "images_file": file and file.name,
                "images_sha256": file and file.sha256,
            }
            if not self._table.put(columns, expected_version):
                raise self._conflict(record)
        return SavedCase(record, columns["version"], now)

    def load(self, case_id: UUID) -> SavedCase:
        """A case as it was last saved.

        Raises
        ------
        InputError
            If there is none.
        StorageError
        """
        found = self.find(case_id)
        if found is None:
            raise gone(case_id)
        return found

    def find(self, case_id: UUID) -> SavedCase | None:
        """As `load`; None where there is no such case."""
        row = self._table.row(case_id, "record", "version", "updated")
        if row is None:
            return None
        record = record_from_json(row.record.encode(), f"The saved case {case_id}")
        return SavedCase(record, row.version, datetime.fromisoformat(row.updated))

    def version(self, case_id: UUID) -> int | None:
        """Version of a case as it is kept now; None where there is none.

        Raises
        ------
        StorageError
        """
        row = self._table.row(case_id, "version")
        return None if row is None else row.version

    def images(self, case_id: UUID) -> "KeptImages":
        """The images of a case and the region that was scored.

        Raises
        ------
        InputError
            If there is no such case, or only its record is kept.
        StorageError
            If their file is gone, damaged or altered.
        """
        content = self.images_bytes(case_id)
        if content is None:
            raise InputError(
                f"Only the record of case {case_id} is kept. Give the files of the case again."
            )
        from dss_core.store.case_images import check_belongs, read_images

        kept = read_images(io.BytesIO(content), f"The file of kept images of case {case_id}")
        check_belongs(kept, self.load(case_id).record)
        return kept

    def images_bytes(self, case_id: UUID) -> bytes | None:
        """The file of the images as it was written; None where only the record is kept.

        Raises
        ------
        InputError
            If there is no such case.
        StorageError
            If the file is gone or altered.
        """
        file, before = self.images_file(case_id), None
        while file is not None and file != before:
            content = self.folders.read(case_id, file)
            if content is not None:
                return content
            # saved again since the row was read, or gone
            file, before = self.images_file(case_id), file
        if file is None:
            return None
        raise StorageError(
            f"The images of case {case_id} are gone from {self.folders.folder(case_id)}. "
            "Its record is still there; give the files of the case again, or restore a backup."
        )

    def images_file(self, case_id: UUID) -> ImagesFile | None:
        """What the database says of the images' file; None where only the record is kept.

        Raises
        ------
        InputError
            If there is no such case.
        """
        row = self._table.row(case_id, "images_file", "images_sha256")
        if row is None:
            raise gone(case_id)
        return ImagesFile(row.images_file, row.images_sha256) if row.images_file else None

    def list(self, search: str = "", limit: int | None = None) -> tuple[CaseRow, ...]:
        """Cases, newest first.

        Parameters
        ----------
        search : str
            Part of the label, upper or lower case, or the beginning of the id.
        limit : int, optional
            At most so many.

        Raises
        ------
        StorageError
        """
        return self._table.search(search, limit)

    def find_by_digest(self, images_digest: str) -> tuple[CaseRow, ...]:
        """Cases of the same CT and PET, newest first.

        Raises
        ------
        StorageError
        """
        return self._table.of_images(images_digest)

    def delete(self, case_id: UUID) -> Deleted:
        """Remove a case with every file of it.

        Raises
        ------
        InputError
            If there is none.
        StorageError
            If a file cannot be removed.
        """
        deleted = self._delete(case_id, None)
        if deleted is None:
            raise gone(case_id)
        return deleted

    def prune(self, now: datetime) -> tuple[Deleted, ...]:
        """Delete every case that is past its time.

        Raises
        ------
        StorageError
        """
        found = (self._delete(case_id, now) for case_id in self._table.late(now))
        return tuple(deleted for deleted in found if deleted)

    def _named(self, case_id: UUID) -> str | None:
        row = self._table.row(case_id, "images_file")
        return None if row is None else row.images_file

    def _check_version(self, record: CaseRecord, expected: int | None) -> None:
        row = self._table.row(record.id, "version")
        if (None if row is None else row.version) != expected:
            raise self._conflict(record)

    def _images_file(
        self, record: CaseRecord, images: "KeptImages | bytes | None"
    ) -> ImagesFile | None:
        """The file that the row is to name; written where there are new images."""
        if record.keep is not Keep.IMAGES:
            return None
        if images is None:
            row = self._table.row(record.id, "images_file", "images_sha256")
            if row is None or not row.images_file:
                raise InputError(
                    f"The images of case {record.label!r} are to be kept but are not at hand. Give "
                    "the files of the case again, or keep its record only."
                )
            return ImagesFile(row.images_file, row.images_sha256)
        if not isinstance(images, bytes):
            from dss_core.store.case_images import check_belongs

            check_belongs(images, record)
        return self.folders.write(record.id, images)

    def _conflict(self, record: CaseRecord) -> ConflictError:
        now = self.find(record.id)
        if now is None:
            return ConflictError(
                f"Case {record.label!r} was deleted since you opened it, so your change is not "
                "saved. Score it again to keep it."
            )
        who = now.record.history[-1].who if now.record.history else "somebody"
        return ConflictError(
            f"Case {now.record.label!r} was saved by {who} at {now.updated:%Y-%m-%d %H:%M:%S} UTC, "
            "after you opened it, so your change is not saved. Open the case again and repeat it."
        )

    def _delete(self, case_id: UUID, late_at: datetime | None) -> Deleted | None:
        with self.folders.changing(case_id, self._named):
            files = self.folders.files(case_id)
            size = sum(path.stat().st_size for path in files)
            label = self._table.take(case_id, late_at)
            if label is None:
                return None
            remove(self.folders.folder(case_id))
        return Deleted(case_id, label, files, size)

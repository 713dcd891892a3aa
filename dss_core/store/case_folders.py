"""Folders of the kept images: one a case, changed by one process at a time.

Whoever changes a case leaves a mark beside its folder until the folder is as the database says: it
holds the file that is named there and no other, and goes where none is named. A mark without a
process tells the next start what to tidy up.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from dss_core.errors import StorageError
from dss_core.settings import home
from dss_core.storage import locked, reading, remove, whole_path, write_whole, writing
from dss_core.store.case_rows import ImagesFile

if TYPE_CHECKING:
    from dss_core.store.case_images import KeptImages

NamedFile = Callable[[UUID], str | None]
"""The file that the database names for a case; None where it names none."""
_ADVICE = "Give the files of the case again, or restore a backup."


@dataclass(frozen=True)
class CaseFolders:
    """Where kept images lie.

    Attributes
    ----------
    database : str
        Kind of the database. Marks carry it, so that what was interrupted with one database is
        never tidied up after another one.
    """

    database: str

    @property
    def root(self) -> Path:
        """Folder of all cases."""
        return home() / "cases"

    def folder(self, case_id: UUID) -> Path:
        """Folder of a case; there is none where nothing but the record is kept."""
        return self.root / str(case_id)

    def files(self, case_id: UUID) -> tuple[Path, ...]:
        """Every file of a case."""
        with reading(self.folder(case_id)):
            return tuple(sorted(p for p in self.folder(case_id).rglob("*") if p.is_file()))

    def write(self, case_id: UUID, images: "KeptImages | bytes") -> ImagesFile:
        """Write images, or the bytes of their file, under a name that no file has had.

        Raises
        ------
        StorageError
        """
        path = self.folder(case_id) / f"images-{uuid4().hex}.npz"
        if isinstance(images, bytes):
            write_whole(path, images)
            return ImagesFile(path.name, hashlib.sha256(images).hexdigest())
        from dss_core.store.case_images import write_images

        with whole_path(path) as part, part.open("w+b") as stream:
            write_images(images, stream)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return ImagesFile(path.name, digest)

    def read(self, case_id: UUID, file: ImagesFile) -> bytes | None:
        """The bytes of a file; None where it is gone.

        Raises
        ------
        StorageError
            If they are not those that were written.
        """
        path = self.folder(case_id) / file.name
        try:
            with reading(path):
                content = path.read_bytes()
        except StorageError:
            if path.exists():
                raise
            return None
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise StorageError(
                f"The kept images of case {case_id} were altered or damaged. {_ADVICE}"
            )
        return content

    @contextmanager
    def changing(self, case_id: UUID, named: NamedFile) -> Iterator[None]:
        """Change a case while nobody else does; tidied up at the end, however that comes.

        Raises
        ------
        StorageError
        """
        with locked(self.folder(case_id)):
            mark = self._mark(case_id)
            with writing(mark):
                mark.touch()
            try:
                yield
            finally:
                with suppress(StorageError):  # the mark stays for the next start
                    self._tidy(case_id, named)

    def finish_interrupted(self, named: NamedFile) -> tuple[UUID, ...]:
        """Tidy up after processes that were killed; the cases that they were changing.

        Raises
        ------
        StorageError
            If the folder of all cases cannot be read.
        """
        if not self.root.is_dir():
            return ()
        pattern = re.compile(rf"\.([0-9a-f-]{{36}})\.{self.database}\.changing")
        with reading(self.root):
            found = [
                m for p in sorted(self.root.glob(".*.changing")) if (m := pattern.match(p.name))
            ]
        finished = []
        for match in found:
            case_id = UUID(match[1])
            # being changed right now, or not to be changed by this user
            with suppress(StorageError), locked(self.folder(case_id), seconds=0.0):
                self._tidy(case_id, named)
                finished.append(case_id)
        self._remove_locks()
        return tuple(finished)

    def _remove_locks(self) -> None:
        """Remove lock files of processes that were killed between mark and lock."""
        for path in sorted(self.root.glob(".*.lock")):
            if match := re.fullmatch(r"\.([0-9a-f-]{36})\.lock", path.name):
                # to hold it once and give it back removes it
                with suppress(StorageError), locked(self.folder(UUID(match[1])), seconds=0.0):
                    pass

    def _mark(self, case_id: UUID) -> Path:
        return self.root / f".{case_id}.{self.database}.changing"

    def _tidy(self, case_id: UUID, named: NamedFile) -> None:
        """Make the folder as the database says, then take the mark away."""
        folder, name = self.folder(case_id), named(case_id)
        if name is None:
            remove(folder)
        elif folder.is_dir():
            for path in folder.iterdir():
                if path.name != name:
                    remove(path)
        remove(self._mark(case_id))

"""File sources: disk, folders, uploads in memory, zip archives.

An uploaded or archived name is never used as a path nor as a hint of what a file is. Files in
an archive stay packed until they are read, so a packed study takes no more room than its archive
and its volumes; only archives in archives are unpacked to memory.
"""

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from dss_core.errors import InputError
from dss_core.reading.limits import Limits
from dss_core.reading.room import check_room, hold

_ZIP_MAGIC = b"PK\x03\x04"
_DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
)


_EXPORTED_CASE = {"manifest.json", "record.json"}
_ENCRYPTED = 0x1


class _Unpacking(io.RawIOBase):
    """A stream of an archive's file whose every failure is one refusal."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        with _refusing():
            return self._stream.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        with _refusing():
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except _DAMAGED as problem:
        raise InputError(
            "A zip archive could not be unpacked; it is damaged, encrypted or packed in an "
            "unknown way. Make it again without a password."
        ) from problem


@dataclass(frozen=True)
class Packed:
    """One file of an archive that stays open."""

    bundle: zipfile.ZipFile = field(repr=False)
    entry: zipfile.ZipInfo = field(repr=False)

    def open(self) -> BinaryIO:
        """The unpacked bytes as a stream; damage is a refusal wherever it shows."""
        with _refusing():
            return cast(BinaryIO, _Unpacking(self.bundle.open(self.entry)))


@dataclass(frozen=True)
class Source:
    """One file: a path on disk, bytes held in memory, or a file of an archive."""

    content: Path | bytes | Packed = field(repr=False)

    def open(self) -> BinaryIO:
        """The bytes from their start, as a binary stream to be closed by the caller.

        Raises
        ------
        InputError
            If the file on disk cannot be opened, or the file of an archive not be unpacked.
        """
        if isinstance(self.content, bytes):
            return io.BytesIO(self.content)
        if isinstance(self.content, Packed):
            return self.content.open()
        try:
            return self.content.open("rb")
        except OSError as problem:
            raise InputError(
                f"A file could not be opened ({problem.strerror}); check its permissions."
            ) from problem

    def head(self, n_bytes: int) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(n_bytes)


def from_paths(paths: Iterable[Path]) -> list[Source]:
    """Every file below the given files and folders, with archives opened.

    Raises
    ------
    InputError
        If a path does not exist, holds no file, or there is more than the limits allow.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a folder, a file or a zip archive.")
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        files = [p for p in below if p.is_file() and not p.name.startswith(".")]
        if not files:
            raise InputError(f"The folder {path} contains no file; name one with images in it.")
        found += files
    return _Opener().opened(Source(p) for p in found)


def from_uploads(blobs: Iterable[bytes]) -> list[Source]:
    """Uploaded files, with archives opened.

    Raises
    ------
    InputError
        If there is more than the limits allow, or an archive cannot be unpacked.
    """
    return _Opener().opened(hold(Source(b), len(b)) for b in blobs)


class _Opener:
    """Opens archives, counting over all of them so that many small ones cannot pass a limit."""

    def __init__(self) -> None:
        self._limits = Limits.current()
        self._n_files = 0
        self._n_bytes = 0

    def opened(self, sources: Iterable[Source], depth: int = 0) -> list[Source]:
        return list(self._walk(sources, depth))

    def _walk(self, sources: Iterable[Source], depth: int) -> Iterator[Source]:
        for source in sources:
            if source.head(4) != _ZIP_MAGIC:
                self._count(1)
                yield source
            elif depth >= self._limits.max_depth:
                raise InputError(
                    f"An archive is nested more than {self._limits.max_depth} deep (DSS_MAX_DEPTH)"
                    "; unpack it and try again."
                )
            else:
                yield from self._walk(self._entries(source), depth + 1)

    def _entries(self, archive: Source) -> Iterator[Source]:
        """The files of an archive; those that are archives too are unpacked to memory."""
        with _refusing():
            place = archive.content if isinstance(archive.content, Path) else archive.open()
            bundle = zipfile.ZipFile(place)
            size = place.stat().st_size if isinstance(place, Path) else place.seek(0, io.SEEK_END)
            entries = [e for e in bundle.infolist() if not (e.is_dir() or _is_link(e))]
            if any(e.flag_bits & _ENCRYPTED for e in entries):
                raise NotImplementedError("encrypted")
            self._check(entries, size)
        if _EXPORTED_CASE <= {entry.filename for entry in entries}:
            raise InputError(
                "This is the archive of an exported case, not of images. Import it with "
                "`nsclc-dss cases import FILE`, then open it on the page Cases."
            )
        for entry in entries:
            source = Source(Packed(bundle, entry))
            if source.head(4) == _ZIP_MAGIC:
                check_room(entry.file_size)
                with source.open() as packed:
                    content = packed.read()
                source = hold(Source(content), len(content))
            yield source

    def _count(self, n_files: int) -> None:
        self._n_files += n_files
        if self._n_files > self._limits.max_files:
            raise InputError(
                f"There are more than {self._limits.max_files} files (DSS_MAX_FILES). Give only "
                "the CT, the PET and the region."
            )

    def _check(self, entries: list[zipfile.ZipInfo], packed: int) -> None:
        limits = self._limits
        if self._n_files + len(entries) > limits.max_files:
            raise InputError(
                f"An archive has {len(entries)} entries; at most {limits.max_files} files are "
                "read (DSS_MAX_FILES). Give only the CT, the PET and the region."
            )
        total = sum(e.file_size for e in entries)
        self._n_bytes += total
        if self._n_bytes > limits.max_unpacked_mb * 10**6 or total > limits.max_ratio * packed:
            raise InputError(
                f"An archive unpacks to {total / 1e6:.0f} MB from {packed / 1e6:.1f} MB; at most "
                f"{limits.max_unpacked_mb} MB in all (DSS_MAX_UNPACKED_MB) and {limits.max_ratio} "
                "times the packed size (DSS_MAX_RATIO) are read. Give it in parts, or unpacked."
            )


def _is_link(entry: zipfile.ZipInfo) -> bool:
    """A symbolic link made by a Unix archiver; its content is a path, never followed."""
    return stat.S_ISLNK(entry.external_attr >> 16)

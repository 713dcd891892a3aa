"""Where bytes come from: files on disk, folders, uploads in memory, zip archives.

An uploaded or archived name is never used as a path; archives are read in memory within
stated limits.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dss_core.errors import InputError

MAX_ENTRIES = 20_000
MAX_TOTAL_BYTES = 6 * 1024**3
MAX_RATIO = 250
MAX_DEPTH = 3
_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True)
class Source:
    """One file: a path on disk, or bytes held in memory."""

    content: Path | bytes

    def open(self) -> BinaryIO:
        """The bytes from their start, as a binary stream to be closed by the caller."""
        return (
            self.content.open("rb") if isinstance(self.content, Path) else io.BytesIO(self.content)
        )


def from_paths(paths: Iterable[Path]) -> list[Source]:
    """Every file below the given files and folders, with archives opened.

    Raises
    ------
    InputError
        If a path does not exist, holds no file, or an archive breaks the limits.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a folder, a file or a zip archive.")
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        files = [p for p in below if p.is_file() and not p.name.startswith(".")]
        if not files:
            raise InputError(f"The folder {path} holds no file; name one with images in it.")
        found += files
    return list(_opened((Source(p) for p in found), depth=0))


def from_uploads(blobs: Iterable[bytes]) -> list[Source]:
    """Uploaded files, with archives opened.

    Raises
    ------
    InputError
        If an archive breaks the limits.
    """
    return list(_opened((Source(b) for b in blobs), depth=0))


def _opened(sources: Iterable[Source], depth: int) -> Iterator[Source]:
    for source in sources:
        with source.open() as stream:
            is_zip = stream.read(4) == _ZIP_MAGIC
        if not is_zip:
            yield source
        elif depth >= MAX_DEPTH:
            raise InputError(
                f"An archive is nested more than {MAX_DEPTH} deep; unpack it and try again."
            )
        else:
            yield from _opened(_entries(source), depth + 1)


def _entries(archive: Source) -> Iterator[Source]:
    try:
        with archive.open() as stream, zipfile.ZipFile(stream) as bundle:
            entries = [e for e in bundle.infolist() if not e.is_dir()]
            _check_limits(entries)
            for entry in entries:
                yield Source(bundle.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise InputError(
            f"A zip archive could not be unpacked ({problem}); it may be damaged or encrypted. "
            "Export it again without a password."
        ) from problem


def _check_limits(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise InputError(
            f"An archive has {len(entries)} entries; at most {MAX_ENTRIES} are read. "
            "Upload only the CT, the PET and the region."
        )
    total = sum(e.file_size for e in entries)
    packed = max(1, sum(e.compress_size for e in entries))
    if total > MAX_TOTAL_BYTES or total > MAX_RATIO * packed:
        raise InputError(
            f"An archive unpacks to {total / 1e9:.1f} GB from {packed / 1e9:.3f} GB, beyond the "
            f"limit of {MAX_TOTAL_BYTES / 1e9:.1f} GB or {MAX_RATIO}-fold; upload it in parts."
        )

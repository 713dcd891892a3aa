"""Sealed zip: an archive in which every change is found, with the member that was changed.

`manifest.json` gives every member with its size and SHA-256; the archive's comment is the SHA-256
of all that stands before it. A seal shows damage and careless changes; it is no signature.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as model

from dss_core.errors import InputError
from dss_core.reading.strict_json import read_json, refusal
from dss_core.settings import EXACT
from dss_core.storage import reading, whole_path

FORMAT = 1
MANIFEST = "manifest.json"
_SEAL = b"sha256:"
_COMMENT_LENGTH = len(_SEAL) + 64
_LONGEST_MANIFEST = 100_000_000
_BLOCK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, RuntimeError)

Fill = Callable[[io.RawIOBase], None]
"""Writes a member's content."""


@model(frozen=True, config=EXACT)
class Member:
    """What the manifest says of a member."""

    bytes: int
    sha256: str


@model(frozen=True, config=EXACT)
class _Manifest:
    format: int
    kind: str
    notes: dict[str, str]
    members: dict[str, Member]


_MANIFEST = TypeAdapter(_Manifest)


@dataclass(frozen=True)
class SealedZip:
    """An archive whose manifest has been read.

    Attributes
    ----------
    name : str
        Of its file, for messages.
    notes : mapping of str to str
        What the writer says of the whole.
    """

    name: str
    bundle: zipfile.ZipFile
    members: Mapping[str, Member]
    notes: Mapping[str, str]

    def read(self, member: str) -> bytes:
        """A member as a whole.

        Raises
        ------
        InputError
            If it is not what the manifest says.
        """
        return b"".join(self.blocks(member))

    def blocks(self, member: str) -> Iterator[bytes]:
        """A member in blocks; refused at the end of the last one if it was changed.

        Raises
        ------
        InputError
        """
        said, found, n_bytes = self.members[member], hashlib.sha256(), 0
        with _refusing(self.name, member), self.bundle.open(member) as stream:
            while block := stream.read(_BLOCK):
                n_bytes += len(block)
                if n_bytes > said.bytes:
                    break
                found.update(block)
                yield block
        if (n_bytes, found.hexdigest()) != (said.bytes, said.sha256):
            raise _altered(self.name, member)

    def extract(self, member: str, path: Path) -> None:
        """Write a member to a file, as a whole or not at all.

        Raises
        ------
        InputError, StorageError
        """
        with whole_path(path) as part, part.open("wb") as stream:
            for block in self.blocks(member):
                stream.write(block)


def write_sealed_zip(
    path: Path, kind: str, members: Mapping[str, Fill], notes: Mapping[str, str] | None = None
) -> str:
    """Write an archive, as a whole or not at all, for this user's eyes only.

    Parameters
    ----------
    path : Path
    kind : str
        What it is an archive of; a reader asks for it.
    members : mapping of str to callable
        Each writes the content of its member.
    notes : mapping of str to str, optional
        Of the whole.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    StorageError
    """
    with whole_path(path) as part:
        part.touch(mode=0o600)
        said = {}
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as bundle:
            for name, fill in members.items():
                with bundle.open(zipfile.ZipInfo(name), "w", force_zip64=True) as stream:
                    counted = _Counted(stream)
                    fill(counted)
                said[name] = {"bytes": counted.n_bytes, "sha256": counted.sha256.hexdigest()}
            manifest = {"format": FORMAT, "kind": kind, "notes": dict(notes or {}), "members": said}
            bundle.writestr(zipfile.ZipInfo(MANIFEST), json.dumps(manifest, indent=2))
            bundle.comment = b"." * _COMMENT_LENGTH
        with part.open("r+b") as stream:
            end = stream.seek(-_COMMENT_LENGTH, 2)
            stream.seek(0)
            seal = _SEAL + _digest(stream, end).encode()
            stream.seek(end)
            stream.write(seal)
            stream.seek(0)
            return hashlib.file_digest(stream, "sha256").hexdigest()


def filled_with(content: bytes) -> Fill:
    """A member of this content."""

    def fill(stream: io.RawIOBase) -> None:
        stream.write(content)

    return fill


@contextmanager
def open_sealed_zip(path: Path, kind: str) -> Iterator[SealedZip]:
    """An archive of this kind; its members are compared with the manifest as they are read.

    Raises
    ------
    InputError
        If it is not such an archive, was changed, or unpacks to more than is read.
    StorageError
        If the file cannot be read.
    """
    with reading(path):
        stream = path.open("rb")
    with stream:
        with _refusing(path.name):
            bundle = zipfile.ZipFile(stream)
            archive = _with_manifest(bundle, path.name, kind)
        if not _seal_holds(stream):
            for member in archive.members:
                for _ in archive.blocks(member):
                    pass  # refused where it was changed
            raise InputError(f"{path.name} was altered outside its members. Take an intact copy.")
        yield archive


class _Counted(io.RawIOBase):
    """A stream to write to that knows how much went through it, and its digest."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.n_bytes = 0
        self.sha256 = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, block: Any, /) -> int:
        self.n_bytes += len(block)
        self.sha256.update(block)
        return self._stream.write(block)


def _with_manifest(bundle: zipfile.ZipFile, name: str, kind: str) -> SealedZip:
    infos = bundle.infolist()
    names = [info.filename for info in infos]
    if MANIFEST not in names or bundle.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
        raise InputError(f"{name} is not a {kind} of this program. Take one that it wrote.")
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
        raise InputError(f"{name} was altered: it was packed anew. Take an intact copy.")
    content = read_json(bundle.read(MANIFEST), f"{MANIFEST} of {name}", InputError)
    try:
        said = _MANIFEST.validate_python(content)
    except ValidationError as fault:
        raise refusal(fault, f"{MANIFEST} of {name}", InputError, "Take an intact copy.") from fault
    if (said.format, said.kind) != (FORMAT, kind):
        raise InputError(
            f"{name} is a {said.kind[:40]!r} of format {said.format}; a {kind} of format {FORMAT} "
            "was expected. Take another file, or the version of the program that wrote it."
        )
    strange = sorted(set(names) ^ {*said.members, MANIFEST})
    if strange or len(names) != len(set(names)):
        found = ", ".join(repr(s[:60]) for s in strange[:3]) or "one is there twice"
        raise InputError(
            f"{name} was altered: its members are not those of its manifest ({found}). Take an "
            "intact copy."
        )
    return SealedZip(name, bundle, said.members, said.notes)


def _seal_holds(stream: BinaryIO) -> bool:
    end = max(stream.seek(0, 2) - _COMMENT_LENGTH, 0)
    stream.seek(0)
    expected = _SEAL + _digest(stream, end).encode()
    return stream.read() == expected


def _digest(stream: IO[bytes], n_bytes: int) -> str:
    """SHA-256 of the next so many bytes."""
    found = hashlib.sha256()
    while n_bytes > 0 and (block := stream.read(min(_BLOCK, n_bytes))):
        found.update(block)
        n_bytes -= len(block)
    return found.hexdigest()


def _altered(name: str, member: str) -> InputError:
    return InputError(f"{name} was altered: {member} is not what was packed. Take an intact copy.")


@contextmanager
def _refusing(name: str, member: str = "") -> Iterator[None]:
    try:
        yield
    except _DAMAGED as fault:
        if member:
            raise _altered(name, member) from fault
        raise InputError(
            f"{name} cannot be unpacked; it is damaged or not a zip archive. Take an intact copy."
        ) from fault

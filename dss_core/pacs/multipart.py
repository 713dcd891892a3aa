"""Multipart bodies as they come and go: parts go straight to files, files become parts.

An object is never in memory, however large it is, and its bytes are not changed. A body that ends
before its closing boundary is recognised, also where the server says no length.

References
----------
RFC 2046 5.1; RFC 2387; DICOM PS3.18 8.6.1.2.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from dss_core.reading.sources import Source

CHUNK_BYTES = 1 << 18
_MAX_HEAD_BYTES = 1 << 14


class CutShortError(Exception):
    """A body that ends too early, or is no multipart body."""


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type names; None where it is of another kind."""
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    if kind.lower() != "multipart/related":
        return None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary" and value.strip('" '):
            return value.strip('" ').encode("latin-1")
    return None


def save_parts(
    chunks: Iterable[bytes], boundary: bytes, new_path: Callable[[], Path]
) -> Iterator[Path]:
    """Write each part to a file of its own, and tell it when it is whole.

    Parameters
    ----------
    chunks : iterable of bytes
        The body.
    boundary : bytes
        As `boundary_of` gives it.
    new_path : callable
        Where the next part goes.

    Raises
    ------
    CutShortError
        After the parts that are whole.
    """
    delimiter = b"\r\n--" + boundary
    body = _Body(chunks, b"\r\n")  # the first delimiter has none before it
    for _ in body.until(delimiter):
        pass  # what stands before the first part
    while body.take(2) != b"--":
        body.skip_head()
        path = new_path()
        with path.open("wb") as stream:
            for piece in body.until(delimiter):
                stream.write(piece)
        yield path


class _Body:
    """The bytes of a body that were not used yet."""

    def __init__(self, chunks: Iterable[bytes], held: bytes) -> None:
        self._chunks = iter(chunks)
        self._held = bytearray(held)

    def take(self, n: int) -> bytes:
        """The next n bytes."""
        while len(self._held) < n:
            self._more()
        taken = bytes(self._held[:n])
        del self._held[:n]
        return taken

    def until(self, mark: bytes) -> Iterator[bytes]:
        """Everything before a mark, which is used up with it."""
        while (at := self._held.find(mark)) < 0:
            sure = len(self._held) - len(mark) + 1
            if sure > 0:
                yield self.take(sure)
            self._more()
        yield self.take(at)
        self.take(len(mark))

    def skip_head(self) -> None:
        """Skip the headers of a part; the line before the first is used up already but its end."""
        self._held[:0] = b"\r\n"
        n_bytes = 0
        for piece in self.until(b"\r\n\r\n"):
            n_bytes += len(piece)
            if n_bytes > _MAX_HEAD_BYTES:
                raise CutShortError

    def _more(self) -> None:
        try:
            self._held += next(self._chunks)
        except StopIteration:
            raise CutShortError from None


@dataclass(frozen=True)
class FilesAsParts:
    """The body of a request that stores objects, with its length; read as it is sent.

    Attributes
    ----------
    sources : sequence of Source
    sizes : sequence of int
        Bytes of each.
    on_bytes : callable
        Receives how many bytes of them were read.
    """

    sources: Sequence[Source]
    sizes: Sequence[int]
    on_bytes: Callable[[int], None]
    boundary: str

    @classmethod
    def of(
        cls, sources: Sequence[Source], sizes: Sequence[int], on_bytes: Callable[[int], None]
    ) -> "FilesAsParts":
        """With a boundary of its own."""
        return cls(sources, sizes, on_bytes, uuid4().hex)

    @property
    def content_type(self) -> str:
        """Content-Type of the request."""
        return f'multipart/related; type="application/dicom"; boundary={self.boundary}'

    @property
    def _head(self) -> bytes:
        return f"\r\n--{self.boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()

    @property
    def _end(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) * len(self.sizes) + sum(self.sizes) + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        for source in self.sources:
            yield self._head
            with source.open() as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    self.on_bytes(len(chunk))
                    yield chunk
        yield self._end

"""Deflated bytes as a stream that is inflated piece by piece, up to a limit."""

import io
import zlib
from typing import Any, BinaryIO

from dss_core.errors import InputError

ANY_DEFLATE = zlib.MAX_WBITS | 32
"""gzip or zlib, as the first bytes say."""
PIECE = 1 << 20


class Inflating(io.RawIOBase):
    """What a gzip, zlib or bare deflated stream inflates to.

    Reading raises InputError where the stream is damaged or inflates beyond the limit.

    Parameters
    ----------
    stream : BinaryIO
        At the start of the deflated bytes.
    limit : int
        Bytes that are given at most.
    what : str
        How to name the file in a refusal.
    wbits : int
        As of zlib.
    """

    def __init__(
        self,
        stream: BinaryIO,
        limit: int,
        what: str = "A compressed volume file",
        wbits: int = ANY_DEFLATE,
    ) -> None:
        self._stream, self._limit, self._what, self._given = stream, limit, what, 0
        self._inflate = zlib.decompressobj(wbits)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._piece(len(view))
        self._given += len(data)
        if self._given > self._limit:
            raise InputError(
                f"{self._what} inflates to more than {self._limit // 10**6} MB "
                "(DSS_MAX_INFLATED_MB). Give a smaller one."
            )
        view[: len(data)] = data
        return len(data)

    def _piece(self, at_most: int) -> bytes:
        """The next bytes; none at the end."""
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._stream.read(PIECE)
            try:
                data = self._inflate.decompress(packed, at_most)
            except zlib.error as problem:
                raise InputError(f"{self._what} is damaged; copy it again.") from problem
            if data or not packed:
                return data
        return b""

"""Decoding of compressed pixels by native libraries, in a process of its own.

JPEG libraries were seen to abort the whole process on flipped bits; here that ends the helper
process, the file is refused, and the next file gets a new helper. One helper serves all files,
until one of those that it decoded is let go: then it ends, and what it knows of a case with it.
"""

import io
import os
import struct
import subprocess
import sys
import threading
import weakref
from typing import IO

import numpy as np
from numpy.typing import NDArray

from dss_core.reading.sources import Source

MAX_SECONDS = 60.0
_REQUEST = struct.Struct("<qq")
_REPLY = struct.Struct("<q")
_SAME_FILE = -1


class DecodingError(Exception):
    """The helper could not decode the image, or died of it."""


class _Helper:
    """The running helper process and the files that it was given; it keeps none of them alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._last: weakref.ref[Source] | None = None
        self._given: set[int] = set()
        self._outlived = False

    @property
    def running(self) -> bool:
        """Whether there is a helper process."""
        return self._process is not None

    def frame(self, source: Source, index: int) -> NDArray[np.generic]:
        try:
            with self._lock:
                try:
                    reply = self._ask(source, index)
                except (OSError, EOFError, struct.error) as death:
                    self._stop()
                    raise DecodingError("the decoder died") from death
        finally:
            self._stop_if_outlived()
        if not reply:
            raise DecodingError("the decoder refused")
        return np.asarray(np.load(io.BytesIO(reply), allow_pickle=False))

    def _ask(self, source: Source, index: int) -> bytes:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],  # -P: with the module path of this process
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        watch = threading.Timer(MAX_SECONDS, self._process.kill)
        watch.start()
        try:
            if self._last is not None and source is self._last():
                self._process.stdin.write(_REQUEST.pack(_SAME_FILE, index))
            else:
                with source.open() as stream:
                    content = stream.read()
                self._process.stdin.write(_REQUEST.pack(len(content), index))
                self._process.stdin.write(content)
                self._gave(source)
            self._process.stdin.flush()
            answer = self._process.stdout
            return _exactly(answer, _REPLY.unpack(_exactly(answer, _REPLY.size))[0])
        finally:
            watch.cancel()

    def _gave(self, source: Source) -> None:
        """Have the helper end when this file is let go."""
        self._last = weakref.ref(source)
        if id(source) not in self._given:
            self._given.add(id(source))
            weakref.finalize(source, self._let_go, self._process).atexit = False

    def _let_go(self, process: object) -> None:
        """A file that a process was given is gone; may come while any thread is at work here."""
        if process is self._process:
            self._outlived = True
            self._stop_if_outlived()

    def _stop_if_outlived(self) -> None:
        while self._outlived and self._lock.acquire(blocking=False):
            try:
                if self._outlived:
                    self._stop()
            finally:
                self._lock.release()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process, self._last, self._outlived = None, None, False
        self._given.clear()


_helper = _Helper()


def decoded_frame(source: Source, index: int) -> NDArray[np.generic]:
    """One frame of a compressed DICOM file.

    Raises
    ------
    DecodingError
        If it cannot be decoded.
    """
    return _helper.frame(source, index)


def _exactly(stream: IO[bytes], n_bytes: int) -> bytes:
    data = stream.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError("the other side is gone")
    return data


def _serve() -> None:
    """The helper's loop: requests on stdin, arrays (or nothing) on stdout."""
    import warnings

    from pydicom.pixels.utils import pixel_array

    warnings.simplefilter("ignore")
    content = b""
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    while head := requests.read(_REQUEST.size):
        n_bytes, index = _REQUEST.unpack(head)
        if n_bytes != _SAME_FILE:
            content = requests.read(n_bytes)
        reply = io.BytesIO()
        try:
            np.save(reply, pixel_array(io.BytesIO(content), index=index), allow_pickle=False)
        except Exception:  # every decoder raises its own kind; all mean the same here
            reply = io.BytesIO()
        replies.write(_REPLY.pack(reply.tell()) + reply.getvalue())
        replies.flush()


if __name__ == "__main__":
    _serve()

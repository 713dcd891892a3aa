"""Decoding of compressed pixels by native libraries, in a process of its own.

JPEG libraries were seen to abort the whole process on flipped bits; here that ends the helper
process, the file is refused, and the next file gets a new helper. One helper serves all files.
"""

import io
import os
import struct
import subprocess
import sys
import threading
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
    """The running helper process and the file that it holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._held: Source | None = None

    def frame(self, source: Source, index: int) -> NDArray[np.generic]:
        with self._lock:
            try:
                reply = self._ask(source, index)
            except (OSError, EOFError, struct.error) as death:
                self._stop()
                raise DecodingError("the decoder died") from death
        if not reply:
            raise DecodingError("the decoder refused")
        return np.asarray(np.load(io.BytesIO(reply), allow_pickle=False))

    def _ask(self, source: Source, index: int) -> bytes:
        if self._process is None or self._process.poll() is not None:
            self._held = None
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],  # -P: with the module path of this process
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        watch = threading.Timer(MAX_SECONDS, self._process.kill)
        watch.start()
        try:
            if source is self._held:
                self._process.stdin.write(_REQUEST.pack(_SAME_FILE, index))
            else:
                with source.open() as stream:
                    content = stream.read()
                self._process.stdin.write(_REQUEST.pack(len(content), index))
                self._process.stdin.write(content)
                self._held = source
            self._process.stdin.flush()
            answer = self._process.stdout
            return _exactly(answer, _REPLY.unpack(_exactly(answer, _REPLY.size))[0])
        finally:
            watch.cancel()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = self._held = None


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

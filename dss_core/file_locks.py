"""A lock between processes: a file that one of them holds, on Unix and on Windows.

The system gives it back when its process ends, however that happens.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_POLL_SECONDS = 0.05


class FileLock:
    """Held by one `FileLock` at a time, among all processes and threads.

    The file goes with the lock, except on Windows, where it stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self, seconds: float) -> bool:
        """Wait at most so long; whether it is held.

        Raises
        ------
        OSError
            The file cannot be made.
        """
        end = time.monotonic() + seconds
        while (handle := self._try()) is None:
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)
        self._handle = handle
        return True

    def release(self) -> None:
        """Give it back."""
        if self._handle is None:
            return
        with suppress(OSError):  # Windows removes no open file
            self._path.unlink()
        os.close(self._handle)
        self._handle = None

    def _try(self) -> int | None:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(handle)
            # the one who held it before may have removed the file that was just locked
            if os.path.samestat(os.fstat(handle), self._path.stat()):
                return handle
        except (BlockingIOError, PermissionError, FileNotFoundError):
            pass
        os.close(handle)
        return None

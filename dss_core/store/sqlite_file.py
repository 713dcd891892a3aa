"""The file of SQLite's database, opened: to be changed, or only to be read where it cannot be.

Its write-ahead log needs two files beside it, which a folder that may not be written cannot have.
Where no log is left, the file alone is the whole database and is read as one that nobody changes.
A log with content is read only by SQLite's own rules, which want the folder as it was left.

References
----------
https://www.sqlite.org/wal.html (read-only databases), https://www.sqlite.org/uri.html (immutable).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dss_core.errors import StorageError

WAIT_SECONDS = 20
"""How long a change waits for another one."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that starts no transaction by itself."""
    name = str(path)
    if not _may_be_changed(path):
        fixed = "&immutable=1" if _is_fixed(path) else ""
        name = f"{path.absolute().as_uri()}?mode=ro{fixed}"
    return sqlite3.connect(
        name, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False, uri=True
    )


@contextmanager
def undisturbed(path: Path) -> Iterator[None]:
    """Read a file that is taken as one that nobody changes; other files are read as ever.

    Raises
    ------
    StorageError
        If somebody who may write it has changed it meanwhile.
    """
    before = _stamp(path) if _is_fixed(path) else None
    try:
        yield
    finally:
        if before is not None and _stamp(path) != before:
            raise StorageError(
                f"The database of saved cases, {path}, which may only be read here, was changed by "
                "another process meanwhile. Try again."
            )


def may_be_written(path: Path) -> bool:
    """Whether this process may write a file or into a folder that is there."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _may_be_changed(path: Path) -> bool:
    """Whether this process may change the database: its log needs the folder too."""
    return may_be_written(path.parent) and (may_be_written(path) or not path.exists())


def _is_fixed(path: Path) -> bool:
    """Whether the file is the whole database and cannot be changed from here."""
    log = path.with_name(f"{path.name}-wal")
    return (
        path.exists()
        and not _may_be_changed(path)
        and not (log.exists() and log.stat().st_size > 0)
    )


def _stamp(path: Path) -> tuple[int, int, bool]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, path.with_name(f"{path.name}-wal").exists()

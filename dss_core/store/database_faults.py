"""What a database says when it cannot do its work, as one sentence with a remedy.

Neither the text of a driver nor the address as it was given is passed on, not as a cause either:
they may hold the password or the values of a case.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dss_core.errors import StorageError

_BACKUP = "Restore a backup (`store restore FILE`), or move the file away to begin anew"
_SQLITE = {
    "SQLITE_BUSY": ("it is locked by another process", "Try again when that has ended"),
    "SQLITE_LOCKED": ("it is locked by another process", "Try again when that has ended"),
    "SQLITE_READONLY": ("it may not be written", "Correct its permissions"),
    "SQLITE_PERM": ("permission was denied", "Correct its permissions"),
    "SQLITE_FULL": ("the disk is full", "Free some space and try again"),
    "SQLITE_CANTOPEN": ("it cannot be opened", "Check that its folder is there and may be written"),
    "SQLITE_NOTADB": ("it is not a database", _BACKUP),
    "SQLITE_CORRUPT": ("it is damaged", _BACKUP),
    "SQLITE_IOERR": ("the disk reported an error", "Check the disk"),
}
_POSTGRESQL = {
    "28": ("the user or the password was refused", "Correct DSS_DATABASE_URL"),
    "3D": ("there is no such database", "Create it, or correct DSS_DATABASE_URL"),
    "42501": ("the user may not do this", "Grant the user the rights on its schema"),
    "25006": ("it may not be written", "Use the server that accepts changes"),
    "53": ("the server is out of disk, memory or connections", "Correct that and try again"),
    "55P03": ("it is locked by another process", "Try again when that has ended"),
    "57": ("the server is starting or stopping", "Try again when it is up"),
}
_UNREACHABLE = (
    "the server cannot be reached",
    "Check that it is up and that DSS_DATABASE_URL names its host and port",
)


@contextmanager
def database_faults(place: str) -> Iterator[None]:
    """Turn a fault of the database into a refusal that names where it is.

    Parameters
    ----------
    place : str
        Path or address, without password.

    Raises
    ------
    StorageError
        For every fault of the machine, the server or the file.
    """
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError) as fault:
        cause, remedy = _words(fault)
        raise StorageError(
            f"The database of saved cases, {place}, cannot be used: {cause}. {remedy}."
        ) from None


def _words(fault: Exception) -> tuple[str, str]:
    """What is wrong, and what to do."""
    inner = (fault.orig if isinstance(fault, DBAPIError) else fault) or fault
    if isinstance(inner, sqlite3.Error):
        name = getattr(inner, "sqlite_errorname", "")
        for start, words in _SQLITE.items():
            if name.startswith(start):
                return words
        return f"SQLite reported {name or type(inner).__name__}", _BACKUP
    code = _code_of(inner)
    for start, words in _POSTGRESQL.items():
        if code.startswith(start):
            return words
    if code:
        return f"the server reported error {code}", "Look into the server's log"
    return _UNREACHABLE


def _code_of(fault: BaseException | None) -> str:
    """What the server said; the driver may say afterwards that the connection is gone."""
    while fault is not None:
        said = fault.args[0] if fault.args else None
        if isinstance(said, dict):
            return str(said.get("C", ""))
        fault = fault.__cause__ or fault.__context__
    return ""

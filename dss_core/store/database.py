"""Database of the saved cases: SQLite in DSS_HOME, or the PostgreSQL that DSS_DATABASE_URL names.

SQLite runs with a write-ahead log and full synchronisation, and a change takes its lock at its
beginning: two processes that change something wait for each other instead of failing. Its file is
open only during a transaction, and only read where it cannot be written. Connections to a server
are kept, since a log-in takes longer than what follows, and tried before they are used.

References
----------
https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (transactions of pysqlite),
https://www.sqlite.org/wal.html (why never on a network file system).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from dss_core.errors import InputError, StorageError
from dss_core.settings import home
from dss_core.storage import writing
from dss_core.store.database_faults import database_faults
from dss_core.store.sqlite_file import WAIT_SECONDS, connect, undisturbed

URL_VARIABLE = "DSS_DATABASE_URL"
MOUNTS = Path("/proc/mounts")
_NETWORK = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "beegfs", "gpfs",
    "fuse.sshfs", "fuse.glusterfs",
}  # fmt: skip
_READING = "reading"


@dataclass(frozen=True)
class Database:
    """An engine, and where its database is.

    Attributes
    ----------
    place : str
        Path or address, without password.
    socket : str
        Unix socket of the server, where it is reached by one.
    """

    engine: Engine
    place: str
    socket: str = ""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Look at the database, without waiting for those who change it.

        Raises
        ------
        StorageError
        """
        with self._undisturbed(), database_faults(self.place), self.engine.connect() as plain:
            connection = plain.execution_options(**{_READING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A change that happens as a whole or not at all.

        Raises
        ------
        StorageError
        """
        with database_faults(self.place), self.engine.begin() as connection:
            yield connection

    def _undisturbed(self) -> AbstractContextManager[None]:
        return undisturbed(self.file) if self.file else nullcontext()

    @property
    def file(self) -> Path | None:
        """The file of SQLite; None where it is a server."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None


def open_database() -> Database:
    """The database that the environment names; nothing is connected yet.

    Raises
    ------
    InputError
        If the address cannot be used.
    StorageError
        If SQLite would lie on a network file system.
    """
    address = os.environ.get(URL_VARIABLE)
    return _postgresql(address) if address else sqlite_database(sqlite_file())


def sqlite_file() -> Path:
    """Where SQLite's database lies."""
    return home() / "store" / "cases.sqlite"


def sqlite_database(path: Path) -> Database:
    """The database in a file, which is made by the first change.

    Raises
    ------
    StorageError
        If it would lie on a network file system, or its folder cannot be made.
    """
    kind = _file_system(path)
    if kind in _NETWORK:
        raise StorageError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data when two "
            f"computers change it. Set DSS_HOME to a local disk, or {URL_VARIABLE} to a PostgreSQL."
        )
    with writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        creator=partial(_connect_sqlite, path),
        poolclass=NullPool,
    )
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, str(path))


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    """A killed process or a power cut loses no committed change; what is deleted is overwritten."""
    connection = connect(path)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _file_system(path: Path) -> str:
    """Type of the file system a path lies on, as Linux names it; empty where it cannot be told."""
    try:
        mounts = MOUNTS.read_text().splitlines()
    except OSError:
        return ""
    real, longest, kind = path.absolute().resolve(), "", ""
    for line in mounts:
        _, point, found, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if real.is_relative_to(point) and len(point) >= len(longest):
            longest, kind = point, found
    return kind


def _postgresql(address: str) -> Database:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = URL.create("unreadable")
    if url.get_backend_name() not in ("postgresql", "postgres") or not (
        url.username and url.database
    ):
        raise InputError(
            f"{URL_VARIABLE} does not name a PostgreSQL database; "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE was expected. Correct or unset it."
        )
    place = url.set(query={}).render_as_string(hide_password=True)
    return Database(_server_engine(url), place, str(url.query.get("unix_sock", "")))


@lru_cache(maxsize=1)
def _server_engine(url: URL) -> Engine:
    """One for the whole process."""
    return create_engine(
        url.set(drivername="postgresql+pg8000", query={}),
        connect_args={"timeout": WAIT_SECONDS, **_options(url)},
        pool_pre_ping=True,
    )


def _options(url: URL) -> dict[str, Any]:
    """What the address says after "?" as arguments of the driver."""
    query = dict(url.query)
    mode, socket = query.pop("sslmode", "prefer"), query.pop("unix_sock", None)
    if query or mode not in ("disable", "prefer", "require", "verify-full"):
        raise InputError(
            f"{URL_VARIABLE} has options that are not known; sslmode=disable, prefer, require or "
            "verify-full and unix_sock=PATH can be given. Correct it."
        )
    found: dict[str, Any] = {} if socket is None else {"unix_sock": socket}
    if mode == "verify-full":
        import ssl

        return found | {"ssl_context": ssl.create_default_context()}
    # the driver takes None for encrypted where the server can
    return found | {"ssl_context": {"disable": False, "prefer": None, "require": True}[mode]}

"""Copy of a database to a file, and back, while other processes may use it.

SQLite by its online backup; PostgreSQL by its own `pg_dump` and `pg_restore`, the former on the
very snapshot in which the images are looked up.

References
----------
https://www.sqlite.org/backup.html; https://www.postgresql.org/docs/15/app-pgdump.html (--snapshot)
"""

import os
import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from dss_core.errors import InputError, StorageError
from dss_core.store.database import Database, sqlite_database
from dss_core.store.database_faults import database_faults
from dss_core.store.sqlite_file import connect
from dss_core.store.tables import CASES


@dataclass(frozen=True)
class DatabaseCopy:
    """A copy, and what it names.

    Attributes
    ----------
    images : dict of UUID to str
        The file of every case whose images are kept.
    """

    path: Path
    n_cases: int
    images: dict[UUID, str]


def copy_of(database: Database, path: Path) -> DatabaseCopy:
    """Copy a database to a new file.

    Raises
    ------
    InputError
        If `pg_dump` is needed and not there.
    StorageError
    """
    if database.file:
        copy_sqlite(database.file, path, database.place)
        with sqlite_database(path).read() as connection:
            return _names(connection, path)
    with database.read() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar()
        _run(database, "pg_dump", f"--snapshot={snapshot}", "--format=custom", f"--file={path}")
        return _names(connection, path)


def replace_by(database: Database, path: Path) -> None:
    """Make a database what a copy holds, as a whole or not at all.

    Raises
    ------
    InputError
        If `pg_restore` is needed and not there.
    StorageError
    """
    if database.file:
        copy_sqlite(path, database.file, str(path))
        return
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(database, "pg_restore", *options, f"--dbname={database.engine.url.database}", str(path))


def copy_sqlite(source: Path, target: Path, place: str) -> None:
    """Copy a database of SQLite over another file or database.

    Parameters
    ----------
    source, target : Path
    place : str
        How to name it in a refusal.

    Raises
    ------
    StorageError
        If one of them cannot be used, or the source is damaged.
    """
    with (
        database_faults(place),
        closing(connect(source)) as old,
        closing(connect(target)) as new,
    ):
        old.backup(new)
        if new.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise StorageError(f"The database {place} is damaged. Restore a backup.")


def _names(connection: Connection, path: Path) -> DatabaseCopy:
    n_cases = connection.execute(select(func.count()).select_from(CASES)).scalar_one()
    named = select(CASES.c.id, CASES.c.images_file).where(CASES.c.images_file.is_not(None))
    images = {UUID(case_id): name for case_id, name in connection.execute(named)}
    return DatabaseCopy(path, n_cases, images)


def _run(database: Database, program: str, *words: str) -> None:
    """Run a program of PostgreSQL's client on this database."""
    if shutil.which(program) is None:
        raise InputError(
            f"{program} of PostgreSQL was not found. Install PostgreSQL's client programs, or use "
            f"{program} on the server itself and copy the folder `cases` of DSS_HOME."
        )
    url, socket = database.engine.url, database.socket
    known = {
        "PGHOST": str(Path(socket).parent) if socket else url.host,
        "PGPORT": socket.rpartition(".")[2] if socket else url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": "20",
    }
    done = subprocess.run(
        [program, "--no-password", *words],
        env={**os.environ, **{name: str(value) for name, value in known.items() if value}},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise StorageError(
            f"{program} could not do its work on {database.place}: {said}. Correct that, and try "
            "again."
        )

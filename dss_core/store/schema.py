"""Schema of the database: made on first use, afterwards changed only when someone asks for it.

The newest schema is the last file of `migrations/versions`; what a database has is in its table
`alembic_version`.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from dss_core.errors import StorageError
from dss_core.store.database import Database

MIGRATIONS = Path(__file__).with_name("migrations")
_VERSION_TABLE = "alembic_version"
_LOCK = 20_200_923
"""Of PostgreSQL, held by whoever makes or changes the schema."""


@dataclass(frozen=True)
class SchemaState:
    """What schema a database has.

    Attributes
    ----------
    found : str
        Its revision; empty where the database is new.
    known : tuple of str
        Revisions of this version of the program, oldest first.
    """

    found: str
    known: tuple[str, ...]

    @property
    def newest(self) -> str:
        """What this version of the program works with."""
        return self.known[-1]

    @property
    def word(self) -> str:
        """Where the database stands: "new", "current", "older" or "newer"."""
        if not self.found:
            return "new"
        if self.found == self.newest:
            return "current"
        return "older" if self.found in self.known else "newer"


def known_revisions() -> tuple[str, ...]:
    """Revisions that this version of the program knows, oldest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(path.name.partition("_")[0] for path in files))


def schema_of(connection: Connection, place: str) -> SchemaState:
    """What schema a database has.

    Raises
    ------
    StorageError
        If it holds tables, but is not a store of saved cases.
    """
    tables = inspect(connection).get_table_names()
    found = ""
    if _VERSION_TABLE in tables:
        row = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).first()
        found = "" if row is None else str(row[0])
    if tables and not found:
        raise StorageError(
            f"The database {place} holds tables that are not of this program. Use an empty "
            "database, or another file."
        )
    return SchemaState(found, known_revisions())


def make_ready(database: Database) -> None:
    """Make the schema where the database is new.

    Raises
    ------
    StorageError
        If it has an older schema or a newer one: with what to do.
    """
    with database.read() as connection:
        state = schema_of(connection, database.place)
    if state.word == "new":
        upgrade(database)
    elif state.word == "older":
        raise StorageError(
            f"The store of saved cases, {database.place}, has schema {state.found}; this version "
            f"works with {state.newest}. Run `python -m dss_core store upgrade`."
        )
    elif state.word == "newer":
        raise StorageError(
            f"The store of saved cases, {database.place}, has schema {state.found} of a newer "
            f"version of this program; this one knows {state.newest}. Install the newer version."
        )


def upgrade(database: Database) -> SchemaState:
    """Bring the schema to the newest revision, as a whole or not at all; returns what was there.

    Raises
    ------
    StorageError
        If it is of a newer version of this program.
    """
    from alembic import command
    from alembic.config import Config

    with database.change() as connection:
        if not database.file:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        before = schema_of(connection, database.place)
        if before.word in ("new", "older"):
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    if before.word == "newer":
        make_ready(database)
    return before

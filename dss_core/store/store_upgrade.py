"""Upgrade of the store's schema, after a copy of the database."""

from dataclasses import dataclass
from pathlib import Path

from dss_core.store.database import open_database
from dss_core.store.database_copy import copy_sqlite
from dss_core.store.schema import make_ready, schema_of, upgrade


@dataclass(frozen=True)
class Upgraded:
    """What was done.

    Attributes
    ----------
    before, after : str
        Revisions of the schema; `before` is empty where the store is new.
    backup : Path or None
        The database as it was; None where nothing was changed, and for PostgreSQL, which is backed
        up by `store backup`.
    """

    before: str
    after: str
    backup: Path | None


def upgrade_store() -> Upgraded:
    """Bring the store that the environment names to the newest schema.

    Raises
    ------
    InputError, StorageError
        If it is of a newer version, or cannot be changed; it is then as it was.
    """
    database = open_database()
    with database.read() as connection:
        state = schema_of(connection, database.place)
    copy = None
    if state.word == "older" and database.file:
        copy = database.file.with_name(f"cases-{state.found}.sqlite")
        copy_sqlite(database.file, copy, database.place)
    if state.word in ("new", "older"):
        upgrade(database)
    make_ready(database)
    return Upgraded(state.found, state.newest, copy)

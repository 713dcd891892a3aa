"""Status of the store: where it is and what it holds; looking changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from dss_core.settings import home
from dss_core.store.case_rows import as_text
from dss_core.store.database import open_database
from dss_core.store.keeping import Keeping
from dss_core.store.schema import known_revisions, schema_of
from dss_core.store.tables import CASES


@dataclass(frozen=True)
class StoreStatus:
    """What `store status` prints.

    Attributes
    ----------
    database : str
        "sqlite" or "postgresql".
    place : str
        Path or address, without password.
    schema, expected_schema : str
        Revision of the database, and that of this version of the program.
    state : str
        "new", "current", "older" or "newer".
    past_their_time : int
        Cases that the next `cases prune` deletes.
    keep, keep_days
        What this installation keeps of a case, and for how long.
    """

    database: str
    place: str
    images_folder: str
    schema: str
    expected_schema: str
    state: str
    cases: int
    with_images: int
    past_their_time: int
    images_bytes: int
    keep: str
    keep_days: int


def store_status(now: datetime) -> StoreStatus:
    """Look at the store that the environment names.

    Raises
    ------
    InputError, StorageError
        If it cannot be looked at.
    """
    database, usual, folder = open_database(), Keeping.current(), home() / "cases"
    found, state, counts = "", "new", (0, 0, 0)
    if database.file is None or database.file.exists():
        with database.read() as connection:
            schema = schema_of(connection, database.place)
            found, state = schema.found, schema.word
            if state == "current":
                late = func.count().filter(CASES.c.kept_until < as_text(now))
                wanted = select(func.count(), func.count(CASES.c.images_file), late)
                n, with_images, n_late = connection.execute(wanted.select_from(CASES)).one()
                counts = (n, with_images, n_late)
    return StoreStatus(
        database=database.engine.dialect.name,
        place=database.place,
        images_folder=str(folder),
        schema=found,
        expected_schema=known_revisions()[-1],
        state=state,
        cases=counts[0],
        with_images=counts[1],
        past_their_time=counts[2],
        images_bytes=sum(p.stat().st_size for p in folder.rglob("*.npz")),
        keep=usual.keep,
        keep_days=usual.days,
    )

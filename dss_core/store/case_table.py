"""Statements on the table of the saved cases; what they mean is the business of `CaseStore`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from dss_core.store.case_rows import CaseRow, as_text
from dss_core.store.database import Database
from dss_core.store.tables import CASES

_LISTED = tuple(CaseRow.__dataclass_fields__)


@dataclass(frozen=True)
class CaseTable:
    """The table in a database; every method raises StorageError for a fault of it."""

    database: Database

    def row(self, case_id: UUID, *columns: str) -> Row[Any] | None:
        """Some columns of a case; None where there is none."""
        wanted = select(*(CASES.c[name] for name in columns)).where(CASES.c.id == str(case_id))
        with self.database.read() as connection:
            return connection.execute(wanted).first()

    def search(self, words: str, limit: int | None) -> tuple[CaseRow, ...]:
        """Cases with these words in the label, or an id that begins so; newest first."""
        words = words.strip().casefold()
        if not words:
            return self._rows([], limit)
        in_label = CASES.c.label_folded.contains(words, autoescape=True)
        return self._rows([in_label | CASES.c.id.startswith(words, autoescape=True)], limit)

    def of_images(self, images_digest: str) -> tuple[CaseRow, ...]:
        """Cases of the same CT and PET, newest first."""
        return self._rows([CASES.c.images_digest == images_digest], None)

    def late(self, now: datetime) -> tuple[UUID, ...]:
        """Cases that are past their time."""
        wanted = select(CASES.c.id).where(CASES.c.kept_until < as_text(now))
        with self.database.read() as connection:
            return tuple(UUID(found) for found in connection.execute(wanted).scalars())

    def put(self, columns: dict[str, Any], expected_version: int | None) -> bool:
        """Insert or change a row; False where another one was quicker."""
        with self.database.change() as connection:
            # beside the statement, not in it: SQLAlchemy keeps statements with their values
            if expected_version is None:
                try:
                    connection.execute(insert(CASES), columns)
                except IntegrityError:
                    return False
                return True
            same = (CASES.c.id == columns["id"]) & (CASES.c.version == expected_version)
            return connection.execute(update(CASES).where(same), columns).rowcount == 1

    def take(self, case_id: UUID, late_at: datetime | None) -> str | None:
        """Delete a row, where given only if it is past its time then; its label, if it is gone."""
        same = CASES.c.id == str(case_id)
        if late_at is not None:
            same &= CASES.c.kept_until < as_text(late_at)
        with self.database.change() as connection:
            label = connection.execute(select(CASES.c.label).where(same)).scalar()
            connection.execute(delete(CASES).where(same))
        return label

    def _rows(
        self, conditions: list[ColumnElement[bool]], limit: int | None
    ) -> tuple[CaseRow, ...]:
        wanted = select(*(CASES.c[name] for name in _LISTED)).where(*conditions).limit(limit)
        wanted = wanted.order_by(CASES.c.created.desc(), CASES.c.id)
        with self.database.read() as connection:
            return tuple(CaseRow(*values) for values in connection.execute(wanted))

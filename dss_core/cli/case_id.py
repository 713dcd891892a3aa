"""The id of a saved case, from all of it or its beginning: one reading for every command."""

from uuid import UUID

from dss_core.errors import InputError
from dss_core.store.case_rows import CaseRow
from dss_core.store.case_store import CaseStore

FEWEST = 4
"""Characters of an id that may stand for the whole."""
_NAMED = 5


def saved_case_id(text: str, store: CaseStore) -> UUID | None:
    """The saved case of an id or of the beginning of one; None where there is none.

    A whole id is taken as it is, whether or not it is saved here.

    Raises
    ------
    InputError
        If several saved cases begin so; they are named.
    StorageError
        If the store cannot be read.
    """
    try:
        return UUID(text)
    except ValueError:
        pass
    begins = text.lower()
    if len(begins) < FEWEST:
        return None
    found = [row for row in store.list(begins) if row.id.startswith(begins)]
    if len(found) > 1:
        raise InputError(
            f"{len(found)} saved cases begin with {text[:60]!r}: {_named(found)}. Give more of it."
        )
    return UUID(found[0].id) if found else None


def _named(found: list[CaseRow]) -> str:
    names = [f"{row.id} ({row.label})" for row in found[:_NAMED]]
    more = len(found) - _NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")

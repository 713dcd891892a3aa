"""Rows of the store: a record as columns, and what a list of cases shows of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from dss_core.case.record import CaseRecord
from dss_core.errors import InputError


@dataclass(frozen=True)
class CaseRow:
    """A case in a list, as `cases list` prints it.

    Attributes
    ----------
    created, kept_until : str
        UTC in ISO 8601; `kept_until` is None where it is not kept by time.
    egfr, pdl1 : float or None
        Scores, None where there is none.
    withheld : str or None
        Code of the reason why there is none.
    verdict : str or None
        Of the last assessment.
    kept : str
        "record" or "images".
    """

    id: str
    label: str
    created: str
    weights_id: str
    egfr: float | None
    pdl1: float | None
    withheld: str | None
    verdict: str | None
    kept: str
    kept_until: str | None


@dataclass(frozen=True)
class SavedCase:
    """A record with the version that the next change of it must name."""

    record: CaseRecord
    version: int
    updated: datetime


@dataclass(frozen=True)
class ImagesFile:
    """Name of a file in the case's folder, and SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Deleted:
    """What a deletion removed.

    Attributes
    ----------
    files : tuple of Path
        Every file of the case's folder.
    """

    id: UUID
    label: str
    files: tuple[Path, ...]
    n_bytes: int


def columns_of(record: CaseRecord, now: datetime) -> dict[str, Any]:
    """The columns of a record, but for its version and its images."""
    result = record.result
    verdict = record.assessment.get("opinion") if record.assessment else None
    return {
        "id": str(record.id),
        "label": record.label,
        "label_folded": record.label.casefold(),
        "created": as_text(record.created),
        "updated": as_text(now),
        "weights_id": str(result.get("weights_id", "")),
        "egfr": _number(result.get("egfr"), "dls"),
        "pdl1": _number(result.get("pdl1"), "dls"),
        "withheld": _text(result.get("withheld"), "code"),
        "verdict": verdict if isinstance(verdict, str) else None,
        "kept": str(record.keep),
        "kept_until": None if record.kept_until is None else as_text(record.kept_until),
        "images_digest": record.source.images_digest,
        "study_key": record.source.study_key,
        "record": record.to_json().decode(),
    }


def as_text(time: datetime) -> str:
    """A time as the store keeps it, e.g. 2026-11-29T10:00:00.000000+00:00."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _number(document: object, name: str) -> float | None:
    found = document.get(name) if isinstance(document, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def _text(document: object, name: str) -> str | None:
    found = document.get(name) if isinstance(document, Mapping) else None
    return found if isinstance(found, str) else None


def gone(case_id: UUID) -> InputError:
    """What is said of a case that is not there."""
    return InputError(
        f"There is no saved case {case_id}: it was deleted, is past its time or was never kept "
        "here. `cases list` shows those that there are."
    )

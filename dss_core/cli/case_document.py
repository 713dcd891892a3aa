"""The document of a case: a PDF that is given, else the report of the board."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dss_core.case.record import CaseRecord, default_label
from dss_core.exports.make_board_report import board_report
from dss_core.exports.typeset_report import report_pdf
from dss_core.storage import reading


@dataclass(frozen=True)
class CaseDocument:
    """A PDF of a case.

    Attributes
    ----------
    content : str
        SHA-256 of what it presents, without ids and dates; empty where only its bytes say that.
    """

    pdf: bytes
    content: str


def case_document(record: CaseRecord, given: Path | None) -> CaseDocument:
    """The PDF of a file, else the board's report of the record.

    Raises
    ------
    DssError
        If the file cannot be read, or the report not be made.
    """
    if given is not None:
        return CaseDocument(content_of(given), "")
    return CaseDocument(report_pdf(board_report(record)), _presented(record))


def content_of(path: Path) -> bytes:
    """The bytes of a file that is named by an argument."""
    with reading(path):
        return path.read_bytes()


def _presented(record: CaseRecord) -> str:
    label = "" if record.label == default_label(record.id) else record.label
    parts = {"label", "id", "created", "history", "keep", "kept_until", "format"}
    content = record.model_dump_json(exclude=parts)
    return hashlib.sha256(f"{label}|{content}".encode()).hexdigest()

"""The board's report of a case as a PDF, for those who put it beside other things of the case."""

import hashlib
from dataclasses import dataclass

from dss_core.case.record import CaseRecord, default_label
from dss_core.exports.make_board_report import board_report
from dss_core.exports.typeset_report import report_pdf


@dataclass(frozen=True)
class CaseDocument:
    """A PDF of a case.

    Attributes
    ----------
    content : str
        SHA-256 of what it presents, without ids and dates; empty where only its bytes say that.
    """

    pdf: bytes
    content: str = ""


def board_document(record: CaseRecord) -> CaseDocument:
    """The report of the board.

    Raises
    ------
    DssError
        If the record cannot be used, or the extra that typesets it is not installed.
    """
    return CaseDocument(report_pdf(board_report(record)), _presented(record))


def _presented(record: CaseRecord) -> str:
    label = "" if record.label == default_label(record.id) else record.label
    parts = {"label", "id", "created", "history", "keep", "kept_until", "format"}
    content = record.model_dump_json(exclude=parts)
    return hashlib.sha256(f"{label}|{content}".encode()).hexdigest()

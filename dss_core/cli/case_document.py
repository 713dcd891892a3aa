"""The document of a case: a PDF that is given, else the report of the board."""

from pathlib import Path

from dss_core.case.record import CaseRecord
from dss_core.exports.board_document import CaseDocument, board_document
from dss_core.storage import reading


def case_document(record: CaseRecord, given: Path | None) -> CaseDocument:
    """The PDF of a file, else the board's report of the record.

    Raises
    ------
    DssError
        If the file cannot be read, or the report not be made.
    """
    return board_document(record) if given is None else CaseDocument(content_of(given))


def content_of(path: Path) -> bytes:
    """The bytes of a file that is named by an argument."""
    with reading(path):
        return path.read_bytes()

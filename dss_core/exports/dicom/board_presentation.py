"""What the board shows of a case, for its DICOM objects: the picture of the region, the PDF."""

from dss_core.case.record import CaseRecord
from dss_core.exports.board_document import CaseDocument
from dss_core.exports.dicom.dicom_objects import Presentation

_FIRST_PICTURE = "fusion"


def board_presentation(record: CaseRecord, document: CaseDocument | None) -> Presentation:
    """The picture of a record, where it has one, with a document of it."""
    pdf = document.pdf if document else None
    content = document.content if document else ""
    if not record.pictures:
        return Presentation(pdf=pdf, pdf_content=content)
    picture = min(record.pictures, key=lambda p: p.name != _FIRST_PICTURE)
    return Presentation(picture.png, f"{picture.caption}\n{picture.alt}", pdf, content)

"""A report of a case in PDF as a DICOM object.

References
----------
DICOM PS3.3 A.45.1, C.24.2 (encapsulated document).
"""

import hashlib

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EncapsulatedPDFStorage

from dss_core.exports.check_pdf import check_pdf
from dss_core.exports.dicom import codes
from dss_core.exports.dicom.source_case import SourceCase
from dss_core.reading.new_dicom_object import ObjectKind, dicom_bytes, new_object
from dss_core.regions.structure_set import ImageReferences, Instance, reference

DOCUMENT = ObjectKind(EncapsulatedPDFStorage, "DOC", 9305, "Report, research use only")


def encapsulated_pdf(case: SourceCase, pdf: bytes, content: str = "") -> bytes:
    """The report as a DICOM file.

    Parameters
    ----------
    case : SourceCase
    pdf : bytes
    content : str
        What is presented, where that says better than the bytes whether it is the same report.

    Raises
    ------
    InputError
        If it is no PDF, or not a whole one.
    """
    check_pdf(pdf)
    digest = content or hashlib.sha256(pdf).hexdigest()
    ds = new_object(DOCUMENT, case.making, digest, case.result_digest)
    ds.ContentDate, ds.ContentTime = case.making.date, case.making.time
    ds.AcquisitionDateTime = ""
    ds.ConversionType, ds.BurnedInAnnotation = "WSD", "YES"
    ds.DocumentTitle = codes.BOARD_REPORT.meaning
    title = Dataset()
    title.CodeValue, title.CodingSchemeDesignator = codes.BOARD_REPORT.value, codes.SCHEME
    title.CodeMeaning = codes.BOARD_REPORT.meaning
    ds.ConceptNameCodeSequence = Sequence([title])
    ds.CodingSchemeIdentificationSequence = codes.scheme_identification()
    ds.SourceInstanceSequence = Sequence([*_sources(case.ct), *_sources(case.pet)])
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    ds.EncapsulatedDocumentLength = len(pdf)
    ds.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return dicom_bytes(ds)


def _sources(images: ImageReferences) -> list[Dataset]:
    uids = dict.fromkeys(i.uid for i in images.instances)
    return [reference(images, Instance(uid)) for uid in uids]

"""Whether a document that is handed over is a PDF."""

from dss_core.errors import InputError

_HEAD, _END, _TAIL_BYTES = b"%PDF-", b"%%EOF", 1024


def check_pdf(pdf: bytes) -> None:
    """Refuse what is no PDF, or not a whole one.

    Raises
    ------
    InputError
    """
    if not pdf.startswith(_HEAD) or _END not in pdf[-_TAIL_BYTES:]:
        raise InputError(
            "The report is no whole PDF: it does not begin with %PDF- and end with %%EOF. Give a "
            "PDF file."
        )

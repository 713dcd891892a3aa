"""Uploads stay in memory, and once: Streamlit would spool some to disk and copy all of them."""

import sys
from io import BytesIO
from typing import Any

from starlette.formparsers import MultiPartParser
from streamlit.runtime.uploaded_file_manager import UploadedFile


def keep_uploads_in_memory() -> None:
    """Nothing of an upload touches the disk, and no run of a page copies it.

    The web server spools what is over 1 MB to a temporary file; sizes are limited elsewhere. Each
    run of a page deep-copies the value of its uploader; here that copy shares the bytes.
    """
    MultiPartParser.spool_max_size = sys.maxsize
    UploadedFile.__deepcopy__ = _sharing  # type: ignore[attr-defined]


def _sharing(upload: UploadedFile, _memo: dict[int, Any]) -> UploadedFile:
    """A copy of its own position and, until one of the two is written to, the same bytes."""
    copy = UploadedFile.__new__(UploadedFile)
    BytesIO.__init__(copy, upload.getvalue())
    copy.__dict__.update(upload.__dict__)
    copy.seek(upload.tell())
    return copy

"""Uploads stay in memory: the web server would spool what is over 1 MB to a temporary file."""

import sys

from starlette.formparsers import MultiPartParser


def keep_uploads_in_memory() -> None:
    """Nothing of an upload touches the disk, not even for a moment; sizes are limited elsewhere."""
    MultiPartParser.spool_max_size = sys.maxsize

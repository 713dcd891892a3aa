"""Unique identifiers that follow from content: the same content has the same one.

References
----------
DICOM PS3.5 B.2 (UUID-derived UIDs under 2.25).
"""

import hashlib
from uuid import UUID

from pydicom.uid import UID


def derived_uid(*parts: str) -> UID:
    """The identifier of this content, from SHA-256 over all parts.

    Examples
    --------
    >>> derived_uid("seg", "a") == derived_uid("seg", "a")
    True
    >>> derived_uid("ab", "c") == derived_uid("a", "bc")
    False
    """
    return UID(f"2.25.{derived_uuid(*parts).int}")


def derived_uuid(*parts: str) -> UUID:
    """The same as a UUID."""
    digest = hashlib.sha256("".join(f"{len(p)}:{p}" for p in parts).encode()).digest()
    return UUID(bytes=digest[:16], version=5)

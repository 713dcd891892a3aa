"""Frame key: whether a region file belongs to images of which no UID is kept.

As the study key, a keyed hash of the FrameOfReferenceUID. It also names the secret that made it,
so that a case of another installation, or from before the secret was lost, is not taken for one
of other images.
"""

from dss_core.errors import GeometryError
from dss_core.records import CaseWarning
from dss_core.store.study_key import keyed_hash

_MARK = 16
"""Hexadecimal digits that name the secret."""


def frame_key(frame_of_reference: str) -> str:
    """Keyed hash of a FrameOfReferenceUID, after a mark of the secret; empty for an empty one.

    Raises
    ------
    StorageError
        If the secret cannot be read or made.
    """
    if not frame_of_reference:
        return ""
    return f"{_mark()}-{keyed_hash(f'frame of reference {frame_of_reference}')}"


def check_frame(name: str, theirs: str, key: str) -> CaseWarning | None:
    """Refuse a region of another frame of reference than that of kept images.

    Parameters
    ----------
    name : str
        Of the region.
    theirs : str
        Its FrameOfReferenceUID; where it states none, as a mask file, there is nothing to check.
    key : str
        What is kept of the images' own; empty in a record that has none.

    Returns
    -------
    CaseWarning or None
        What cannot be checked.

    Raises
    ------
    GeometryError
        If the frames of reference differ.
    StorageError
        If the secret cannot be read.
    """
    if not theirs:
        return None
    if not key.startswith(f"{_mark()}-"):
        return CaseWarning(
            "frame_not_checked",
            f"Whether the region {name!r} was drawn on these images cannot be checked: nothing of "
            "their frame of reference is kept here. Compare the outline with the images.",
        )
    if frame_key(theirs) != key:
        raise GeometryError(
            f"The region {name!r} is drawn in another frame of reference "
            f"(FrameOfReferenceUID (0020,0052) ...{theirs[-12:]}) than the images of this case. "
            "Use a region drawn on this study."
        )
    return None


def _mark() -> str:
    return keyed_hash("this installation")[:_MARK]

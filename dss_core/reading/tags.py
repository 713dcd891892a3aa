"""DICOM tag values as plain Python values; damaged or odd values count as absent.

pydicom decodes a value when it is first looked at, so a damaged file fails at the look, not at
the read. Everything that looks goes through here; what is absent is refused by whoever needs it,
with the tag's name. A number that is there but cannot be read is no absent number: it is refused
with what stands in the file.
"""

import logging
import struct
import warnings
import zlib

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import BaseTag, Tag

from dss_core.errors import InputError

# Values longer than their type allows are common in real files and are not pydicom's to judge; what
# it says of them quotes them, names and dates of birth too, on the screen or in a server's log.
config.settings.reading_validation_mode = config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom\.")

PRIVATE_BLOCKS = (0x10, 0x11, 0x12, 0x13)

DAMAGED = (
    zlib.error,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    OSError,
    EOFError,
    struct.error,
    BytesLengthException,
    InvalidDicomError,
)
"""Whatever pydicom was seen to raise on damaged bytes."""


def value_of(header: Dataset, tag: str | BaseTag) -> object:
    """The decoded value of a tag, None when absent, empty or not decodable."""
    try:
        element = header.get(tag)
        value = element.value if isinstance(tag, BaseTag) and element is not None else element
    except DAMAGED:
        return None
    return None if isinstance(value, str | bytes) and not value else value


def text(header: Dataset, keyword: str) -> str:
    """Value of a tag as text, "" when the tag is absent or empty."""
    value = value_of(header, keyword)
    return "" if value is None else str(value).strip()


def tag_name(keyword: str) -> str:
    """A tag as errors name it, e.g. "PatientWeight (0010,1030)"."""
    tag = Tag(keyword)
    return f"{keyword} ({tag.group:04X},{tag.element:04X})"


def written(header: Dataset, keyword: str) -> str:
    """What stands in the file for a tag, decoded or not; "" when the tag is absent or empty."""
    element = header.get_item(Tag(keyword))
    value = None if element is None else element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1").strip("\0 ")
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return str(value).strip()
    return "\\".join(str(v) for v in value)


def shown(header: Dataset, keyword: str) -> str:
    """What stands in the file for a tag, for an error: printable, short, "absent" if nothing."""
    found = written(header, keyword)
    return ascii(found[:64])[1:-1].replace("\\\\", "\\") if found else "absent"


def number(header: Dataset, keyword: str) -> float | None:
    """Value of a tag as a finite number, None when absent or empty.

    Raises
    ------
    InputError
        If something else stands there, e.g. a number with a decimal comma.
    """
    found = _finite(value_of(header, keyword))
    if found is None and written(header, keyword):
        raise InputError(
            f"{tag_name(keyword)} is {shown(header, keyword)}, which is not one number written "
            "with a decimal point. Correct it at its source and export again."
        )
    return found


def number_if_readable(header: Dataset, keyword: str) -> float | None:
    """As `number`, None for what is not a number: for lists of files that nobody has chosen yet."""
    return _finite(value_of(header, keyword))


def whole(header: Dataset, keyword: str, absent: int = 0) -> int:
    """Value of a tag as an integer, `absent` when it is absent or not one."""
    value = number_if_readable(header, keyword)
    return absent if value is None or value != int(value) else int(value)


def vector(header: Dataset, keyword: str, length: int) -> list[float] | None:
    """Value of a tag as so many finite numbers, None when it is anything else."""
    value = value_of(header, keyword)
    if value is None or isinstance(value, str | bytes):
        return None
    try:
        numbers = [_finite(v) for v in value]  # type: ignore[attr-defined]
    except DAMAGED:
        return None
    return [n for n in numbers if n is not None] if _complete(numbers, length) else None


def values(header: Dataset, keyword: str) -> list[str]:
    """All values of a tag as text, [] when the tag is absent or empty."""
    value = value_of(header, keyword)
    if value is None:
        return []
    try:
        return [str(v) for v in ([value] if isinstance(value, str) else value)]  # type: ignore[attr-defined]
    except DAMAGED:
        return [str(value)]


def items(header: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence, [] when it is absent or not a sequence."""
    value = value_of(header, keyword)
    try:
        return [i for i in value if isinstance(i, Dataset)]  # type: ignore[attr-defined]
    except DAMAGED:
        return []


def private_text(header: Dataset, tag: BaseTag) -> str:
    """A private tag as text, whether or not its private creator let it be decoded."""
    raw = value_of(header, tag)
    if raw is None:
        return ""
    return (raw.decode("ascii", "ignore") if isinstance(raw, bytes) else str(raw)).strip("\0 ")


def vendor_text(header: Dataset, tag: BaseTag, creator: str) -> str:
    """A vendor's element by its private creator, or by the usual tag where none names itself so.

    Parameters
    ----------
    header : Dataset
    tag : BaseTag
        As in the first private block, (gggg,10ee).
    creator : str
        Text of the private creator element (gggg,00bb), which reserves block (gggg,bbxx).
    """
    for block in PRIVATE_BLOCKS:
        if private_text(header, Tag(tag.group, block)) == creator:
            return private_text(header, in_block(tag, block))
    return private_text(header, tag)


def in_block(tag: BaseTag, block: int) -> BaseTag:
    """The same element in another private block."""
    return Tag(tag.group, block << 8 | tag.element & 0xFF)


def _finite(value: object) -> float | None:
    try:
        result = float(value)  # type: ignore[arg-type]
    except DAMAGED:
        return None
    return result if abs(result) < float("inf") else None


def _complete(numbers: list[float | None], length: int) -> bool:
    return len(numbers) == length and None not in numbers

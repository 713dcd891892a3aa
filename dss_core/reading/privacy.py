"""Texts of a file without the identity of its patient: region names, labels, descriptions.

Names are compared folded: without case and accents, an umlaut and its spelled-out form alike, so
that "Müller" is found in "GTV MUELLER". Every component group of a name counts (alphabetic,
ideographic, phonetic), its parts alone and joined in any order, with or without separators.

References
----------
DICOM PS3.5 6.2.1 (person name).
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import permutations
from typing import Self

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from dss_core.reading.tags import items, text, value_of, values

MASK = "***"
_NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName")
_NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "PatientBirthDate")
_BETWEEN_PARTS = re.compile(r"[\^ =,.'’·・\-]+")
_MOST_PERMUTED = 4
_SHORTEST_NAME, _SHORTEST_NUMBER = 2, 3
_SHORTEST_INSIDE = 5
"""Letters from which a name is also found inside a longer word."""
_NOT_COMPOSED = str.maketrans("øæœłđðıħ", "oaolddih")
_SPELLED_OUT = {"ae", "oe", "ue", "ss"}
_WRITTEN_TOGETHER = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")


@dataclass(frozen=True)
class Identity:
    """What names the patient of a file, folded.

    Attributes
    ----------
    names : frozenset of str
        Parts of names, alone and joined.
    numbers : frozenset of str
        Identifiers and dates, without separators.
    """

    names: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """The identity that the top level of a file states."""
        groups = {g for k in _NAMES for name in _person_names(dataset, k) for g in name.split("=")}
        numbers = [v for k in _NUMBERS for v in values(dataset, k)]
        numbers += [text(i, "PatientID") for i in items(dataset, "OtherPatientIDsSequence")]
        born = text(dataset, "PatientBirthDate")
        numbers.append(born[6:8] + born[4:6] + born[:4])
        return cls(
            frozenset(n for g in groups for n in _parts(g) if len(n) >= _SHORTEST_NAME),
            frozenset(n for v in numbers if len(n := _fold(v)) >= _SHORTEST_NUMBER),
        )

    def removed_from(self, shown: str) -> str:
        """The text with whatever identifies the patient replaced by ***.

        A part of one letter or character counts only joined to another: alone it is in too many
        other words, and so are short parts within a longer word.
        """
        shown = unicodedata.normalize("NFC", shown)
        letters = _letters(shown)
        solid = "".join(letter.folded for letter in letters)
        hidden: set[int] = set()
        for word in self.names | self.numbers:
            at = solid.find(word)
            while at >= 0:
                first, last = letters[at], letters[at + len(word) - 1]
                inside = word in self.names and _is_found_inside(word)
                if inside or (_is_edge(shown, first.start) and _is_edge(shown, last.stop)):
                    hidden.update(range(first.start, last.stop))
                at = solid.find(word, at + 1)
        masked = "".join("\0" if n in hidden else c for n, c in enumerate(shown))
        return re.sub("\0+", MASK, masked)


def without_identity(shown: str, dataset: Dataset) -> str:
    """The text with whatever identifies the file's patient replaced by ***."""
    return Identity.of(dataset).removed_from(shown)


@dataclass(frozen=True)
class _Letter:
    """A folded letter and where it stands in the text; spelled out, it takes two places."""

    folded: str
    start: int
    stop: int


def _letters(shown: str) -> list[_Letter]:
    found: list[_Letter] = []
    for n, character in enumerate(shown):
        for folded in _fold_one(character):
            before = found[-1] if found else None
            if before and before.stop >= n and before.folded + folded in _SPELLED_OUT:
                found[-1] = _Letter(before.folded, before.start, n + 1)
            else:
                found.append(_Letter(folded, n, n + 1))
    return found


def _fold(shown: str) -> str:
    return "".join(letter.folded for letter in _letters(unicodedata.normalize("NFC", shown)))


def _fold_one(character: str) -> str:
    """Letters and digits of a character, without case and accents."""
    plain = unicodedata.normalize("NFKD", character.casefold().translate(_NOT_COMPOSED))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return "".join(c for c in unicodedata.normalize("NFC", plain) if c.isalnum())


def _parts(group: str) -> set[str]:
    """The parts of a component group, alone and joined."""
    parts = [p for part in _BETWEEN_PARTS.split(group) if (p := _fold(part))]
    joined = {_fold(group), *parts}
    for n in range(2, (len(parts) if len(parts) <= _MOST_PERMUTED else 2) + 1):
        joined |= {_fold("".join(order)) for order in permutations(parts, n)}
    return joined


def _person_names(dataset: Dataset, keyword: str) -> list[str]:
    found = value_of(dataset, keyword)
    return [str(found)] if isinstance(found, PersonName) else values(dataset, keyword)


def _is_found_inside(word: str) -> bool:
    """True for a name that counts within a longer word: long, or of a script without spaces."""
    return len(word) >= _SHORTEST_INSIDE or all(map(_is_written_together, word))


def _is_written_together(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_WRITTEN_TOGETHER)


def _is_edge(shown: str, at: int) -> bool:
    """True where a word may begin or end: at a space, a capital, a digit, another script."""
    if at in (0, len(shown)):
        return True
    before, after = shown[at - 1], shown[at]
    return (
        not (before.isalnum() and after.isalnum())
        or (before.islower() and after.isupper())
        or before.isdigit() != after.isdigit()
        or _is_written_together(before) != _is_written_together(after)
    )

"""A phrase in every language that the reports speak, and recognising one that was said in English.

A case record holds finished English sentences: warnings, reasons, captions. Each is made from a
fixed form with values, so that the form is found again by its English words and said in another
language with the same values. What has no fixed form stays as it is and is marked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Lang(StrEnum):
    """Language of the fixed words."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True)
class Phrase:
    """One phrase; `{name}` stands for a value.

    Attributes
    ----------
    en : str
        British English.
    zh : str
        Simplified Chinese.
    written : str
        The form in which a record holds it, where that differs from `en`.
    """

    en: str
    zh: str
    written: str = ""

    def say(self, lang: Lang, **values: object) -> str:
        """The phrase in one language with its values."""
        return (self.zh if lang is Lang.ZH else self.en).format(**values)

    def read(self, text: str) -> dict[str, str] | None:
        """The values with which a text says this phrase in English; None where it does not."""
        found = _form(self.written or self.en).fullmatch(text)
        return found.groupdict() if found else None

    def begins(self, text: str) -> dict[str, str] | None:
        """The same of a text whose first sentence says this phrase."""
        found = _form(self.written or self.en).match(text)
        whole = found is not None and text[found.end() : found.end() + 1] in ("", " ")
        return found.groupdict() if found and whole else None


UNTRANSLATED = Phrase("{text}", "{text}（原文）")
UNTRANSLATED_BESIDE = Phrase("{text}", "{said}（原文：{text}）")


def translated(text: str, phrases: Iterable[Phrase], lang: Lang) -> str | None:
    """A text that one of the phrases says, in a language; None where none does.

    Values that are phrases themselves are said in that language too.
    """
    phrases = tuple(phrases)
    for phrase in phrases:
        values = phrase.read(text)
        if values is not None:
            inner = {k: translated(v, phrases, lang) or v for k, v in values.items() if v != text}
            return phrase.say(lang, **(values | inner))
    return None


def in_language(text: str, phrases: Iterable[Phrase], lang: Lang) -> str:
    """A text in a language, or as it is with a mark where it has no fixed form."""
    if not text:
        return text
    found = translated(text, phrases, lang)
    return UNTRANSLATED.say(lang, text=text) if found is None else found


@cache
def _form(form: str) -> re.Pattern[str]:
    """A form with values as a pattern."""
    parts = re.split(r"\{(\w+)\}", form)
    return re.compile(
        "".join(
            f"(?P<{part}>.+?)" if i % 2 else re.escape(part).replace("\\-", "[-−]")
            for i, part in enumerate(parts)
        )
    )

"""Text on its way to the browser: whatever a file holds, nothing in it becomes a picture or a link.

Text from files is shown as it is by `messages.plain`; this is the one gate that every element
passes after that, labels and options too. It lets through the program's own markdown (bold,
headings, lists, icons) and its own links, and breaks every other address, so that no text can make
a browser call another computer.
"""

import re
from typing import Any

from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

OWN_LINKS = ("](https://doi.org/10.1038/s41467-020-19116-x)",)
"""Links in texts of this program."""
HOME = "./"
"""Address of the home page from every page."""
MARKDOWN_FIELDS = frozenset(
    ("body", "label", "help", "caption", "captions", "content", "delta", "text", "title", "message")
)
"""Fields of elements that the browser shows as markdown; of some, the options are too."""
_MARKDOWN_OPTIONS = frozenset(("Radio", "Slider"))
_OWN = re.compile("(" + "|".join(map(re.escape, OWN_LINKS)) + ")")
_PICTURE_OR_LINK = re.compile(r"(?<=!)(?=\[)|(?=\]\()")
_ADDRESS = re.compile(r"(?=://)|(?<=www)(?=\.)")
_SLASH = r"(?:/|\\u002f)"  # Plotly writes its JSON with < > / escaped
_LETTERS = rf"{_SLASH}?(?:b|i|br|sub|sup|extra)\s*{_SLASH}?"
_COLOUR = rf'{_SLASH}span|span style=\\?"color:#[0-9a-f]{{3,8}}\\?"'
_FIGURE_TAG = re.compile(rf"(?:<|\\u003c)(?!(?:{_LETTERS}|{_COLOUR})(?:>|\\u003e))", re.IGNORECASE)


def keep_texts_harmless() -> None:
    """Put the gate before everything that this server sends from now on."""
    if ScriptRunContext.enqueue is not _enqueue:
        ScriptRunContext.enqueue = _enqueue  # type: ignore[assignment,method-assign]


def harmless(text: str) -> str:
    """Markdown without pictures and without links but the program's own."""
    if not ("[" in text or "://" in text or "www" in text):
        return text
    parts = _OWN.split(text)
    return "".join(part if part in OWN_LINKS else _broken(part) for part in parts)


def harmless_figure(specification: str) -> str:
    """A Plotly figure's JSON; of its tags only those stay that set letters and colour."""
    return _FIGURE_TAG.sub("&lt;", specification)


def _broken(text: str) -> str:
    return _ADDRESS.sub("\u200b", _PICTURE_OR_LINK.sub(r"\\", text))


_to_the_browser = ScriptRunContext.enqueue


def _enqueue(self: ScriptRunContext, message: Any) -> None:
    if message.WhichOneof("type") == "delta":
        _make_harmless(message.delta)
        _lead_home(message.delta)
    _to_the_browser(self, message)


def _lead_home(delta: Any) -> None:
    """Give a link to the home page an address: an empty one means the page that it stands on."""
    if delta.HasField("new_element") and delta.new_element.HasField("page_link"):
        link = delta.new_element.page_link
        link.page = link.page or HOME


def _make_harmless(part: Any) -> None:
    """Every text of a protobuf message and of those in it."""
    kind = part.DESCRIPTOR.name
    if kind == "PlotlyChart":
        part.spec = harmless_figure(part.spec)
        return
    for field, value in part.ListFields():
        many = field.is_repeated
        if field.message_type is not None:
            if not field.message_type.GetOptions().map_entry:
                for inner in value if many else (value,):
                    _make_harmless(inner)
        elif field.type == field.TYPE_STRING and _is_markdown(kind, field.name):
            if many:
                value[:] = [harmless(text) for text in value]
            else:
                setattr(part, field.name, harmless(value))


def _is_markdown(kind: str, field: str) -> bool:
    if field == "options":
        return kind in _MARKDOWN_OPTIONS
    return field in MARKDOWN_FIELDS and kind != "Html"

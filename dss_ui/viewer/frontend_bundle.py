"""The viewer's browser files as the texts that Streamlit sends: one script out of the modules.

The modules stand in the order in which they import each other, without their imports, exports,
indents and comments, because the script goes with every plane. Needs no build and no node.
"""

import re
from functools import cache
from pathlib import Path

FILES = Path(__file__).with_name("frontend")
ENTRY = "main.js"
_IMPORT = re.compile(r"^import \{[^}]*\} from '\./(\w+\.js)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*|//.*)\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


@cache
def page_file(name: str) -> str:
    """The viewer's HTML or CSS file, without indents."""
    return _INDENT.sub("", (FILES / name).read_text(encoding="utf-8"))


@cache
def script() -> str:
    """All modules that `main.js` needs, as one module."""
    return "\n".join(_short(_source(name)) for name in modules())


def modules() -> list[str]:
    """File names in the order of their imports, `main.js` last.

    Raises
    ------
    ValueError
        If modules import each other in a circle.
    """
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            circle = " -> ".join((*above, name))
            raise ValueError(
                f"Modules must not import each other in a circle, found {circle}. Move what they "
                "share to a file of its own."
            )
        if name not in order:
            for needed in _IMPORT.findall(_source(name)):
                visit(needed, (*above, name))
            order.append(name)

    visit(ENTRY, ())
    return order


def _source(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def _short(source: str) -> str:
    return _INDENT.sub("", _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", source))))

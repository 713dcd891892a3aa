"""Every error message of the intake, read from its source.

Usage: python -m tests.refusals   (writes docs/refusals.md)
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "docs" / "refusals.md"
FOLDERS = ("reading", "spatial", "regions", "preprocessing", "case", "pacs")
ERRORS = ("InputError", "GeometryError", "PacsError", "NotOfferedError", "ConflictError")
SOURCES = (
    *(path for name in FOLDERS for path in sorted((ROOT / "dss_core" / name).glob("*.py"))),
    ROOT / "dss_core" / "cli" / "deidentify.py",
)
HEAD = """# Input errors and what to do

One line for each error: what was found, what was expected, what to do; `...` stands for the
value found. An error is one `error: ...` line and exit status 2 on the command line, a message
on the page. Made by `python -m tests.refusals`; a test holds it to the source.
"""


def refusals() -> str:
    """The document, from the `raise ...Error(sentence)` statements of the intake."""
    parts = [HEAD]
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        sentences = [
            _sentence(node.exc.args[0])
            for node in ast.walk(tree)
            if isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and isinstance(node.exc.func, ast.Name)
            and node.exc.func.id in ERRORS
            and not isinstance(node.exc.args[0], ast.Call)
        ]
        if sentences:
            first = (ast.get_docstring(tree) or path.stem).splitlines()[0]
            title = first.split(":")[0].rstrip(".")
            parts.append(f"## {title}\n\n" + "".join(f"- {s}\n" for s in dict.fromkeys(sentences)))
    return "\n".join(parts)


def _sentence(node: ast.expr) -> str:
    pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "..." for p in pieces)


if __name__ == "__main__":
    LIST.write_text(refusals())

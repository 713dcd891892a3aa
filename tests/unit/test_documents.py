"""Documents: links resolve, source files named exist, every dependency has its notice."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks/README.md"])
LINK = re.compile(r"\]\(\s*([^)\s]+)\s*\)")
SOURCE = re.compile(r"`([A-Za-z_][\w/.-]*\.(?:py|toml|js|css))`")
SOURCE_FOLDERS = ("dss_core", "dss_ui", "pages", "tests", "benchmarks", "docs")


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_resolve(path: Path) -> None:
    for link in LINK.findall(path.read_text()):
        if link.startswith(("http:", "https:")):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.name}: {link} does not exist"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{path.name}: no heading for {link}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_source_files_named_exist(path: Path) -> None:
    names = {p.name for folder in SOURCE_FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file()}
    for named in SOURCE.findall(path.read_text()):
        if "/" in named:
            assert (ROOT / named).exists(), f"{path.name}: {named} does not exist"
        else:
            assert named in names or (ROOT / named).exists(), f"{path.name}: {named} not found"


def test_every_pinned_dependency_has_its_notice() -> None:
    pins = re.findall(
        r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
    assert pins
    for name, version in pins:
        assert f"| {name} | {version} | " in notices, f"{name} {version} has no notice"

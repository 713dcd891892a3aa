"""Nothing that identifies reaches disk, log, title or address while a case is used."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from dss_ui.frame import PAGES
from tests.browser.conftest import running_server
from tests.planted import MARKS, assert_clean, write_planted_case


def test_no_byte_that_the_server_writes_or_says_names_the_patient(
    home: Path, page: Page, tmp_path: Path
) -> None:
    """Every file that is new or changed and all that was printed, after a score and a refusal.

    The chooser of the case page shows descriptions from the files to whoever uploaded them; all
    other pages must not.
    """
    case = write_planted_case(tmp_path / "study")
    broken = write_planted_case(tmp_path / "broken", weight_kg=None)
    archives = [
        Path(
            shutil.make_archive(
                str(tmp_path / f"plantedfile-{c.ct.parent.name}"), "zip", c.ct.parent
            )
        )
        for c in (case, broken)
    ]
    own = {name: tmp_path / name for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    for folder in own.values():
        folder.mkdir()
    before = {p: p.stat().st_mtime_ns for p in home.rglob("*") if p.is_file()}
    said = tmp_path / "said"
    with (
        said.open("wb") as stream,
        running_server(home, stream, **{k: str(v) for k, v in own.items()}) as address,
    ):
        _score(page, address, archives[0])
        seen = []
        for entry in PAGES:
            page.get_by_test_id("stSidebar").get_by_role("link", name=entry.title).click()
            expect(page).to_have_title(re.compile(f"^{entry.title} "))
            expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
            seen += [page.title(), page.url]
            if entry.title != "Case":
                seen.append(page.locator("body").inner_text())
        _score(page, address, archives[1])
        alert = page.get_by_role("alert").filter(has_text="PatientWeight (0010,1030)")
        expect(alert).to_be_visible()
        seen += [alert.inner_text(), page.title(), page.url]
    assert_clean(*seen, said.read_text(errors="replace"))
    written = [p for folder in own.values() for p in folder.rglob("*") if p.is_file()]
    written += [p for p in home.rglob("*") if p.is_file() and p.stat().st_mtime_ns != before.get(p)]
    for path in written:
        content = path.read_bytes().lower()
        for mark in MARKS:
            assert mark.encode() not in content and mark not in path.name.lower(), (path, mark)
            assert mark.encode("utf-16-le") not in content, (path, mark)


def _score(page: Page, address: str, archive: Path) -> None:
    page.goto(f"{address}/case")
    demo = page.get_by_test_id("stSidebar").get_by_text("Simulated demo case")
    expect(demo.first).to_be_visible(timeout=240_000)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    uploader.locator("input[type=file]").set_input_files(archive)
    expect(page.get_by_text("Check what was found: Uploaded case")).to_be_visible()
    page.get_by_role("button", name="Score this case").click()
    expect(
        page.get_by_text("Look at the images").or_(page.get_by_text("Not scored")).first
    ).to_be_visible()

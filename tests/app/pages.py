"""What a test reads off a page, and how it uploads."""

from pathlib import Path
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dss_ui.shell.navigation import PAGES
from tests.dicom_case import WrittenCase

ROOT = Path(__file__).resolve().parents[2]
BANNER = "Research use only. Not a medical device."


def shown_scores(app: AppTest) -> dict[str, str]:
    """The big numbers by their label."""
    return {m.label: m.value for m in app.metric}


def sentences(app: AppTest) -> list[str]:
    """The refusals on the page, as the reader sees them."""
    return [e.value.replace("\\", "") for e in app.error]


def all_text(app: AppTest) -> str:
    """Every markdown and caption of main page and sidebar."""
    elements = [*app.markdown, *app.caption, *app.warning, *app.info, *app.subheader, *app.title]
    return "\n".join(e.value for e in elements).replace("\\", "")


def case_bar(app: AppTest) -> str:
    """What the case bar says; nothing where no case is open."""
    try:
        bar = app.container("case-bar")
    except KeyError:
        return ""
    return "\n".join(m.value for m in bar.markdown).replace("\\", "")


def upload(app: AppTest, contents: list[bytes]) -> AppTest:
    """Drop files into the uploader of the cases page, which leads to the images."""
    files = [(f"{i}.dcm", content, "application/dicom") for i, content in enumerate(contents)]
    app.switch_page("app.py").run()
    return staying(app.file_uploader[0].set_value(files).run())


def upload_case(app: AppTest, case: WrittenCase) -> AppTest:
    """Drop a whole case into the uploader."""
    return upload(app, [path.read_bytes() for path in case.files()])


def press(app: AppTest, label: str) -> AppTest:
    """Click the button of that label."""
    button = next(b for b in app.button if b.label == label)
    return staying(button.click().run())


def links(app: AppTest, label: str) -> list[tuple[str, str]]:
    """Page and query of the links of that label, from the main part of the page."""
    scripts = {calc_hash(Path(page.path).stem): page.path for page in PAGES}
    return [
        (scripts[link.proto.page_script_hash], link.proto.query_string)
        for link in app.main.get("page_link")
        if link.proto.label == label
    ]


def follow(app: AppTest, link: tuple[str, str]) -> AppTest:
    """Go where a link leads; not yet run."""
    page, query = link
    app.query_params.clear()
    for name, values in parse_qs(query).items():
        app.query_params[name] = values
    return app.switch_page(page)


def staying(app: AppTest) -> AppTest:
    """Stay on the page to which the last run led, as a browser does; AppTest would go back."""
    app._page_hash = ""
    return app

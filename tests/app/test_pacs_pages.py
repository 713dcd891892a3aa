"""A study from the PACS is scored and sent back; what names the patient stays on the screen."""

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from streamlit.testing.v1 import AppTest

from dss_ui.session.current import PACS_FOUND
from dss_ui.session.state import Empty, FilesRead
from tests.app.pages import all_text, press, sentences, staying
from tests.app.session import state
from tests.dicomweb_server import STUDY, DicomWebServer
from tests.planted import assert_clean, assert_clean_bytes, write_planted_case

SENT = ("Region (segmentation)", "Scores and measurements (structured report)", "Picture")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DicomWebServer]:
    """A PACS with one study, known to the dashboard; temporary files have a folder of their own."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with DicomWebServer(write_planted_case(tmp_path / "study").files()).running() as server:
        monkeypatch.setenv("DSS_PACS_URL", server.url)
        yield server


def _patient(server: DicomWebServer) -> str:
    return server.stored[0].value("00100020")


def _search(app: AppTest, patient: str) -> AppTest:
    app.text_input(key="pacs-patient").input(patient)
    return press(app, "Search")


def test_a_study_is_found_fetched_scored_and_sent_back(
    archive: DicomWebServer, emptied: AppTest, home: Path, tmp_path: Path
) -> None:
    app = _search(emptied.run(), _patient(archive))
    assert not sentences(app)
    table = next(d.value for d in app.dataframe if "Modalities" in d.value)
    assert table["Series"].tolist() == [3]
    assert table["Objects"].tolist() == [None]  # this archive does not say how many
    assert table["Patient ID"][0] == _patient(archive)
    app = staying(press(app, "Fetch CT, PET and regions"))
    assert isinstance(state(app), FilesRead)
    assert PACS_FOUND not in app.session_state and not list((tmp_path / "temporary").iterdir())
    app = press(app, "Score case")
    assert not sentences(app)
    app = app.switch_page("pages/board.py").run()
    before = len(archive.stored)
    app = press(app, "Send now")
    assert not sentences(app)
    text = all_text(app)
    assert all(f"{name}: stored" in text for name in (*SENT, "This report (PDF)"))
    sent = [pydicom.dcmread(BytesIO(each.content)) for each in archive.stored[before:]]
    assert sorted(each.Modality for each in sent) == ["DOC", "OT", "SEG", "SR"]
    ct = pydicom.dcmread(BytesIO(archive.stored[0].content))
    for each in sent:
        assert (each.PatientID, each.PatientName) == (ct.PatientID, ct.PatientName)
        assert each.StudyInstanceUID == ct.StudyInstanceUID
    picture = next(each for each in sent if each.Modality == "OT")
    archive.wrong.refused[str(picture.SOPInstanceUID)] = 0xA700
    text = all_text(press(app, "Send now"))
    assert "Picture: not stored, out of resources" in text and "(PDF): stored" in text
    assert len(archive.stored) == before + 4  # what is sent again is the same objects
    for path in home.rglob("*"):
        if path.is_file() and "demo" not in path.parts:
            assert_clean(str(path.relative_to(home)))
            assert_clean_bytes(path.read_bytes(), path.name)


def test_the_link_of_a_worklist_fetches_its_study(
    archive: DicomWebServer, emptied: AppTest
) -> None:
    emptied.query_params["study"] = archive.stored[0].value(STUDY)
    app = emptied.run()
    assert isinstance(state(app), FilesRead) and "study" not in app.query_params


def test_what_cannot_be_had_is_said_and_leaves_nothing(
    archive: DicomWebServer, emptied: AppTest, tmp_path: Path
) -> None:
    emptied.query_params["study"] = "1.2.3"
    app = emptied.run()
    assert [warning.value for warning in app.warning] == ["The PACS has no study of this link."]
    assert "No study was found" in all_text(_search(app, "nobody"))
    app = _search(app, _patient(archive))
    archive.wrong.hidden = 1
    app = press(app, "Fetch CT, PET and regions")
    (sentence,) = sentences(app)
    assert "Nothing was kept" in sentence and not list((tmp_path / "temporary").iterdir())
    assert isinstance(state(app), Empty)


def test_a_link_where_no_pacs_is_set_up_says_so(emptied: AppTest) -> None:
    emptied.query_params["study"] = "1.2.3"
    assert "No PACS is set up" in sentences(emptied.run())[0]

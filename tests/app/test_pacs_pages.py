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
from tests.app.pages import all_text, follow, links, press, sentences, staying
from tests.app.saved_case_pages import session
from tests.app.session import open_case, scored_case, state
from tests.dicom_case import WrittenCase, write_case
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


def test_a_saved_case_is_sent_when_it_has_its_files_once_more(
    archive: DicomWebServer, emptied: AppTest, tmp_path: Path
) -> None:
    app = staying(press(_search(emptied.run(), _patient(archive)), "Fetch CT, PET and regions"))
    case_id = str(open_case(press(app, "Score case")).id)
    again = session(case_id, "pages/board.py")
    assert "does not know whose it is" in all_text(again)
    again = follow(again, links(again, "Give its files")[0]).run()
    drawn = scored_case(again)
    others = write_case(tmp_path / "others", radius_mm=11.0).files()
    study = WrittenCase(*(tmp_path / "study" / name for name in ("ct", "pet", "rtstruct.dcm")))
    for written, own in ((others, False), (study.files(), True)):
        dropped = [(p.name, p.read_bytes(), "application/dicom") for p in written]
        again = staying(again.file_uploader[0].set_value(dropped).run())
        assert (scored_case(again).files is not None) == own
        assert own == (not sentences(again))
    assert scored_case(again).record == drawn.record
    before = len(archive.stored)
    again = press(again.switch_page("pages/board.py").run(), "Send now")
    assert not sentences(again) and len(archive.stored) == before + 4


def test_ct_and_pet_of_two_studies_are_fetched_together_and_sent_without_a_report_of_one(
    archive: DicomWebServer, emptied: AppTest
) -> None:
    pet = [pydicom.dcmread(BytesIO(o.content)) for o in archive.stored]
    archive.stored = [o for o in archive.stored if o.told["00080060"]["Value"] != ["PT"]]
    for each in pet:
        if each.Modality == "PT":
            each.StudyInstanceUID = "1.2.3.4"
            stream = BytesIO()
            each.save_as(stream)
            archive.add(stream.getvalue())
    app = _search(emptied.run(), _patient(archive))
    assert "Select a row" in all_text(app)
    (key,) = (d.key for d in app.dataframe if d.key and d.key.startswith("pacs-found"))
    app.session_state[key] = {"selection": {"rows": [0, 1]}}
    app = staying(press(app.run(), "Fetch CT, PET and regions of 2 studies"))
    app = press(app, "Score case").switch_page("pages/board.py").run()
    assert "No structured report" in all_text(app)
    before = len(archive.stored)
    app = press(app, "Send now")
    assert not sentences(app) and len(archive.stored) == before + 3


def test_the_link_of_a_worklist_fetches_its_study(
    archive: DicomWebServer, emptied: AppTest
) -> None:
    emptied.query_params["study"] = archive.stored[0].value(STUDY)
    app = emptied.run()
    assert isinstance(state(app), FilesRead) and "study" not in app.query_params


def test_the_link_of_a_study_without_images_of_ours_shows_it_and_fetches_nothing(
    archive: DicomWebServer, emptied: AppTest
) -> None:
    for each in archive.stored:
        each.told["00080060"] = {"vr": "CS", "Value": ["MR"]}
    emptied.query_params["study"] = archive.stored[0].value(STUDY)
    app = emptied.run()
    assert not app.exception and "no CT, PET or region" in all_text(app)
    assert isinstance(state(app), Empty)


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

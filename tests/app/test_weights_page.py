"""Weights on the dashboard: another bundle is imported, chosen, and scores the case."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.bundles.bundle import bundle_folder
from dss_core.bundles.bundle_writer import Taught, add_trained_task
from dss_core.bundles.keras_bundle import import_weights
from dss_core.bundles.model_card import read_card
from dss_core.cli import main
from dss_core.records import Task
from dss_core.scoring.score_text import shown
from dss_core.settings import AdjacentSlices, Preprocessing
from dss_ui.shell.demo_case import demo_folder
from tests.app.pages import all_text, case_bar, press, sentences, shown_scores, upload_case
from tests.app.session import current_result, scored_case
from tests.app.shown_numbers import score_on_command_line
from tests.dicom_case import write_case
from tests.keras_legacy import Layer, chain, write
from tests.keras_sres import as_keras, random_sres

USE = "Score with these weights"
ENTRY = {"cutoff": 0.5, "cutoff_origin": "of this test", "metrics": {}}


@pytest.fixture
def weights(home: Path) -> Path:
    """Folder of the user's weights, not there yet."""
    return home / "weights"


@pytest.fixture
def egfr_only(weights: Path, tmp_path: Path) -> Path:
    """A Keras file of the published family, imported as EGFR alone."""
    path = write(tmp_path / "own.h5", as_keras(random_sres(3))[0])
    import_weights([path], Task.EGFR, "own")
    return path


def choose(app: AppTest, name: str) -> AppTest:
    """Take a bundle on the weights page."""
    app.switch_page("pages/weights.py").run()
    app.selectbox[0].set_value(name).run()
    return press(app, USE)


def fill(app: AppTest, files: list[tuple[str, bytes, str]], task: Task, name: str) -> AppTest:
    """Fill in the import form and send it."""
    app.file_uploader[0].set_value(files)
    box = next(s for s in app.selectbox if s.label == "Score")
    box.set_value(task)
    app.text_input[0].set_value(name)
    return press(app, "Import")


def listed(app: AppTest) -> pd.DataFrame:
    """The table of bundles by id."""
    frame: pd.DataFrame = app.table[0].value
    return frame.set_index("Id")


def score_with(name: str) -> dict[str, object]:
    """The demo case by a bundle on the command line, without its slices."""
    folder = demo_folder()
    files = (folder / "CT", folder / "PET", folder / "RTSTRUCT.dcm")
    return score_on_command_line(*files, "--weights", name)


def test_chosen_weights_score_the_demo_as_on_the_command_line(
    app: AppTest, egfr_only: Path, tmp_path: Path
) -> None:
    choose(app, "own")
    assert not app.exception and not app.error
    told = score_with("own")
    egfr = told["egfr"]
    assert isinstance(egfr, dict) and "pdl1" not in told and egfr["cutoff"] == 0.5
    result = current_result(app)
    assert (result.weights_id, result.weights_sha256) == ("own", told["weights_sha256"])
    assert shown_scores(app) == {"EGFR-DLS": shown(egfr["dls"], 0.5)}
    app.switch_page("pages/score.py").run()
    assert "weights own" in case_bar(app)
    press(upload_case(app, write_case(tmp_path)), "Score case")
    assert current_result(app).weights_id == "own"


def test_a_bundle_with_one_score_shows_that_one_on_every_page(
    app: AppTest, egfr_only: Path
) -> None:
    choose(app, "own")
    for page in ("images", "score", "decision", "board"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception and not app.error, page
        assert "PDL1-DLS" not in shown_scores(app)
        assert "EGFR-DLS" in case_bar(app) and "PDL1-DLS" not in case_bar(app)
        assert not any("demo weights" in m.value for m in app.main.markdown)


def test_a_file_is_imported_on_the_page_and_listed(
    app: AppTest, weights: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "own.h5", as_keras(random_sres(3))[0])
    app.switch_page("pages/weights.py").run()
    fill(app, [("own.h5", path.read_bytes(), "application/x-hdf5")], Task.PDL1, "theirs")
    assert not app.exception and not app.error
    assert "cut-off 0.54" in app.success[0].value
    row = listed(app).loc["theirs"]
    assert (row["Score"], row["Cut-off"][:4], row["Verified"]) == ("PDL1-DLS", "0.54", "Yes")
    assert (weights / "theirs" / "card.json").is_file()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("theirs", b"no network", "own.h5"),
        ("../theirs", b"no network", "A bundle's id is letters"),
        ("demo", b"no network", "comes with the program"),
        ("theirs", None, "No file selected"),
    ],
)
def test_an_import_that_cannot_be_done_is_one_sentence(
    app: AppTest, weights: Path, name: str, content: bytes | None, sentence: str
) -> None:
    app.switch_page("pages/weights.py").run()
    fill(app, [("own.h5", content, "application/x-hdf5")] if content else [], Task.EGFR, name)
    assert not app.exception and not app.success
    assert len(app.error) == 1 and sentence in sentences(app)[0]
    assert not weights.exists()


def test_weights_that_cannot_score_are_refused_and_the_old_ones_stay(
    app: AppTest, weights: Path, tmp_path: Path
) -> None:
    layers = (Layer("GlobalAveragePooling2D", "p"),)
    path = write(tmp_path / "one.h5", chain(*layers, shape=(8, 8, 1)))
    import_weights([path], Task.EGFR, "grey")
    choose(app, "grey")
    assert not app.exception and len(app.error) == 1
    assert (
        "Weights 'grey', egfr: The network cannot score a case: it takes 8x8x1" in sentences(app)[0]
    )
    assert current_result(app).weights_id == "demo"
    app.switch_page("pages/score.py").run()
    assert not app.error and set(shown_scores(app)) > {"EGFR-DLS", "PDL1-DLS"}


def test_a_tampered_bundle_is_named_and_cannot_be_chosen(app: AppTest, weights: Path) -> None:
    add_trained_task(
        weights / "mine",
        Task.EGFR,
        ENTRY,
        (random_sres(1),),
        Preprocessing(),
        AdjacentSlices(),
        Taught(2),
    )
    path = weights / "mine" / "egfr-0.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    app.switch_page("pages/weights.py").run()
    assert "mine/egfr-0.safetensors has SHA-256" in sentences(app)[0]
    assert app.selectbox[0].options == ["demo · " + _title("demo")]
    assert listed(app).loc["mine", "Verified"] == "Failed"


def test_a_second_score_joins_the_weights_in_use(app: AppTest, egfr_only: Path) -> None:
    choose(app, "own")
    content = egfr_only.read_bytes()
    fill(app, [("own.h5", content, "application/x-hdf5")], Task.PDL1, "own")
    press(app, USE)
    assert not app.exception and set(shown_scores(app)) == {"EGFR-DLS", "PDL1-DLS"}
    assert "scored with weights own" in all_text(app)


def _title(name: str) -> str:
    return read_card(bundle_folder(name)).title


def test_networks_imported_on_the_model_page_go_with_the_published_cohort(
    app: AppTest, weights: Path, egfr_only: Path, shared_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cohort.csv"
    folder = str(shared_data / "lungegfr")
    assert main(["cohort", "import", folder, "--format", "lungegfr", "--out", str(out)]) == 0
    app.run(timeout=300)
    app.switch_page("pages/model.py").run()
    app.button_group(key="model_view").set_value("Model card").run()
    content = (egfr_only.name, egfr_only.read_bytes(), "application/x-hdf5")
    fill(app, [content], Task.EGFR, "mu2020")
    assert not app.exception
    assert "now has EGFR-DLS" in app.success[0].value
    app.switch_page("pages/past_patients.py").run()
    assert "Synthetic cohort: no real patients." in all_text(app)
    choose(app, "mu2020")
    app.switch_page("pages/past_patients.py").run()
    text = all_text(app)
    # contract of the published analysis: ICI, hazard ratio high against low
    assert "HR 2.39 (95% CI 1.55 to 3.66)" in text
    assert "past patients in the group EGFR-DLS" in text
    assert "not comparable" not in text


def test_pages_say_that_a_network_sees_neighbouring_slices(app: AppTest, weights: Path) -> None:
    members, adjacent_slices = (random_sres(1, channels=9),), AdjacentSlices(4.0)
    add_trained_task(
        weights / "three", Task.EGFR, ENTRY, members, Preprocessing(), adjacent_slices, Taught(2)
    )
    choose(app, "three")
    app.switch_page("pages/score.py").run()
    assert not app.exception and not app.error
    assert any(adjacent_slices.words in caption.value for caption in app.caption)
    app.switch_page("pages/attention.py").run()
    assert not app.exception and not app.error
    case = scored_case(app)
    assert case.result.weights_id == "three" and case.images.tensor.x.shape[1] == 9

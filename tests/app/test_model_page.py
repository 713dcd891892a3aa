"""The model page, driven as a user does."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.attention.cue_localisation_result import RESULT
from dss_core.cohort.cohort_table import Cohort, validate
from dss_core.evaluation.recalibration_store import remove
from dss_core.records import Task
from dss_ui.past_patients.cohort_source import Loaded
from tests.app.pages import all_text, press
from tests.app.saved_case_pages import score_upload, session
from tests.dicom_case import write_case

pytestmark = pytest.mark.slow


@pytest.fixture
def page(app: AppTest) -> AppTest:
    app.run()
    return app.switch_page("pages/model.py").run()


def view(page: AppTest, name: str) -> AppTest:
    page.button_group(key="model_view").set_value(name).run()
    assert not page.exception
    assert not page.error
    return page


def release(page: AppTest, folder: Path) -> AppTest:
    page.button_group(key="cohort_source").set_value("Published release").run()
    page.text_input(key="cohort_folder").set_value(str(folder)).run()
    page.button[0].click().run()
    assert not page.exception
    return page


def tables(page: AppTest) -> str:
    return "\n".join(d.value.to_csv() for d in page.dataframe)


def test_every_view_opens_and_names_the_cohort_simulated(page: AppTest) -> None:
    assert "Simulated cohort" in all_text(page)
    for name in ("Calibration", "Decision curve", "Associations", "Subgroups", "Signatures"):
        view(page, name)
        assert "Simulated cohort" in all_text(page)
    assert "Intended use" in all_text(view(page, "Model card"))


def test_the_release_shows_the_published_evidence(page: AppTest, shared_data: Path) -> None:
    release(page, shared_data / "lungegfr")
    # contract of the published analysis: validation and HMU areas, calls in validation
    areas = {m.label: (m.value, m.delta) for m in page.metric}
    assert areas["AUC, validation"] == ("0.84", "0.78 to 0.89; n 187, 75+")
    assert areas["AUC, HMU"] == ("0.82", "0.72 to 0.92; n 65, 36+")
    assert "not shown to be better than the clinical signature" in all_text(page)
    shown = tables(page)
    for number in ("0.796", "0.867", "0.836 (0.778 to 0.894)"):
        assert number in shown
    assert "Single slices" in all_text(page)


def test_training_performance_is_called_apparent(page: AppTest, shared_data: Path) -> None:
    release(page, shared_data / "lungegfr")
    page.button_group(key="model_group_egfr_dls_part").set_value("training").run()
    assert "apparent performance" in all_text(page)


def test_a_patient_gets_a_probability_that_follows_the_form(page: AppTest) -> None:
    view(page, "Signatures")
    assert page.metric[-1].value == "–"
    assert "No probability until these are recorded: " in all_text(page)
    age = next(n for n in page.number_input if n.key.startswith("model_patient_age_years"))
    age.set_value(60.0)
    for name, value in (("smoking", "ever"), ("sex", "male"), ("stage", "IV")):
        page.selectbox(key=f"model_patient_{name}").set_value(value)
    page.run()
    assert page.metric[-1].value == "–"
    page.selectbox(key="model_patient_histology").set_value("adenocarcinoma").run()
    before = page.metric[-1].value
    page.selectbox(key="model_patient_smoking").set_value("never").run()
    page.selectbox(key="model_patient_sex").set_value("female").run()
    after = page.metric[-1].value
    # never smoking and female sex go with EGFR mutation in the published cohort
    assert int(after.rstrip("%")) > int(before.rstrip("%"))


def test_features_in_the_cohort_are_drawn_with_their_message(page: AppTest) -> None:
    """Made-up features of two kinds of patients, which the map must tell apart."""
    random = np.random.default_rng(8)
    n, mutant = 48, np.arange(48) % 2 == 0
    rows = pd.DataFrame(random.normal(size=(n, 16)) + 3.0 * mutant[:, None])
    rows.columns = [f"f{i:03d}" for i in range(16)]
    rows["patient_id"], rows["cohort"] = [f"p{i}" for i in range(n)], "here"
    rows["egfr_status"] = np.where(mutant, "mutant", "wild type")
    rows["egfr_dls"] = random.uniform(size=n).round(3)
    cohort = Cohort(validate(rows.astype("string")), "Here", "made for this test")
    page.session_state["cohort_loaded"] = Loaded(cohort, (), "features-of-a-test")
    page.run()
    view(page, "Feature map")
    assert "16 of 16 features associated" in all_text(page)
    assert "48 of 48 patients shown" in all_text(page)


def test_attention_is_checked_on_the_case_and_on_a_known_cue(tmp_path: Path) -> None:
    """The numbers of the known cue are those measured and stored by the benchmark."""
    scored = score_upload(write_case(tmp_path, radius_mm=4.0))
    page = session(scored.query_params["case"], "pages/model.py")
    press(view(page, "Attention"), "Open the images")
    assert "Grad-CAM on the open case." in all_text(page)
    measured = json.loads(RESULT.read_text())["measured"]
    found = [m["localisation_auc"] for m in measured if m["method"] == "gradcam"]
    assert f"{np.mean(found):.2f}" in tables(page)


@pytest.fixture
def no_recalibration_left(home: Path) -> Iterator[None]:
    yield
    remove("demo", Task.EGFR)


@pytest.mark.usefixtures("no_recalibration_left")
def test_a_recalibration_is_stored_shown_beside_the_score_and_removed(page: AppTest) -> None:
    view(page, "Calibration")
    store = next(b for b in page.button if "Store with the weights" in b.label)
    store.click().run()
    assert "Stored with the weights demo" in page.success[0].value
    page.switch_page("pages/score.py").run()
    shown = all_text(page)
    assert "Recalibrated probability" in shown
    assert "simulated patients" in shown
    assert "The score above and its group are unchanged." in shown
    page.switch_page("pages/model.py").run()
    view(page, "Calibration")
    next(b for b in page.button if "Remove the stored" in b.label).click().run()
    page.switch_page("pages/score.py").run()
    assert "Recalibrated probability" not in all_text(page)

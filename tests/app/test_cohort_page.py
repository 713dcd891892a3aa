"""The cohort page, driven as a user does."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.survival.place import PatientScore
from dss_ui import cohort_survival

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["dss.emptied"] = True
    app.run()
    return app.switch_page("pages/cohort.py").run()


def words(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    return "\n".join(str(element.value) for element in shown)


def choose(page: AppTest, key: str, value: object) -> AppTest:
    page.button_group(key=key).set_value(value).run()
    assert not page.exception
    return page


def test_first_look_names_the_cohort_synthetic_and_answers_in_one_sentence(page: AppTest) -> None:
    assert not page.exception
    assert "Research use only" in words(page)
    assert "Synthetic cohort: no row is a patient." in words(page)
    assert "##### Progression-free survival is shorter in EGFR-DLS high" in words(page)
    assert "hazard ratio 2.82 (95% CI 1.83 to 4.36)" in words(page)


def test_every_view_opens_without_an_error(page: AppTest) -> None:
    for view in ("Therapy", "Benefit", "Models", "Score", "Replication", "Survival"):
        choose(page, "cohort_view", view)
        assert not page.error


def test_therapy_view_warns_that_arms_were_not_randomised(page: AppTest) -> None:
    choose(page, "cohort_view", "Therapy")
    assert "not randomised" in words(page)
    assert "Interaction of EGFR-DLS and treatment" in words(page)


def test_a_moved_cut_off_shows_no_p_value(page: AppTest) -> None:
    page.toggle(key="filter_explore").set_value(True).run()
    page.slider(key="filter_cut").set_value(0.4).run()
    assert not page.exception
    assert "exploratory" in words(page)
    assert "log-rank p" not in words(page)


def test_a_small_group_shows_no_p_value_and_says_why(page: AppTest) -> None:
    choose(page, "filter_strata", "EGFR-DLS and PDL1-DLS")
    assert "Fewer than 10 patients" in words(page)
    assert "Hazard ratio **" not in words(page)


def test_filters_become_a_selection_of_the_command_line(page: AppTest) -> None:
    choose(page, "filter_histology", ["squamous"])
    assert "`treatment=='ICI' and histology in ['squamous']`" in words(page)


def test_without_a_scored_case_the_page_says_what_to_do(page: AppTest) -> None:
    assert "Score a case" in words(page)


def place(page: AppTest, weights_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    patient = PatientScore(0.56, 0.47, 0.64, weights_id, {"age_years": 34.0})
    monkeypatch.setattr(cohort_survival, "current_patient", lambda: patient)
    page.run()
    assert not page.exception
    return words(page)


def test_a_patient_is_placed_in_counts_with_what_differs(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = place(page, "demo", monkeypatch)
    assert "Between groups." in text
    assert "Of 41 past patients with a score like this, 35 progressed or died" in text
    assert "Age at imaging, years: 34" in text
    assert "not a forecast for this one" in text


def test_a_score_of_other_weights_is_placed_for_demonstration_only(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Scores of different models do not mix" in place(page, "mu2020", monkeypatch)


def test_a_release_is_read_from_its_folder(page: AppTest, shared_data: Path) -> None:
    page.button_group(key="cohort_source").set_value("Published release").run()
    page.text_input(key="cohort_folder").set_value(str(shared_data / "lungegfr")).run()
    page.button[0].click().run()
    assert not page.exception
    # contract of the published analysis: ICI, hazard ratio high against low
    assert "hazard ratio 2.39 (95% CI 1.55 to 3.66)" in words(page)
    assert "share a record number" in words(page)


def test_a_folder_that_is_no_release_is_refused_in_words(page: AppTest, tmp_path: Path) -> None:
    page.button_group(key="cohort_source").set_value("Published release").run()
    page.text_input(key="cohort_folder").set_value(str(tmp_path)).run()
    page.button[0].click().run()
    assert "git clone" in page.error[0].value

"""The cohort page, driven as a user does."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.records import Task
from tests.app.pages import current_result, press
from tests.demo_cohort import effect_on_ici


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The page without a case, which most of it does not need."""
    app.session_state["dss.emptied"] = True
    app.run()
    return app.switch_page("pages/cohort.py").run()


@pytest.fixture
def scored(app: AppTest) -> AppTest:
    """The page with the demo case scored."""
    app.run(timeout=300)
    return app.switch_page("pages/cohort.py").run()


def words(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def choose(page: AppTest, key: str, value: object) -> AppTest:
    page.button_group(key=key).set_value(value).run()
    assert not page.exception
    return page


def test_first_look_names_the_cohort_synthetic_and_answers_in_one_sentence(page: AppTest) -> None:
    assert not page.exception
    assert "Research use only" in words(page)
    assert "Synthetic cohort: no row is a patient." in words(page)
    assert "#### Progression-free survival is shorter in EGFR-DLS high" in words(page)
    assert effect_on_ici()[1] in words(page)


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
    assert "treatment=='ICI' and histology in ['squamous']" in words(page)


def test_the_scored_case_is_placed_in_counts_among_past_patients(scored: AppTest) -> None:
    result = current_result(scored)
    score = next(s for s in result.scores if s.task is Task.EGFR)
    text = words(scored)
    assert f"EGFR-DLS {score.dls:.2f}: {score.group}" in text
    assert "past patients with a score like this" in text
    assert "progressed or died; at 12 months" in text
    assert "not a forecast for this one" in text
    assert "for demonstration only" in text


def test_without_a_scored_case_the_page_says_what_to_do(page: AppTest) -> None:
    assert "Score a case on the Case page" in words(page)


def test_a_demo_score_does_not_mix_with_the_published_cohort(
    scored: AppTest, shared_data: Path
) -> None:
    read_release_on(scored, shared_data / "lungegfr")
    assert "Scores of different models do not mix" in words(scored)


def read_release_on(page: AppTest, folder: Path) -> None:
    page.button_group(key="cohort_source").set_value("Published release").run()
    page.text_input(key="cohort_folder").set_value(str(folder)).run()
    press(page, "Read the release")
    assert not page.exception


def test_a_release_is_read_from_its_folder(page: AppTest, shared_data: Path) -> None:
    read_release_on(page, shared_data / "lungegfr")
    # contract of the published analysis: ICI, hazard ratio high against low
    assert "hazard ratio 2.39 (95% CI 1.55 to 3.66)" in words(page)
    assert "share a record number" in words(page)


def test_a_folder_that_is_no_release_is_refused_in_words(page: AppTest, tmp_path: Path) -> None:
    read_release_on(page, tmp_path)
    assert "git clone" in page.error[0].value

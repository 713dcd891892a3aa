"""The cohort page, driven as a user does."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.cohort.synthetic_parameters import read_cutoffs
from dss_core.records import Group, Task
from dss_ui.past_patients.cohort_source import SHIPPED
from dss_ui.shell.words import group_name
from tests.app.pages import press
from tests.app.session import current_result, open_case, show_case
from tests.demo_cohort import effect_on_ici


@pytest.fixture
def page(emptied: AppTest) -> AppTest:
    """The page without a case, which most of it does not need."""
    return emptied.switch_page("pages/past_patients.py").run()


@pytest.fixture
def scored(app: AppTest) -> AppTest:
    """The page with the demo case scored."""
    app.run(timeout=300)
    return app.switch_page("pages/past_patients.py").run()


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
    assert "Synthetic cohort: no real patients." in words(page)
    assert "#### Progression-free survival was shorter in EGFR-DLS high" in words(page)
    assert effect_on_ici()[1] in words(page)


def test_every_view_opens_without_an_error(page: AppTest) -> None:
    for view in (
        "Treatment",
        "Response",
        "Cox models",
        "Score performance",
        "Replication",
        "Survival",
    ):
        choose(page, "cohort_view", view)
        assert not page.error


def test_treatment_view_warns_that_treatment_was_not_randomised(page: AppTest) -> None:
    choose(page, "cohort_view", "Treatment")
    assert "not randomised" in words(page)
    assert "Interaction of EGFR-DLS and treatment" in words(page)
    # it compares both treatments, so no treatment is selected
    assert "Selection (command line)" not in words(page)


def test_a_moved_cut_off_shows_no_p_value(page: AppTest) -> None:
    page.toggle(key="filter_explore").set_value(True).run()
    page.slider(key="filter_cut").set_value(0.4).run()
    assert not page.exception
    assert "exploratory" in words(page).lower()
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
    assert f"EGFR-DLS {score.dls:.2f}: {group_name(score.group)}" in text
    assert "past patients in the group EGFR-DLS" in text
    assert "progressed or died; 12-month progression-free survival" in text
    assert "not a prediction for this patient" in text
    assert "for demonstration only" in text


def test_without_a_scored_case_the_page_says_what_to_do(page: AppTest) -> None:
    assert "Score a case on the Images page" in words(page)


def test_a_demo_score_does_not_mix_with_the_published_cohort(
    scored: AppTest, shared_data: Path
) -> None:
    read_release_on(scored, shared_data / "lungegfr")
    assert "Scores are not comparable" in words(scored)


def read_release_on(page: AppTest, folder: Path) -> None:
    page.button_group(key="cohort_source").set_value("Published release").run()
    page.text_input(key="cohort_folder").set_value(str(folder)).run()
    press(page, "Load release")
    assert not page.exception


def test_a_release_is_read_from_its_folder(page: AppTest, shared_data: Path) -> None:
    read_release_on(page, shared_data / "lungegfr")
    # contract of the published analysis: ICI, hazard ratio high against low
    assert "HR 2.39 (95% CI 1.55 to 3.66)" in words(page)
    assert "share a record number" in words(page)


def test_a_folder_that_is_no_release_is_refused_in_words(page: AppTest, tmp_path: Path) -> None:
    read_release_on(page, tmp_path)
    assert "git clone" in page.error[0].value


def test_benefit_of_the_release_by_group_is_as_published(page: AppTest, shared_data: Path) -> None:
    read_release_on(page, shared_data / "lungegfr")
    choose(page, "cohort_view", "Response")
    shown = words(page)
    # contract of the published analysis: 66.4 % of DLS-low, 38.5 % of DLS-high
    assert "EGFR-DLS low | 73 of 110 | 66%" in shown
    assert "EGFR-DLS high | 15 of 39 | 38%" in shown
    assert "codes it without a key" in shown


def test_response_by_group_is_shown_for_a_table_that_records_it(page: AppTest) -> None:
    rows = [
        f"P{i},own,{0.2 + 0.6 * (i % 2)},ICI,{1 + i % 9},1,{['CR', 'PR', 'SD', 'PD'][i % 4]}"
        for i in range(48)
    ]
    header = "patient_id,cohort,egfr_dls,treatment,pfs_months,pfs_event,best_response"
    use_table(page, "\n".join([header, *rows]))
    choose(page, "cohort_view", "Response")
    shown = words(page)
    # low: CR and SD by turns, high: PR and PD by turns
    assert "EGFR-DLS low | 12 of 24 | 50%" in shown
    assert "EGFR-DLS high | 12 of 24 | 50%" in shown
    assert "Durable clinical benefit is not recorded for the selected patients" in shown


def test_a_foreign_table_is_used_after_its_columns_are_mapped(page: AppTest) -> None:
    rows = [f"P{i},A,{0.2 + 0.6 * (i % 2)},{1 + i % 7},{i % 2}" for i in range(40)]
    offer_table(page, "\n".join(["ID,Centre,Score,Months,Progress", *rows]))
    assert "Required column missing: patient_id, cohort." in words(page)
    assert "Not recognised: ID, Centre, Score, Months, Progress." in words(page)
    names = {"patient_id": "ID", "cohort": "Centre", "egfr_dls": "Score"}
    for ours, theirs in (names | {"pfs_months": "Months", "pfs_event": "Progress"}).items():
        page.selectbox(key=f"map_{ours}").set_value(theirs)
    page.run()
    press(page, "Use this table")
    assert not page.error
    assert "40 patients selected. Left out: none." in words(page)


def test_the_unit_of_times_is_asked_where_no_name_states_it(page: AppTest) -> None:
    rows = [f"P{i},A,{0.2 + 0.6 * (i % 2)},{487 + i % 7},{i % 2}" for i in range(40)]
    offer_table(page, "\n".join(["patient_id,cohort,egfr_dls,Follow-up,pfs_event", *rows]))
    page.selectbox(key="map_pfs_months").set_value("Follow-up").run()
    assert next(b for b in page.button if b.label == "Use this table").disabled
    page.button_group(key="cohort_time_unit").set_value("days").run()
    press(page, "Use this table")
    assert not page.error
    # 490 days are 16.1 months
    assert "median 16.1 months" in words(page)


def test_a_median_in_days_is_doubted_on_the_page(page: AppTest) -> None:
    rows = [f"P{i},A,{0.2 + 0.6 * (i % 2)},{487 + i % 7},{i % 2}" for i in range(40)]
    use_table(page, "\n".join(["patient_id,cohort,egfr_dls,pfs_months,pfs_event", *rows]))
    assert "is 490.0 months" in words(page), [w.value for w in page.warning]


def test_bad_cells_of_an_uploaded_table_are_listed_at_once(page: AppTest) -> None:
    offer_table(page, "patient_id,cohort,sex,age_years\nP1,A,M,60\nP2,A,male,old\n")
    press(page, "Use this table")
    assert "2 invalid cells" in page.error[0].value
    listed = next(f.value for f in page.dataframe if "expected" in f.value)
    assert list(listed["found"]) == ["'M'", "'old'"]


def offer_table(page: AppTest, text: str) -> None:
    page.button_group(key="cohort_source").set_value("My own table").run()
    page.file_uploader[0].set_value(("own.csv", text.encode(), "text/csv")).run()


def use_table(page: AppTest, text: str) -> None:
    offer_table(page, text)
    press(page, "Use this table")
    assert not page.error
    assert not page.exception


def test_an_indeterminate_score_is_placed_in_both_groups(scored: AppTest) -> None:
    case = open_case(scored)
    egfr, *rest = case.result.scores
    assert egfr.task is Task.EGFR
    near = replace(egfr.interval, low=egfr.cutoff - 0.05, high=egfr.cutoff + 0.05)
    between = replace(egfr, interval=near, group=Group.INDETERMINATE)
    show_case(scored, replace(case, result=replace(case.result, scores=(between, *rest))))
    scored.run()
    text = words(scored)
    assert "indeterminate.** The 90% interval" in text
    assert "EGFR-DLS low: Of " in text
    assert "EGFR-DLS high: Of " in text
    scored.button_group(key="filter_strata").set_value("EGFR-DLS and PDL1-DLS").run()
    (pdl1,) = rest
    sides = ("low", "high") if pdl1.group is Group.INDETERMINATE else (str(pdl1.group),)
    shown = re.findall(r"EGFR (low|high) / PD-L1 (low|high): Of ", words(scored))
    assert shown == list(product(("low", "high"), sides))


def test_patients_can_be_grouped_by_pdl1_dls_alone(scored: AppTest) -> None:
    score = next(s for s in current_result(scored).scores if s.task is Task.PDL1)
    scored.button_group(key="filter_strata").set_value("PDL1-DLS").run()
    assert not scored.exception and not scored.error
    text = words(scored)
    assert f"PDL1-DLS {score.dls:.2f}: {group_name(score.group)}" in text
    cutoffs = read_cutoffs(SHIPPED.with_name("card.json"))
    table = pd.read_csv(SHIPPED).query("treatment == 'ICI'").dropna(subset=["pdl1_dls"])
    below = 100 * (table["pdl1_dls"] < score.dls).mean()
    assert f"PDL1-DLS higher than in {below:.0f}% of the {len(table):,} selected" in text
    timed = table.dropna(subset=["pfs_months", "pfs_event"])
    high = int((timed["pdl1_dls"] >= cutoffs.pdl1).sum())
    assert f"Of {high} past patients in the group PDL1-DLS high" in text


def test_your_patient_stands_before_the_curves(scored: AppTest) -> None:
    headings = [m.value for m in scored.markdown if m.value.startswith("####")]
    (yours,) = (n for n, text in enumerate(headings) if "Your patient" in text)
    (curves,) = (n for n, text in enumerate(headings) if "rogression-free survival" in text)
    assert yours < curves

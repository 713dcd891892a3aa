"""An indeterminate score, and a score withheld, on every page that shows one."""

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_result import CaseResult
from dss_core.case.report import as_json
from dss_core.decision.pathway import UNUSUAL
from dss_core.records import CaseWarning, Group, Task, Withheld
from dss_ui.shell.words import interval_text
from tests.app.pages import all_text, case_bar, sentences, shown_scores
from tests.app.session import current_result, open_case, show_case

REASON = "The images around the region are too different for a score."


def with_result(app: AppTest, result: CaseResult) -> AppTest:
    """The session's case with another result."""
    case = open_case(app)
    record = case.record.model_copy(update={"result": as_json(result), "decision": None})
    show_case(app, replace(case, record=record, result=result))
    return app


@pytest.fixture
def indeterminate(app: AppTest) -> AppTest:
    """The demo case with its EGFR-DLS moved onto the cut-off."""
    result = current_result(app.run())
    moved = []
    for score in result.scores:
        if score.task is Task.EGFR:
            span = replace(score.interval, low=score.cutoff - 0.05, high=score.cutoff + 0.05)
            score = replace(score, dls=score.cutoff, interval=span, group=Group.INDETERMINATE)
        moved.append(score)
    return with_result(app, replace(result, scores=tuple(moved)))


@pytest.fixture
def unusual(app: AppTest) -> AppTest:
    """The demo case as if its images were unusual."""
    result = current_result(app.run())
    found = CaseWarning("unusual_images", "The images are unusual (distance 10). Why: no lung.")
    return with_result(app, replace(result, warnings=(found, *result.warnings)))


@pytest.fixture
def withheld(app: AppTest) -> AppTest:
    """The demo case as if its images were unlike the training images."""
    result = current_result(app.run())
    reason = Withheld(tuple(Task), "images_unlike_training", REASON)
    return with_result(app, replace(result, scores=(), withheld=reason))


def test_every_score_carries_its_interval(app: AppTest) -> None:
    result = current_result(app.switch_page("pages/score.py").run())
    for score in result.scores:
        assert score.interval.low < score.dls < score.interval.high
        assert interval_text(score) in all_text(app)


@pytest.mark.parametrize("page", ["pages/weights.py", "pages/score.py"])
def test_a_score_whose_interval_includes_the_cutoff_is_called_indeterminate(
    indeterminate: AppTest, page: str
) -> None:
    indeterminate.switch_page(page).run()
    assert not indeterminate.exception
    deltas = [metric.delta for metric in indeterminate.metric if metric.label == "EGFR-DLS"]
    assert deltas and all(
        d.startswith("indeterminate: interval includes the cut-off") for d in deltas
    )
    assert "assigned to neither group" in all_text(indeterminate)


def test_the_case_bar_calls_it_indeterminate(indeterminate: AppTest) -> None:
    indeterminate.switch_page("pages/score.py").run()
    assert re.search(r"EGFR-DLS \*\*[\d.]+\*\* \(indeterminate\)", case_bar(indeterminate))


def test_indeterminate_the_decision_page_has_no_imaging_preference(indeterminate: AppTest) -> None:
    indeterminate.switch_page("pages/decision.py").run()
    assert not indeterminate.exception
    html = "\n".join(str(element.proto.body) for element in indeterminate.get("html"))
    assert "Indeterminate" in html
    assert "its interval" in html and "includes" in html
    assert "Not comparable" in html


@pytest.mark.parametrize("page", ["pages/score.py", "pages/attention.py", "pages/board.py"])
def test_unusual_images_are_marked_beside_every_score(unusual: AppTest, page: str) -> None:
    unusual.switch_page(page).run()
    assert not unusual.exception
    assert ["unlike training images" in e.value for e in unusual.main.markdown].count(True) > 1
    assert "unlike training images" in case_bar(unusual)
    html = "\n".join(str(element.proto.body) for element in unusual.get("html"))
    if page == "pages/board.py":  # the first sentence alone, and beside what it suggests
        assert "⚠ The images are unusual (distance 10).<" in html
        assert UNUSUAL.partition(". ")[0] in html


def test_unusual_images_are_said_beside_what_the_scores_suggest(
    app: AppTest, unusual: AppTest
) -> None:
    unusual.switch_page("pages/decision.py").run()
    assert UNUSUAL in "\n".join(str(element.proto.body) for element in unusual.get("html"))


def test_three_warnings_are_open_and_the_rest_is_folded(app: AppTest) -> None:
    result = current_result(app.run())
    many = tuple(CaseWarning(f"w{n}", f"Warning number {n}.") for n in range(5))
    with_result(app, replace(result, warnings=many)).switch_page("pages/score.py").run()
    (shown,) = (w.value.replace("\\", "") for w in app.warning if "warnings for" in w.value)
    assert "**5 warnings for this score**" in shown
    assert re.findall(r"number (\d)", shown) == ["0", "1", "2"]
    (folded,) = (e for e in app.expander if e.label == "2 more")
    assert re.findall(r"number (\d)", folded.markdown[0].value) == ["3", "4"]


@pytest.mark.parametrize("page", ["pages/weights.py", "pages/score.py", "pages/attention.py"])
def test_a_withheld_score_is_shown_with_its_reason_and_no_number(
    withheld: AppTest, page: str
) -> None:
    withheld.switch_page(page).run()
    assert not withheld.exception
    assert any(REASON in text and "withheld" in text for text in sentences(withheld))
    assert not {"EGFR-DLS", "PDL1-DLS"} & shown_scores(withheld).keys()


@pytest.mark.parametrize("page", ["pages/score.py", "pages/images.py", "pages/past_patients.py"])
def test_the_case_bar_says_that_scores_are_withheld(withheld: AppTest, page: str) -> None:
    withheld.switch_page(page).run()
    assert "scores **withheld**" in case_bar(withheld) and "DLS" not in case_bar(withheld)


@pytest.mark.parametrize(
    "page", ["pages/past_patients.py", "pages/model.py", "pages/weights.py", "pages/images.py"]
)
def test_no_page_breaks_without_a_score(withheld: AppTest, page: str) -> None:
    withheld.switch_page(page).run()
    assert not withheld.exception


def test_a_withheld_score_leaves_the_imaging_pathway_without_a_say(withheld: AppTest) -> None:
    withheld.switch_page("pages/decision.py").run()
    assert not withheld.exception
    html = "\n".join(str(element.proto.body) for element in withheld.get("html"))
    assert "Score not available" in html
    assert "was withheld when the case was scored" in html


def test_how_often_an_interval_holds_is_said_only_of_the_weights_it_was_measured_with(
    app: AppTest,
) -> None:
    result = current_result(app.run())
    app.switch_page("pages/score.py").run()
    said = "\n".join(caption.proto.help for caption in app.caption)
    measured = load_bundle().card.tasks[Task.PDL1].interval.to_json()
    n = measured["simulated_patients_scanned_twice"]
    assert f"{measured['coverage']:.0%} of repeat scans in {n} simulated patients." in said
    with_result(app, replace(result, weights_sha256="other weights")).run()
    said = "\n".join(caption.proto.help for caption in app.caption)
    assert "Coverage has not been measured" in said
    assert "repeat scans in" not in said

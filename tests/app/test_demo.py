"""The demo case on a first visit: there, scored and named simulated, on every page."""

import pytest
from streamlit.testing.v1 import AppTest

from dss_ui.cases.introduction import USES
from dss_ui.shell.demo_case import demo_folder
from dss_ui.shell.navigation import PRODUCT
from dss_ui.shell.words import TASKS, shown
from tests.app.pages import BANNER, all_text, press, score_on_command_line, shown_scores
from tests.app.session import current_result


@pytest.mark.parametrize("page", ["app.py", "pages/images.py", "pages/score.py"])
def test_every_page_opened_first_shows_the_banner_and_the_scored_demo(
    app: AppTest, page: str
) -> None:
    if page != "app.py":
        app.switch_page(page)
    app.run()
    assert not app.exception and not app.error
    assert BANNER in [w.value for w in app.warning]
    sidebar = "\n".join(e.value for e in app.sidebar.markdown)
    assert "Simulated demo case" in sidebar
    assert all(words.title in sidebar for words in TASKS.values())


def test_the_demo_on_the_page_is_the_demo_on_the_command_line(app: AppTest) -> None:
    app.switch_page("pages/score.py").run()
    folder = demo_folder()
    told = score_on_command_line(folder / "CT", folder / "PET", folder / "RTSTRUCT.dcm")
    metrics = shown_scores(app)
    assert metrics["EGFR-DLS"] == shown(told["egfr"]["dls"], told["egfr"]["cutoff"])
    assert metrics["PDL1-DLS"] == shown(told["pdl1"]["dls"], told["pdl1"]["cutoff"])
    assert metrics["SUVmax"] == f"{told['suv']['max']:.2f}"
    assert metrics["Volume (mL)"] == f"{told['roi']['volume_ml']:.1f}"


def test_demo_weights_are_named_beside_every_score(app: AppTest) -> None:
    app.run()
    badges = [m.value for m in app.main.markdown if "demo weights" in m.value]
    scores = [m for m in app.metric if m.label in {w.title for w in TASKS.values()}]
    assert len(badges) == len(scores) == len(TASKS)


def test_a_removed_case_stays_away_until_it_is_loaded_again(app: AppTest) -> None:
    app.switch_page("pages/images.py").run()
    press(app, "Close case")
    assert "No case open" in all_text(app)
    app.switch_page("pages/score.py").run()
    assert not app.exception and not app.metric
    assert "No case is open, so there is no score." in all_text(app)
    app.switch_page("pages/images.py").run()
    press(app, "Load the demo case")
    assert "Simulated demo case" in all_text(app)


@pytest.mark.parametrize("index", [0, 5, -1])
def test_a_chosen_slice_shows_its_own_scores(app: AppTest, index: int) -> None:
    app.switch_page("pages/score.py").run()
    result = current_result(app)
    app.select_slider[0].set_value(float(result.z_mm[index])).run()
    assert not app.exception
    for score in result.scores:
        own = f"{TASKS[score.task].marker} **{score.slices[index].score:.2f}**"
        assert own in all_text(app)


def test_the_text_of_the_overview_waits_for_nothing_of_the_core(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def nothing_imported(name: str) -> None:
        asked.append(name)
        raise ImportError(name)

    monkeypatch.setattr("dss_ui.shell.page.import_module", nothing_imported)
    app.run()
    assert asked == ["dss_ui.shell.open_case_panel"] and len(app.exception) == 1
    assert [title.value for title in app.title] == [PRODUCT]
    assert [heading.value for heading in app.subheader] == ["What you can do"]
    assert all(use.question in all_text(app) for use in USES)


def test_the_open_case_stands_above_the_uses_whenever_the_text_was_drawn(app: AppTest) -> None:
    app.run()
    headings = [heading.value for heading in app.subheader]
    assert headings == ["Simulated demo case", "What you can do", "Weights in use"]

"""A demo patient by its address: there, scored and named simulated, on every page of a case."""

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.case.demo_patients import FIRST, demo_case_id
from dss_ui.shell.navigation import OF_A_CASE, PAGES, PRODUCT
from dss_ui.shell.words import TASKS
from tests.app.pages import (
    BANNER,
    all_text,
    case_bar,
    follow,
    links,
    press,
    shown_scores,
    staying,
)


@pytest.mark.parametrize("page", [page.path for page in OF_A_CASE])
def test_every_page_of_a_case_shows_the_banner_and_the_scored_patient(
    app: AppTest, page: str
) -> None:
    app.switch_page(page).run()
    assert not app.exception and not app.error
    assert any(BANNER in caption.value for caption in app.caption)
    assert "Simulated patient" in case_bar(app)
    assert all(words.title in case_bar(app) for words in TASKS.values())


@pytest.mark.parametrize("page", [page.path for page in PAGES])
def test_every_page_stands_without_a_case_and_shows_no_score(emptied: AppTest, page: str) -> None:
    emptied.switch_page(page).run()
    assert not emptied.exception and not emptied.error
    assert any(BANNER in caption.value for caption in emptied.caption)
    assert not case_bar(emptied)
    assert not {words.title for words in TASKS.values()} & shown_scores(emptied).keys()


def test_demo_weights_are_named_beside_every_score(app: AppTest) -> None:
    app.switch_page("pages/score.py").run()
    badges = [m.value for m in app.main.markdown if "demo weights" in m.value]
    scores = [m for m in app.metric if m.label in {w.title for w in TASKS.values()}]
    assert len(badges) == len(scores) + 1 == len(TASKS) + 1  # each card, and the slices
    assert "(simulated lesions only)" in case_bar(app)


def test_a_closed_case_stays_away_until_it_is_opened_again(app: AppTest) -> None:
    """By a link; or by the back button, which leads to its pages without a case in the address."""
    press(app.switch_page("pages/score.py").run(), "Close case")
    assert [title.value for title in app.title] == [PRODUCT] and "case" not in app.query_params
    app.switch_page("pages/weights.py").run()
    assert not app.exception and not case_bar(app) and "case" not in app.query_params
    app.switch_page("pages/score.py").run()
    assert "Simulated patient" in case_bar(app)
    assert app.query_params["case"] == str(demo_case_id(FIRST))
    press(app, "Close case")
    (link,) = (link for link in links(app, "Open") if str(demo_case_id(FIRST)) in link[1])
    staying(follow(app, link).run())
    assert app.query_params["case"] == str(demo_case_id(FIRST))
    assert "Simulated patient" in case_bar(app)


def test_the_text_of_the_home_page_waits_for_nothing_of_the_core(
    emptied: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def nothing_imported(name: str) -> None:
        asked.append(name)
        raise ImportError(name)

    monkeypatch.setattr("dss_ui.shell.page.import_module", nothing_imported)
    emptied.run()
    assert asked == ["dss_ui.shell.messages"] and len(emptied.exception) == 1
    assert [title.value for title in emptied.title] == [PRODUCT]
    assert "From an FDG PET/CT and an outlined lung tumour" in all_text(emptied)

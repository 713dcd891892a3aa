"""A server that others could reach shows one sentence and no case, however it was started."""

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from tests.app.pages import case_bar, sentences


def test_no_page_of_an_open_server_shows_a_case(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = {"server.address": "0.0.0.0"}
    asked = config.get_option
    monkeypatch.setattr(config, "get_option", lambda key: bound.get(key, asked(key)))
    app.switch_page("pages/score.py").run()
    (sentence,) = sentences(app)
    assert "own machine only" in sentence and "0.0.0.0" in sentence
    assert not case_bar(app) and not app.metric and not app.main.markdown

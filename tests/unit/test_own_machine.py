"""A dashboard without a login is reached from its own machine only, and asks nobody outside."""

import pytest
from streamlit import net_util
from streamlit.web.server import server_util

from dss_core import cli
from dss_core.cli.run import require_own_machine
from dss_core.errors import InputError
from dss_ui.shell.serve import ask_nobody_outside


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "unix:/run/d"])
def test_an_address_of_this_machine_is_served(address: str) -> None:
    require_own_machine(address)


@pytest.mark.parametrize(
    "address",
    [None, "", "0.0.0.0", "::", "10.1.1.7", "2001:db8::1", "a.example", "127.0.0.1x"],
)
def test_an_address_that_others_reach_is_refused(address: str | None) -> None:
    with pytest.raises(InputError, match=r"own machine only.*proxy with a login"):
        require_own_machine(address)


def test_run_refuses_it_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--server.address", "0.0.0.0"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "0.0.0.0" in line


def test_a_foreign_page_is_refused_without_a_question_to_the_internet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    ask_nobody_outside()
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert not asked

"""Commands of `pacs` as tests give them, to a server of `tests.dicomweb_server`."""

import json
from pathlib import Path
from typing import Any

import pytest

from dss_core.cli import main
from tests.dicomweb_server import STUDY, DicomWebServer

PASSWORD = "p:a ss-wörd"


def study(server: DicomWebServer) -> str:
    return server.stored[0].value(STUDY)


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert main(["pacs", *map(str, words)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1
    assert PASSWORD not in err and "dss:" not in err
    return err


def done(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    capsys.readouterr()
    assert main(["pacs", *map(str, words)]) == 0
    return json.loads(capsys.readouterr().out)


def fetch_is_refused(
    capsys: pytest.CaptureFixture[str], server: DicomWebServer, tmp_path: Path
) -> str:
    inside = tmp_path / "fetched"
    inside.mkdir()
    told = refused(capsys, "fetch", study(server), "--out", inside / "study")
    assert list(inside.iterdir()) == []
    return told

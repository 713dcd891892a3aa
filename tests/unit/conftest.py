"""A DICOMweb server with a small case, for the tests of `dss_core.pacs`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dicom_case import WrittenCase, write_case
from tests.dicomweb_server import DicomWebServer, Wrong
from tests.pacs_commands import PASSWORD


@pytest.fixture(scope="session")
def small_case(tmp_path_factory: pytest.TempPathFactory) -> WrittenCase:
    return write_case(tmp_path_factory.mktemp("case"), n_slices=2, size_px=8, radius_mm=6.0)


@pytest.fixture(scope="session")
def running_dicomweb(small_case: WrittenCase) -> Iterator[DicomWebServer]:
    with DicomWebServer(small_case.files()).running() as server:
        yield server


@pytest.fixture
def dicomweb(
    running_dicomweb: DicomWebServer,
    small_case: WrittenCase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> DicomWebServer:
    """The server with the case and nothing wrong, and the settings of a program that knows it."""
    server = running_dicomweb
    server.wrong, server.requests, server.authorization = Wrong(), [], []
    server.stored.clear()
    for path in small_case.files():
        server.add(path.read_bytes())
    auth = tmp_path / "auth"
    auth.write_text(f"dss:{PASSWORD}\n", encoding="utf-8")
    auth.chmod(0o600)
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DSS_PACS_URL", server.url)
    monkeypatch.setenv("DSS_PACS_AUTH", str(auth))
    return server

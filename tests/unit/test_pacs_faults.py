"""A PACS that goes wrong: one sentence, and no password told."""

import subprocess
import time
from pathlib import Path

import pytest

from dss_core.errors import PacsError
from dss_core.pacs.archive import Query, open_pacs
from dss_core.pacs.pacs_place import DicomWebPlace, DimsePlace
from tests.dicom_case import WrittenCase
from tests.dicomweb_server import DicomWebServer, Wrong
from tests.faulty_sockets import silent
from tests.pacs_commands import PASSWORD, done, fetch_is_refused, refused, study


def test_nothing_wrong(
    dicomweb: DicomWebServer, small_case: WrittenCase, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for proxy in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:1")
    assert done(capsys, "echo")["ok"] is True
    assert done(capsys, "find", "--study", study(dicomweb))["studies"][0]["modalities"] == [
        "CT", "PT", "RTSTRUCT",
    ]  # fmt: skip
    told = done(capsys, "fetch", study(dicomweb), "--out", tmp_path / "a")
    fetched = sorted(p.read_bytes() for p in (tmp_path / "a").iterdir())
    assert fetched == sorted(p.read_bytes() for p in small_case.files())
    assert told["objects"] == 5 and told["bytes"] == sum(map(len, fetched))
    dicomweb.stored.clear()
    assert done(capsys, "send", small_case.ct, small_case.pet, small_case.region) == {
        "sent": 5,
        "failed": [],
    }
    assert sorted(o.content for o in dicomweb.stored) == fetched
    assert set(dicomweb.authorization) == {
        "Basic ZHNzOnA6YSBzcy13w7ZyZA=="
    }  # dss:p:a ss-wörd in UTF-8


@pytest.mark.parametrize("status", [302, 401, 403, 404, 409, 413, 500, 503])
def test_a_status_that_is_no_success_is_one_sentence(
    status: int, dicomweb: DicomWebServer, small_case: WrittenCase, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    dicomweb.wrong.status = {"search": status}
    for words in (["echo"], ["find", "--patient-id", "simulated"], ["send", small_case.ct]):
        assert f"HTTP {status}" in refused(capsys, *words)
    assert len(dicomweb.requests) == 3  # none is tried twice
    dicomweb.wrong.status = {"retrieve": status}
    assert f"HTTP {status}" in fetch_is_refused(capsys, dicomweb, tmp_path)
    dicomweb.wrong.status = {"store": status}
    assert f"HTTP {status}" in refused(capsys, "send", small_case.ct)


def test_results_come_in_pages_or_all_again(
    dicomweb: DicomWebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pacs = open_pacs(DicomWebPlace(dicomweb.url))
    everything = pacs.find(Query(patient_id="simulated"))
    dicomweb.wrong = Wrong(page=1)
    assert pacs.find(Query(patient_id="simulated")) == everything
    assert pacs.fetch(study(dicomweb), tmp_path / "paged").objects == 5
    dicomweb.wrong = Wrong(same_page=True)
    assert pacs.find(Query(patient_id="simulated")) == everything
    monkeypatch.setattr("dss_core.pacs.dicomweb.MAX_STUDIES", 0)
    with pytest.raises(PacsError, match="More than 0 studies"):
        pacs.find(Query(patient_id="simulated"))


def test_a_study_without_a_usable_date_is_found_and_has_none(dicomweb: DicomWebServer) -> None:
    for written, read in (("2020.01.02", "20200102"), ("20201399", ""), ("unknown", "")):
        for each in dicomweb.stored:
            each.told["00080020"] = {"vr": "DA", "Value": [written]}
        (found,) = open_pacs(DicomWebPlace(dicomweb.url)).find(Query(study_uid=study(dicomweb)))
        assert found.date == read


def test_a_filter_that_the_server_ignores_is_none_of_another_patient(
    dicomweb: DicomWebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = dicomweb.search
    everything = lambda path, asked: search(path, asked | {"PatientID": ["simulated"]})  # noqa: E731
    monkeypatch.setattr(dicomweb, "search", everything)
    pacs = open_pacs(DicomWebPlace(dicomweb.url))
    assert len(pacs.find(Query(patient_id="simulated"))) == 1
    assert pacs.find(Query(patient_id="somebody else")) == ()


@pytest.mark.parametrize(
    "text", [b"<html>", b'{"a": 1}', b"[1]", b'[{"0020000D": {"Value": ["../x"]}}]', b"[" * 9999]
)
def test_an_answer_that_is_no_dicomweb(
    text: bytes, dicomweb: DicomWebServer, capsys: pytest.CaptureFixture[str]
) -> None:
    dicomweb.wrong.text = text
    assert "not DICOMweb" in refused(capsys, "find", "--patient-id", "1")


def test_an_endless_answer_is_not_read(
    dicomweb: DicomWebServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dss_core.pacs.web_session.MAX_ANSWER_BYTES", 1000)
    dicomweb.wrong.text = b"[" + b" " * 2000 + b"]"
    assert "not DICOMweb" in refused(capsys, "echo")


# pynetdicom leaves a socket that was refused to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_pacs_that_is_silent_or_not_there(
    dicomweb: DicomWebServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "does not answer" in refused(capsys, "echo", "--url", "http://127.0.0.1:1/dicom-web")
    assert "does not answer" in refused(capsys, "echo", "--url", "http://no-such-host.invalid/x")
    dimse = ["--host", "127.0.0.1", "--aet", "PACS"]
    assert "does not answer" in refused(capsys, "echo", *dimse, "--port", "1")
    monkeypatch.setenv("DSS_PACS_TIMEOUT", "0.3")
    start = time.monotonic()
    with silent() as port:
        assert "silent for 0.3 s" in refused(
            capsys, "find", "--patient-id", "1", "--url", f"http://127.0.0.1:{port}"
        )
        assert "gives no answer" in refused(capsys, "echo", *dimse, "--port", port)
    assert time.monotonic() - start < 10.0


def test_the_waits_are_short_where_nobody_sets_them(tmp_path: Path) -> None:
    assert DicomWebPlace("http://x").timeout_s + 5.0 <= 15.0
    assert DimsePlace("x", 1, "x").timeout_s + 5.0 <= 15.0


def test_a_certificate_is_trusted_only_by_its_own_file(
    dicomweb: DicomWebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    with DicomWebServer().running((certificate, key)) as own:
        assert "is not trusted" in refused(capsys, "echo", "--url", own.url)
        assert own.authorization == []
        monkeypatch.setenv("DSS_PACS_CA", str(certificate))
        assert done(capsys, "echo", "--url", own.url)["ok"]
        for wrong in (tmp_path / "none.pem", key):
            monkeypatch.setenv("DSS_PACS_CA", str(wrong))
            assert "DSS_PACS_CA" in refused(capsys, "echo", "--url", own.url)


def test_no_text_of_an_object_shows_the_password(dicomweb: DicomWebServer, tmp_path: Path) -> None:
    place = DicomWebPlace(dicomweb.url, tmp_path / "auth")
    credentials = place.credentials()
    assert credentials is not None and credentials.password == PASSWORD
    pacs = open_pacs(place)
    for thing in (place, credentials, pacs):
        assert PASSWORD not in f"{thing!r} {thing}"
    dicomweb.wrong.status = {"search": 500}
    with pytest.raises(PacsError) as caught:
        pacs.echo()
    assert caught.value.__suppress_context__

"""A PACS that goes wrong: one sentence, nothing half done, no password told."""

import json
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest

from dss_core.cli import main
from dss_core.errors import ConflictError, InputError, PacsError
from dss_core.pacs.archive import NotStored, Query, Transferred, open_pacs
from dss_core.pacs.multipart import CutShortError, save_parts
from dss_core.pacs.pacs_place import DicomWebPlace, DimsePlace
from dss_core.reading.sources import Source, from_paths
from tests.dicom_case import WrittenCase, write_case
from tests.dicomweb_server import OBJECT, STUDY, DicomWebServer, Wrong
from tests.faulty_sockets import cutting, silent

PASSWORD = "p:a ss-wörd"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> WrittenCase:
    return write_case(tmp_path_factory.mktemp("case"), n_slices=2, size_px=8, radius_mm=6.0)


@pytest.fixture(scope="module")
def running(case: WrittenCase) -> Iterator[DicomWebServer]:
    with DicomWebServer(case.files()).running() as server:
        yield server


@pytest.fixture
def server(
    running: DicomWebServer, case: WrittenCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> DicomWebServer:
    running.wrong, running.requests, running.authorization = Wrong(), [], []
    running.stored.clear()
    for path in case.files():
        running.add(path.read_bytes())
    auth = tmp_path / "auth"
    auth.write_text(f"dss:{PASSWORD}\n", encoding="utf-8")
    auth.chmod(0o600)
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DSS_PACS_URL", running.url)
    monkeypatch.setenv("DSS_PACS_AUTH", str(auth))
    return running


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


def test_nothing_wrong(
    server: DicomWebServer, case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for proxy in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:1")
    assert done(capsys, "echo")["ok"] is True
    assert done(capsys, "find", "--study", study(server))["studies"][0]["modalities"] == [
        "CT", "PT", "RTSTRUCT",
    ]  # fmt: skip
    told = done(capsys, "fetch", study(server), "--out", tmp_path / "a")
    fetched = sorted(p.read_bytes() for p in (tmp_path / "a").iterdir())
    assert fetched == sorted(p.read_bytes() for p in case.files())
    assert told["objects"] == 5 and told["bytes"] == sum(map(len, fetched))
    server.stored.clear()
    assert done(capsys, "send", case.ct, case.pet, case.region) == {"sent": 5, "failed": []}
    assert sorted(o.content for o in server.stored) == fetched
    assert set(server.authorization) == {
        "Basic ZHNzOnA6YSBzcy13w7ZyZA=="
    }  # dss:p:a ss-wörd in UTF-8


@pytest.mark.parametrize("status", [302, 401, 403, 404, 409, 413, 500, 503])
def test_a_status_that_is_no_success_is_one_sentence(
    status: int, server: DicomWebServer, case: WrittenCase, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    server.wrong.status = {"search": status}
    for words in (["echo"], ["find", "--patient-id", "simulated"], ["send", case.ct]):
        assert f"HTTP {status}" in refused(capsys, *words)
    assert len(server.requests) == 3  # none is tried twice
    server.wrong.status = {"retrieve": status}
    assert f"HTTP {status}" in fetch_is_refused(capsys, server, tmp_path)
    server.wrong.status = {"store": status}
    assert f"HTTP {status}" in refused(capsys, "send", case.ct)


def cut(server: DicomWebServer) -> None:
    server.wrong.cut = 700


def cut_without_length(server: DicomWebServer) -> None:
    server.wrong.cut, server.wrong.no_length = 700, True


def only_the_end_is_missing(server: DicomWebServer) -> None:
    cut_without_length(server)
    server.wrong.cut = max(len(o.content) for o in server.stored)


def fewer(server: DicomWebServer) -> None:
    server.wrong.hidden = 1


def gone(server: DicomWebServer) -> None:
    server.wrong.status, server.wrong.from_series = {"retrieve": 404}, 1


def no_dicom(server: DicomWebServer) -> None:
    server.wrong.sent_instead = b"<html>log in</html>"


def another_study(server: DicomWebServer) -> None:
    content = server.stored[0].content
    server.wrong.sent_instead = content.replace(study(server).encode(), b"1.2.3".ljust(64, b"\0"))


def no_multipart(server: DicomWebServer) -> None:
    server.wrong.status = {"retrieve": 204}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (cut, "broke off"),
        (cut_without_length, "broke off"),
        (only_the_end_is_missing, "broke off"),
        (fewer, "announced 5 objects and sent 2"),
        (gone, "the study is gone"),
        (no_dicom, "no DICOM object"),
        (another_study, "of another study"),
        (no_multipart, "HTTP 204"),
    ],
)
def test_a_study_is_fetched_whole_or_not_at_all(
    wrong: Any, says: str, server: DicomWebServer, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    wrong(server)
    assert says in fetch_is_refused(capsys, server, tmp_path)
    server.wrong = Wrong()
    done(capsys, "fetch", study(server), "--out", tmp_path / "fetched" / "study")


def test_a_connection_that_is_reset_in_mid_series(
    server: DicomWebServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = int(server.url.split(":")[2].split("/")[0])
    with cutting(port, 4500) as way:
        url = server.url.replace(str(port), str(way))
        assert "broke off" in refused(
            capsys, "fetch", study(server), "--out", tmp_path / "b", "--url", url
        )
    assert not (tmp_path / "b").exists()


def test_a_fetch_is_cancelled_by_its_callback(server: DicomWebServer, tmp_path: Path) -> None:
    told: list[Transferred] = []

    def cancel(done: Transferred) -> None:
        told.append(done)
        raise ValueError("cancelled")

    inside = tmp_path / "inside"
    inside.mkdir()
    pacs = open_pacs(DicomWebPlace(server.url))
    with pytest.raises(ValueError, match="cancelled"):
        pacs.fetch(study(server), inside / "study", cancel)
    assert list(inside.iterdir()) == [] and told[0].of == 5
    with pytest.raises(ValueError, match="cancelled"):
        pacs.send([Source(server.stored[0].content)], cancel)


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [("DSS_MAX_FILES", "4", "DSS_MAX_FILES"), ("DSS_MAX_UNPACKED_MB", "1", "DSS_MAX_UNPACKED_MB")],
)
def test_a_fetch_has_the_limits_of_an_upload(
    limit: str, value: str, says: str, server: DicomWebServer, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server.wrong.sent_instead = b"x" * 1_200_000
    monkeypatch.setenv(limit, value)
    assert says in fetch_is_refused(capsys, server, tmp_path)


def test_a_folder_that_holds_something_is_refused(
    server: DicomWebServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    assert "not empty" in refused(capsys, "fetch", study(server), "--out", tmp_path / "full")
    assert server.requests == []
    (tmp_path / "empty").mkdir()
    assert done(capsys, "fetch", study(server), "--out", tmp_path / "empty")["objects"] == 5


def test_a_folder_that_another_makes_meanwhile_is_not_taken_for_the_study(
    server: DicomWebServer, tmp_path: Path
) -> None:
    inside = tmp_path / "inside"

    def another(done: Transferred) -> None:
        (inside / "study").mkdir(exist_ok=True)
        (inside / "study" / "of another.dcm").touch()

    with pytest.raises(ConflictError, match="Another program"):
        open_pacs(DicomWebPlace(server.url)).fetch(study(server), inside / "study", another)
    assert [path.name for path in inside.rglob("*")] == ["study", "of another.dcm"]


def test_results_come_in_pages_or_all_again(
    server: DicomWebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pacs = open_pacs(DicomWebPlace(server.url))
    everything = pacs.find(Query(patient_id="simulated"))
    server.wrong = Wrong(page=1)
    assert pacs.find(Query(patient_id="simulated")) == everything
    assert pacs.fetch(study(server), tmp_path / "paged").objects == 5
    server.wrong = Wrong(same_page=True)
    assert pacs.find(Query(patient_id="simulated")) == everything
    monkeypatch.setattr("dss_core.pacs.dicomweb.MAX_STUDIES", 0)
    with pytest.raises(PacsError, match="More than 0 studies"):
        pacs.find(Query(patient_id="simulated"))


def test_a_study_without_a_usable_date_is_found_and_has_none(server: DicomWebServer) -> None:
    for written, read in (("2020.01.02", "20200102"), ("20201399", ""), ("unknown", "")):
        for each in server.stored:
            each.told["00080020"] = {"vr": "DA", "Value": [written]}
        (found,) = open_pacs(DicomWebPlace(server.url)).find(Query(study_uid=study(server)))
        assert found.date == read


def test_a_filter_that_the_server_ignores_is_none_of_another_patient(
    server: DicomWebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = server.search
    everything = lambda path, asked: search(path, asked | {"PatientID": ["simulated"]})  # noqa: E731
    monkeypatch.setattr(server, "search", everything)
    pacs = open_pacs(DicomWebPlace(server.url))
    assert len(pacs.find(Query(patient_id="simulated"))) == 1
    assert pacs.find(Query(patient_id="somebody else")) == ()


@pytest.mark.parametrize(
    "text", [b"<html>", b'{"a": 1}', b"[1]", b'[{"0020000D": {"Value": ["../x"]}}]', b"[" * 9999]
)
def test_an_answer_that_is_no_dicomweb(
    text: bytes, server: DicomWebServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.wrong.text = text
    assert "not DICOMweb" in refused(capsys, "find", "--patient-id", "1")


def test_an_endless_answer_is_not_read(
    server: DicomWebServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dss_core.pacs.web_session.MAX_ANSWER_BYTES", 1000)
    server.wrong.text = b"[" + b" " * 2000 + b"]"
    assert "not DICOMweb" in refused(capsys, "echo")


# pynetdicom leaves a socket that was refused to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_pacs_that_is_silent_or_not_there(
    server: DicomWebServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
    case: WrittenCase, server: DicomWebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
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


@pytest.mark.parametrize(
    ("reason", "says"), [(0xA700, "out of resources (0xA700)"), (None, "does not name it")]
)
@pytest.mark.parametrize("all_of_them", [False, True])
def test_every_object_that_is_not_stored_is_told(
    all_of_them: bool, reason: int | None, says: str, server: DicomWebServer, case: WrittenCase,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    uids = [str(pydicom.dcmread(path).SOPInstanceUID) for path in sorted(case.ct.iterdir())]
    server.stored.clear()
    server.wrong.refused = dict.fromkeys(uids if all_of_them else uids[:1], reason)
    assert main(["pacs", "send", str(case.ct)]) == 2
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["sent"] == (0 if all_of_them else 1) == len(server.stored)
    assert [each["sop_instance_uid"] for each in told["failed"]] == list(server.wrong.refused)
    assert says in told["failed"][0]["reason"] and says in err and err.count("\n") == 1


def test_what_an_earlier_request_has_stored_is_told_when_a_later_one_fails(
    server: DicomWebServer, case: WrittenCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_core.pacs.storing._MAX_OBJECTS", 1)
    store = server.store

    def full(content_type: str, body: bytes) -> tuple[int, dict[str, Any]]:
        return (507, {}) if len(server.stored) == 1 else store(content_type, body)

    server.stored.clear()
    monkeypatch.setattr(server, "store", full)
    sent = open_pacs(DicomWebPlace(server.url)).send(from_paths([case.ct]))
    assert len(sent.stored) == 1 and len(sent.failed) == 1
    assert isinstance(sent.failed[0], NotStored) and "no room left" in sent.failed[0].reason


def test_objects_of_a_study_that_the_pacs_has_under_another_patient_are_not_sent(
    server: DicomWebServer, case: WrittenCase, tmp_path: Path
) -> None:
    dataset = pydicom.dcmread(next(case.pet.iterdir()))
    pacs = open_pacs(DicomWebPlace(server.url))
    for each in server.stored:
        each.told["00100021"] = {"vr": "LO", "Value": ["this hospital"]}
    for patient, issuer in (("0simulated", ""), ("simulated", "another hospital")):
        dataset.PatientID, dataset.IssuerOfPatientID = patient, issuer
        dataset.save_as(tmp_path / "x.dcm")
        with pytest.raises(InputError, match="under another patient"):
            pacs.send(from_paths([tmp_path / "x.dcm"]))
    assert len(server.stored) == 5 and all(o.value(OBJECT) for o in server.stored)


def test_an_object_is_not_held_in_memory(server: DicomWebServer, tmp_path: Path) -> None:
    part = b"\r\n--b\r\nContent-Type: application/dicom\r\n\r\n"
    chunk = bytes(1 << 18)

    def body() -> Iterator[bytes]:
        yield part
        for _ in range(200):
            yield chunk
        yield b"\r\n--b--"

    paths = iter([tmp_path / "1", tmp_path / "2"])
    tracemalloc.start()
    try:
        whole = list(save_parts(body(), b"b", lambda: next(paths)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [path.stat().st_size for path in whole] == [200 << 18]
    assert peak < 8 * len(chunk)


def test_a_body_is_the_same_however_it_is_cut(tmp_path: Path) -> None:
    contents = [b"", b"one\r\n--a\r\n\r\n", b"\r\n--", b"x" * 5000]
    body = b"preamble" + b"".join(b"\r\n--b\r\nA: 1\r\n\r\n" + c for c in contents) + b"\r\n--b--"
    n = iter(range(10**6))
    for size in (1, 2, 3, 7, 4096, len(body)):
        pieces = [body[k : k + size] for k in range(0, len(body), size)]
        paths = list(save_parts(pieces, b"b", lambda: tmp_path / str(next(n))))
        assert [p.read_bytes() for p in paths] == contents
    for end in (1, 40, len(body) - 1):
        with pytest.raises(CutShortError):
            list(save_parts([body[:end]], b"b", lambda: tmp_path / "cut"))


def test_no_text_of_an_object_shows_the_password(server: DicomWebServer, tmp_path: Path) -> None:
    place = DicomWebPlace(server.url, tmp_path / "auth")
    credentials = place.credentials()
    assert credentials is not None and credentials.password == PASSWORD
    pacs = open_pacs(place)
    for thing in (place, credentials, pacs):
        assert PASSWORD not in f"{thing!r} {thing}"
    server.wrong.status = {"search": 500}
    with pytest.raises(PacsError) as caught:
        pacs.echo()
    assert caught.value.__suppress_context__

"""A study from a PACS is fetched whole or not at all, within the limits of an upload."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dss_core.errors import ConflictError
from dss_core.pacs.archive import Transferred, open_pacs
from dss_core.pacs.multipart import CutShortError, save_parts
from dss_core.pacs.pacs_place import DicomWebPlace
from dss_core.reading.sources import Source
from tests.dicomweb_server import DicomWebServer, Wrong
from tests.faulty_sockets import cutting
from tests.pacs_commands import done, fetch_is_refused, refused, study


def cut(dicomweb: DicomWebServer) -> None:
    dicomweb.wrong.cut = 700


def cut_without_length(dicomweb: DicomWebServer) -> None:
    dicomweb.wrong.cut, dicomweb.wrong.no_length = 700, True


def only_the_end_is_missing(dicomweb: DicomWebServer) -> None:
    cut_without_length(dicomweb)
    dicomweb.wrong.cut = max(len(o.content) for o in dicomweb.stored)


def fewer(dicomweb: DicomWebServer) -> None:
    dicomweb.wrong.hidden = 1


def gone(dicomweb: DicomWebServer) -> None:
    dicomweb.wrong.status, dicomweb.wrong.from_series = {"retrieve": 404}, 1


def no_dicom(dicomweb: DicomWebServer) -> None:
    dicomweb.wrong.sent_instead = b"<html>log in</html>"


def another_study(dicomweb: DicomWebServer) -> None:
    content = dicomweb.stored[0].content
    dicomweb.wrong.sent_instead = content.replace(
        study(dicomweb).encode(), b"1.2.3".ljust(64, b"\0")
    )


def no_multipart(dicomweb: DicomWebServer) -> None:
    dicomweb.wrong.status = {"retrieve": 204}


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
    wrong: Any, says: str, dicomweb: DicomWebServer, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    wrong(dicomweb)
    assert says in fetch_is_refused(capsys, dicomweb, tmp_path)
    dicomweb.wrong = Wrong()
    done(capsys, "fetch", study(dicomweb), "--out", tmp_path / "fetched" / "study")


def test_a_connection_that_is_reset_in_mid_series(
    dicomweb: DicomWebServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = int(dicomweb.url.split(":")[2].split("/")[0])
    with cutting(port, 4500) as way:
        url = dicomweb.url.replace(str(port), str(way))
        assert "broke off" in refused(
            capsys, "fetch", study(dicomweb), "--out", tmp_path / "b", "--url", url
        )
    assert not (tmp_path / "b").exists()


def test_a_fetch_is_cancelled_by_its_callback(dicomweb: DicomWebServer, tmp_path: Path) -> None:
    told: list[Transferred] = []

    def cancel(done: Transferred) -> None:
        told.append(done)
        raise ValueError("cancelled")

    inside = tmp_path / "inside"
    inside.mkdir()
    pacs = open_pacs(DicomWebPlace(dicomweb.url))
    with pytest.raises(ValueError, match="cancelled"):
        pacs.fetch(study(dicomweb), inside / "study", cancel)
    assert list(inside.iterdir()) == [] and told[0].of == 5
    with pytest.raises(ValueError, match="cancelled"):
        pacs.send([Source(dicomweb.stored[0].content)], cancel)


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [("DSS_MAX_FILES", "4", "DSS_MAX_FILES"), ("DSS_MAX_UNPACKED_MB", "1", "DSS_MAX_UNPACKED_MB")],
)
def test_a_fetch_has_the_limits_of_an_upload(
    limit: str, value: str, says: str, dicomweb: DicomWebServer, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    dicomweb.wrong.sent_instead = b"x" * 1_200_000
    monkeypatch.setenv(limit, value)
    assert says in fetch_is_refused(capsys, dicomweb, tmp_path)


def test_a_folder_that_holds_something_is_refused(
    dicomweb: DicomWebServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    assert "not empty" in refused(capsys, "fetch", study(dicomweb), "--out", tmp_path / "full")
    assert dicomweb.requests == []
    (tmp_path / "empty").mkdir()
    assert done(capsys, "fetch", study(dicomweb), "--out", tmp_path / "empty")["objects"] == 5


def test_a_folder_that_another_makes_meanwhile_is_not_taken_for_the_study(
    dicomweb: DicomWebServer, tmp_path: Path
) -> None:
    inside = tmp_path / "inside"

    def another(done: Transferred) -> None:
        (inside / "study").mkdir(exist_ok=True)
        (inside / "study" / "of another.dcm").touch()

    with pytest.raises(ConflictError, match="Another program"):
        open_pacs(DicomWebPlace(dicomweb.url)).fetch(study(dicomweb), inside / "study", another)
    assert [path.name for path in inside.rglob("*")] == ["study", "of another.dcm"]


def test_an_object_is_not_held_in_memory(dicomweb: DicomWebServer, tmp_path: Path) -> None:
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

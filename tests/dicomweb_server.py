"""A DICOMweb server on the loopback that goes wrong in one chosen way.

For what no real archive does on demand. It knows nothing of the code that it tests.
"""

import json
import re
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pydicom

_BOUNDARY = "part-of-an-answer"
_TOLD = (
    "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "StudyDate", "PatientID",
    "PatientName", "IssuerOfPatientID", "AccessionNumber", "Modality", "SeriesDescription",
)  # fmt: skip
_SERIES = re.compile(r"/studies/([0-9.]+)/series/([0-9.]+)")


@dataclass(frozen=True)
class Stored:
    """An object on the server."""

    content: bytes
    told: dict[str, Any]

    def value(self, tag: str) -> str:
        return str(self.told.get(tag, {}).get("Value", [""])[0])


STUDY, SERIES, OBJECT = "0020000D", "0020000E", "00080018"


@dataclass
class Wrong:
    """What goes wrong; by default nothing.

    Attributes
    ----------
    status : dict of str to int
        HTTP status of "search", "retrieve" or "store".
    from_series : int
        `status["retrieve"]` counts from this series on.
    silent_s : float
        Pause before every answer.
    page : int or None
        At most so many results at once; `same_page` gives the first ones whatever the offset.
    hidden : int
        So many objects are announced and not sent.
    cut : int or None
        A retrieved body ends after so many bytes, with the length that a whole one has, or
        without any (`no_length`).
    sent_instead : bytes or None
        In the place of each object.
    refused : dict of str to int or None
        SOPInstanceUID to FailureReason of objects that are not stored; None: not in the answer.
    """

    status: dict[str, int] = field(default_factory=dict)
    from_series: int = 0
    silent_s: float = 0.0
    page: int | None = None
    same_page: bool = False
    hidden: int = 0
    cut: int | None = None
    no_length: bool = False
    sent_instead: bytes | None = None
    refused: dict[str, int | None] = field(default_factory=dict)
    text: bytes | None = None


class DicomWebServer:
    """Objects, and what goes wrong with them."""

    def __init__(self, files: Iterable[Path] = ()) -> None:
        self.wrong = Wrong()
        self.requests: list[str] = []
        self.authorization: list[str] = []
        self.stored: list[Stored] = []
        self.url = ""
        self._retrieved: list[str] = []
        for path in files:
            self.add(path.read_bytes())

    def add(self, content: bytes) -> Stored:
        """Store an object."""
        header = pydicom.dcmread(BytesIO(content), stop_before_pixels=True)
        told = {
            f"{header[keyword].tag:08X}": header[keyword].to_json_dict(None, 10**6)
            for keyword in _TOLD
            if keyword in header
        }
        new = Stored(content, told)
        self.stored = [o for o in self.stored if o.value(OBJECT) != new.value(OBJECT)] + [new]
        return new

    def search(self, path: str, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        """The answer to a query."""
        key, found = STUDY, self.stored
        if (inside := _SERIES.match(path)) is not None:
            key = OBJECT
            found = [o for o in found if (o.value(STUDY), o.value(SERIES)) == inside.groups()]
        elif path.startswith("/studies/"):
            key = SERIES
            found = [o for o in found if o.value(STUDY) == path.split("/")[2]]
        for keyword, tag in (("PatientID", "00100020"), ("StudyInstanceUID", STUDY)):
            if keyword in asked:
                found = [o for o in found if o.value(tag) == asked[keyword][0]]
        rows = list({o.value(key): o.told for o in found}.values())
        offset = 0 if self.wrong.same_page else int(asked.get("offset", ["0"])[0])
        most = min(int(asked.get("limit", ["1000"])[0]), self.wrong.page or 1000)
        return rows[offset : offset + most]

    def retrieved(self, path: str) -> tuple[int, bytes]:
        """Status and body of a series."""
        inside = _SERIES.fullmatch(path)
        assert inside is not None
        if path not in self._retrieved:
            self._retrieved.append(path)
        status = self.wrong.status.get("retrieve")
        if status is not None and self._retrieved.index(path) >= self.wrong.from_series:
            return status, b""
        found = [o for o in self.stored if (o.value(STUDY), o.value(SERIES)) == inside.groups()]
        head = f"\r\n--{_BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = b"".join(
            head + (self.wrong.sent_instead or o.content)
            for o in found[: len(found) - self.wrong.hidden]
        )
        return 200, body + f"\r\n--{_BOUNDARY}--".encode()

    def store(self, content_type: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and answer to objects."""
        boundary = content_type.split("boundary=")[1].strip('"').encode()
        done, failed = [], []
        for part in body.split(b"\r\n--" + boundary)[1:-1]:
            content = part.split(b"\r\n\r\n", 1)[1]
            uid = str(pydicom.dcmread(BytesIO(content), stop_before_pixels=True).SOPInstanceUID)
            item: dict[str, Any] = {"00081155": {"vr": "UI", "Value": [uid]}}
            if uid not in self.wrong.refused:
                self.add(content)
                done.append(item)
            elif self.wrong.refused[uid] is not None:
                failed.append(item | {"00081197": {"vr": "US", "Value": [self.wrong.refused[uid]]}})
        answer = {}
        if done:
            answer["00081199"] = {"vr": "SQ", "Value": done}
        if failed:
            answer["00081198"] = {"vr": "SQ", "Value": failed}
        return 409 if failed and not done else 202 if failed else 200, answer

    @contextmanager
    def running(self, tls: tuple[Path, Path] | None = None) -> Iterator["DicomWebServer"]:
        """Serve on a free port for the time of the block; `tls` is certificate and key."""
        handler = type("Handler", (_Handler,), {"behind": self})
        server = _Server(("127.0.0.1", 0), handler)
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/dicom-web"
        thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client may leave before the end, or not like the certificate."""


class _Handler(BaseHTTPRequestHandler):
    behind: DicomWebServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        wrong = self._begin()
        address = urlsplit(self.path)
        path = address.path.removeprefix("/dicom-web")
        if "multipart" in self.headers.get("Accept", ""):
            status, body = self.behind.retrieved(path)
            self._answer(status, body, f"multipart/related; boundary={_BOUNDARY}", cut=True)
        elif "search" in wrong.status:
            self._answer(wrong.status["search"], b"")
        elif wrong.text is not None:
            self._answer(200, wrong.text, "text/html")
        else:
            found = self.behind.search(path, parse_qs(address.query))
            self._answer(200, json.dumps(found).encode(), "application/dicom+json")

    def do_POST(self) -> None:
        wrong = self._begin()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "store" in wrong.status:
            self._answer(wrong.status["store"], b"")
            return
        status, answer = self.behind.store(self.headers["Content-Type"], body)
        self._answer(status, json.dumps(answer).encode(), "application/dicom+json")

    def _begin(self) -> Wrong:
        self.behind.requests.append(f"{self.command} {self.path}")
        self.behind.authorization.append(self.headers.get("Authorization", ""))
        time.sleep(self.behind.wrong.silent_s)
        return self.behind.wrong

    def _answer(
        self, status: int, body: bytes, content_type: str = "text/plain", cut: bool = False
    ) -> None:
        wrong = self.behind.wrong
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if wrong.no_length and cut:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut and wrong.cut is not None:
            body = body[: wrong.cut]
            self.close_connection = True
        self.wfile.write(body)

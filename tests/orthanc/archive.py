"""An Orthanc of its own for tests and measurements, in a network namespace of its own.

Orthanc 1.10 listens on all addresses whatever its settings say. Whoever uses it therefore runs in
a namespace where only a loopback is, together with it: `command_inside` starts a command there,
`running_orthanc` is called by that command.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

AET, OWN_AET, OWN_PORT = "ORTHANC", "NSCLC_DSS", 11112
USER, PASSWORD = "dss", "pass:wörd of the tests"
_PLUGINS = ("/usr/lib/orthanc", "/usr/share/orthanc/plugins", "/usr/local/share/orthanc/plugins")
_SECONDS = 60.0
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


@dataclass(frozen=True)
class Orthanc:
    """An Orthanc that is up."""

    http_port: int = 8042
    dicom_port: int = 4242

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/dicom-web"

    def ask(self, path: str) -> Any:
        """Its own interface, which the program does not use."""
        return self._request("GET", path).json()

    def delete_everything(self) -> None:
        for patient in self._request("GET", "patients").json():
            self._request("DELETE", f"patients/{patient}")

    def send_all_to(self, modality: str) -> None:
        """Have it send everything by C-STORE."""
        self._request("POST", f"modalities/{modality}/store", self.ask("studies"))

    def _request(self, method: str, path: str, content: object = None) -> requests.Response:
        answer = requests.request(
            method, f"http://127.0.0.1:{self.http_port}/{path}", json=content,
            auth=(USER.encode(), PASSWORD.encode()), timeout=30,
        )  # fmt: skip
        answer.raise_for_status()
        return answer


def why_not() -> str:
    """Why there can be no Orthanc here; "" where there can."""
    if _program() is None or _plugin() is None:
        return "Orthanc is not installed (Debian: apt-get install orthanc orthanc-dicomweb)"
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return "unshare and setpriv are not installed (Debian: apt-get install util-linux)"
    done = subprocess.run(command_inside(["true"]), capture_output=True, timeout=30)
    return "" if done.returncode == 0 else "network namespaces are not allowed here"


def command_inside(command: Sequence[str]) -> list[str]:
    """A command in a new network namespace; it ends with the process that starts it."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    return ["setpriv", "--pdeathsig", "KILL", *unshare, *command]


@contextmanager
def running_orthanc(folder: Path, **settings: object) -> Iterator[Orthanc]:
    """An empty one for the time of the block; the namespace is already this process's.

    Parameters
    ----------
    folder : Path
        For its files.
    **settings
        Of its configuration, besides those that are given here.
    """
    program, plugin = _program(), _plugin()
    assert program is not None and plugin is not None
    _loopback_up()
    orthanc = Orthanc()
    configuration = folder / "orthanc.json"
    configuration.write_text(
        json.dumps(
            {
                "StorageDirectory": str(folder / "storage"),
                "IndexDirectory": str(folder / "storage"),
                "HttpPort": orthanc.http_port,
                "DicomPort": orthanc.dicom_port,
                "DicomAet": AET,
                "DicomCheckCalledAet": True,
                "DicomAlwaysAllowStore": False,
                "DicomAlwaysAllowEcho": False,
                "DicomModalities": {"dss": [OWN_AET, "127.0.0.1", OWN_PORT]},
                "RemoteAccessAllowed": False,
                "AuthenticationEnabled": True,
                "RegisteredUsers": {USER: PASSWORD},
                "Plugins": [str(plugin)],
                "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
                "DefaultEncoding": "Utf8",  # else its answers have only Latin letters
            }
            | settings
        ),
        encoding="utf-8",
    )
    (folder / "storage").mkdir()
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", program, configuration],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(orthanc, process)
        yield orthanc
    finally:
        process.send_signal(signal.SIGKILL)  # nothing of it is kept, and its own end takes 3 s
        process.wait(timeout=20)


def _wait_for(orthanc: Orthanc, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            orthanc.ask("system")
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("Orthanc did not start")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))


def _program() -> str | None:
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")
    return found


def _plugin() -> Path | None:
    for folder in _PLUGINS:
        found = sorted(Path(folder).glob("libOrthancDicomWeb.so*"))
        if found:
            return found[0].resolve()
    return None

"""A PostgreSQL of its own for the tests: a new cluster in a temporary folder, on a Unix socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pg8000.native

USER, PASSWORD = "dss", "s3cret-of-the-tests"
_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A server that is up."""

    socket: Path

    def url(self, database: str, password: str = PASSWORD) -> str:
        """The address as DSS_DATABASE_URL gives it."""
        return f"postgresql://{USER}:{password}@/{database}?unix_sock={self.socket}"

    def run(self, statement: str, database: str = "postgres") -> list[list[object]]:
        """Run one statement."""
        connection = pg8000.native.Connection(
            USER, database=database, password=PASSWORD, unix_sock=str(self.socket), timeout=20
        )
        try:
            return list(connection.run(statement) or [])
        finally:
            connection.close()

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """An empty database; gone afterwards, with every connection to it."""
        name = f"cases_{uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def programs() -> Path | None:
    """Folder of `initdb` and `postgres`; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    here = shutil.which("initdb")
    return Path(here).resolve().parent if here else None


@contextmanager
def running_server(bin_folder: Path) -> Iterator[Server]:
    """A server for the time of the tests, which runs as another user where these run as root."""
    user = _other_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="dss-pg-", dir="/tmp"))
    try:
        password = folder / "password"
        password.write_text(PASSWORD)
        if user is not None:
            for path in (folder, password):
                os.chown(path, user, -1)
        data = folder / "data"
        subprocess.run(
            [bin_folder / "initdb", "-D", data, "-U", USER, "--auth=scram-sha-256",
             f"--pwfile={password}", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
            user=user, cwd=folder, check=True, capture_output=True, timeout=_SECONDS,
        )  # fmt: skip
        process = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=",
             "-c", "fsync=off"],
            user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            server = Server(folder / ".s.PGSQL.5432")
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: Server, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            server.run("SELECT 1")
        except pg8000.native.Error:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not start")


def _other_user() -> int:
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres", names["nobody"])

"""A store that cannot be used is one sentence with its place and what to do, never a password."""

import resource
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from dss_core.case.record import Keep
from dss_core.errors import InputError, StorageError
from dss_core.store import database, schema
from dss_core.store.case_store import CaseStore
from dss_core.store.database import open_database, sqlite_file
from dss_core.store.store_status import store_status
from dss_core.store.store_upgrade import upgrade_store
from tests.permissions import bound_by_permissions, read_only
from tests.postgresql import PASSWORD, Server
from tests.saved_case import NOW, kept_images, opened_case, saved_record

# the driver leaves the socket of a refused log-in to the garbage collector
UNCLOSED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
RECORD = saved_record(opened_case(), Keep.RECORD)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DSS_DATABASE_URL", raising=False)


def test_a_locked_database_is_waited_for_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.2)
    store = CaseStore.open()
    other = sqlite3.connect(sqlite_file(), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match=r"cases\.sqlite, cannot be used: it is locked"):
        store.save(RECORD, expected_version=None)
    assert store.list() == ()  # readers do not wait
    other.execute("ROLLBACK")
    store.save(RECORD, expected_version=None)
    other.close()


def test_a_file_in_the_place_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        CaseStore.open()


def test_a_database_that_may_not_be_written() -> None:
    CaseStore.open()
    sqlite_file().chmod(0o444)
    with (
        bound_by_permissions(),
        pytest.raises(StorageError, match=r"cases\.sqlite, cannot be used: it may not be written"),
    ):
        CaseStore.open().save(RECORD, expected_version=None)


def test_a_new_home_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with (
        read_only(tmp_path / "home"),
        pytest.raises(StorageError, match=r"permission was denied.*set DSS_HOME"),
    ):
        CaseStore.open()


def test_a_full_disk_leaves_the_store_as_it_was() -> None:
    store = CaseStore.open()

    def as_large_as_it_is(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=1")

    event.listen(store.database.engine, "connect", as_large_as_it_is)
    large = RECORD.model_copy(update={"result": {"weights_id": "demo", "text": "x" * 10**6}})
    with pytest.raises(StorageError, match=r"the disk is full\. Free some space"):
        store.save(large, expected_version=None)
    assert store.list() == ()


def test_a_disk_too_full_for_the_images_leaves_no_case() -> None:
    opened = opened_case(shape=(20, 100, 100))
    store = CaseStore.open()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StorageError, match="there is no room"):
            store.save(saved_record(opened), kept_images(opened), expected_version=None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.list() == ()
    assert [p for p in store.folders.root.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_file_that_is_no_database(content: bytes) -> None:
    sqlite_file().parent.mkdir(parents=True)
    sqlite_file().write_bytes(content)
    with pytest.raises(StorageError, match=r"cannot be used: it is (not a database|damaged)"):
        CaseStore.open()


def test_a_database_of_another_program() -> None:
    sqlite_file().parent.mkdir(parents=True)
    with sqlite3.connect(sqlite_file()) as other:
        other.execute("CREATE TABLE patients (name TEXT)")
    other.close()
    with pytest.raises(StorageError, match="tables that are not of this program"):
        CaseStore.open()


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(database, "MOUNTS", mounts)
    with pytest.raises(StorageError, match=r"network file system \(nfs4\).*DSS_DATABASE_URL"):
        CaseStore.open()
    mounts.write_text(f"server:/x / nfs4 rw 0 0\n/dev/a {tmp_path} ext4 rw 0 0\n")
    CaseStore.open()


def test_a_newer_schema_is_refused(any_database: str) -> None:
    store = CaseStore.open()
    with store.database.change() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for call in (CaseStore.open, upgrade_store):
        with pytest.raises(
            StorageError, match=r"schema 9999 of a newer.*Install the newer version"
        ):
            call()
    assert store_status(NOW).state == "newer"


def test_an_older_schema_is_upgraded_on_demand_after_a_copy(
    any_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CaseStore.open()
    store.save(RECORD, expected_version=None)
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions" / "0002_note.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = '0002'\ndown_revision = '0001'\n"
        "def upgrade():\n    op.add_column('cases', sa.Column('note', sa.Text))\n"
        "    if FAIL: raise ValueError\n".replace("FAIL", "False")
    )
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    with pytest.raises(StorageError, match=r"has schema 0001.*works with 0002.*store upgrade"):
        CaseStore.open()
    assert store_status(NOW).state == "older"
    done = upgrade_store()
    assert (done.before, done.after) == ("0001", "0002")
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT note FROM cases").scalar() is None
    assert CaseStore.open().load(RECORD.id).record == RECORD
    if any_database == "sqlite":
        assert done.backup is not None
        with sqlite3.connect(done.backup) as copy:
            assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
            assert copy.execute("SELECT id FROM cases").fetchone() == (str(RECORD.id),)
        copy.close()


def test_an_upgrade_that_fails_changes_nothing(
    any_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CaseStore.open()
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions" / "0002_note.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = '0002'\ndown_revision = '0001'\n"
        "def upgrade():\n    op.add_column('cases', sa.Column('note', sa.Text))\n"
        "    op.execute('SELECT * FROM nothing')\n"
    )
    with monkeypatch.context() as newer:
        newer.setattr(schema, "MIGRATIONS", migrations)
        with pytest.raises(StorageError):
            upgrade_store()
    store = CaseStore.open()
    store.save(RECORD, expected_version=None)
    with store.database.read() as connection:
        columns = schema.inspect(connection).get_columns("cases")
    assert "note" not in {column["name"] for column in columns}


def test_a_server_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_DATABASE_URL", "postgresql://dss:s3cret@127.0.0.1:1/cases")
    with pytest.raises(StorageError, match=r"dss:\*\*\*@127\.0\.0\.1:1/cases.*be reached") as said:
        CaseStore.open()
    assert "s3cret" not in str(said.value)
    assert said.value.__cause__ is None


@UNCLOSED
def test_a_wrong_password_and_a_missing_database_are_told_apart(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address, cause in (
        (postgresql.url("postgres", password="s3cret"), "the password was refused"),
        (postgresql.url("nowhere"), "there is no such database"),
    ):
        monkeypatch.setenv("DSS_DATABASE_URL", address)
        with pytest.raises(StorageError, match=cause) as said:
            CaseStore.open()
        assert "s3cret" not in str(said.value) and PASSWORD not in str(said.value)


@pytest.mark.parametrize(
    "address",
    [
        "mysql://dss:s3cret@host/cases", "sqlite:///s3cret.db", "s3cret", "postgresql://host/s3cret",
        "postgresql://dss:s3cret@host", "postgresql://dss:s3cret@host:port/cases",
        "postgresql://dss:s3cret@host/cases?sslmode=maybe",
        "postgresql://dss:s3cret@host/cases?application_name=x",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_DATABASE_URL", address)
    with pytest.raises(InputError, match="DSS_DATABASE_URL") as said:
        open_database()
    assert "s3cret" not in str(said.value)


@pytest.mark.parametrize("mode", ["disable", "prefer", "require", "verify-full"])
def test_the_encryption_of_the_address_reaches_the_driver(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_DATABASE_URL", f"postgresql://dss:x@127.0.0.1:1/cases?sslmode={mode}")
    with pytest.raises(StorageError, match="cannot be reached"), open_database().read():
        pass


@UNCLOSED
def test_a_server_without_encryption_is_refused_where_it_is_required(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_DATABASE_URL", postgresql.url("postgres") + "&sslmode=require")
    with pytest.raises(StorageError), open_database().read():
        pass

"""A backup holds the store as it was at one moment, and fills an empty one with it."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest

from dss_core.case.record import CaseRecord
from dss_core.errors import InputError
from dss_core.settings import home
from dss_core.store.backup import KIND, back_up, restore
from dss_core.store.case_store import CaseStore
from dss_core.store.sealed_zip import filled_with, write_sealed_zip
from dss_core.store.study_key import secret_file, study_key
from tests.saved_case import kept_images, opened_case, saved_record

pytestmark = pytest.mark.usefixtures("any_database")


def save_cases(n: int) -> list[CaseRecord]:
    store, records = CaseStore.open(), []
    for seed in range(n):
        opened = opened_case(seed)
        record = saved_record(opened, label=f"Case {seed}")
        store.save(record, kept_images(opened), expected_version=None)
        records.append(record)
    return records


def delete_all() -> None:
    store = CaseStore.open()
    for row in store.list():
        store.delete(UUID(row.id))


def test_a_backup_restores_records_images_and_study_keys(tmp_path: Path) -> None:
    records = save_cases(3)
    key = study_key("1.2.3")
    done = back_up(CaseStore.open(), tmp_path / "b.zip")
    assert (done.cases, done.with_images, done.without_images) == (3, 3, ())
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    delete_all()
    secret_file().unlink()
    restored = restore(tmp_path / "b.zip")
    assert (restored.cases, restored.with_images) == (3, 3)
    store = CaseStore.open()
    for seed, record in enumerate(records):
        assert store.load(record.id).record == record
        assert store.images(record.id).images.ct.digest == opened_case(seed).images.ct.digest
    assert study_key("1.2.3") == key
    assert secret_file().stat().st_mode & 0o777 == 0o600
    store.save(records[0], expected_version=1)


def test_a_store_with_cases_is_not_replaced(tmp_path: Path) -> None:
    save_cases(1)
    back_up(CaseStore.open(), tmp_path / "b.zip")
    with pytest.raises(InputError, match="holds cases"):
        restore(tmp_path / "b.zip")


def test_lost_images_are_told_and_do_not_stop_a_backup(tmp_path: Path) -> None:
    first, _ = save_cases(2)
    shutil.rmtree(home() / "cases" / str(first.id))
    done = back_up(CaseStore.open(), tmp_path / "b.zip")
    assert (done.cases, done.with_images, done.without_images) == (2, 1, (first.id,))


def test_an_altered_backup_changes_nothing(tmp_path: Path) -> None:
    save_cases(1)
    back_up(CaseStore.open(), tmp_path / "b.zip")
    delete_all()
    content = bytearray((tmp_path / "b.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"b\.zip was altered"):
        restore(tmp_path / "b.zip")
    assert CaseStore.open().list() == ()


def test_a_foreign_or_newer_backup_is_refused(tmp_path: Path, any_database: str) -> None:
    path = tmp_path / "b.zip"
    member = "cases.sqlite" if any_database == "sqlite" else "cases.pgdump"
    x = filled_with(b"x")
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[any_database]
    for database, revision, members, said in (
        (other, "0001", {member: x}, f"a backup of {other}"),
        (any_database, "0009", {member: x}, "newer version"),
        (any_database, "0001", {member: x, "cases/../../evil": x}, "members that a backup"),
        (any_database, "0001", {"study.key": x}, "lacks its database"),
    ):
        write_sealed_zip(path, KIND, members, {"database": database, "schema": revision})
        with pytest.raises(InputError, match=said):
            restore(path)


def test_without_the_client_programs_the_way_is_told(
    any_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any_database == "sqlite":
        return
    store = CaseStore.open()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="pg_dump of PostgreSQL was not found"):
        back_up(store, tmp_path / "b.zip")


def test_nothing_stays_in_the_folder_of_the_store(tmp_path: Path) -> None:
    save_cases(1)
    back_up(CaseStore.open(), tmp_path / "b.zip")
    left = {p.name for p in (home() / "store").iterdir()} - {"study.key"}
    assert all(name.startswith("cases.sqlite") for name in left)

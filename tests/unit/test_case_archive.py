"""A case as one zip: the same id and digests, and every change of the file is refused."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dss_core.case.record import Action, CaseRecord, Event, Keep
from dss_core.errors import InputError
from dss_core.reading.sources import from_paths
from dss_core.store.case_archive import KIND, export_case, import_case
from dss_core.store.case_store import CaseStore
from dss_core.store.sealed_zip import filled_with, open_sealed_zip, write_sealed_zip
from tests.saved_case import NOW, kept_images, opened_case, saved_record


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CaseStore:
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DSS_DATABASE_URL", raising=False)
    return CaseStore.open()


@pytest.fixture
def record(store: CaseStore) -> CaseRecord:
    opened = opened_case(registered=True)
    record = saved_record(opened, label="To be sent")
    store.save(record, kept_images(opened), expected_version=None)
    return record


@pytest.fixture
def archive(store: CaseStore, record: CaseRecord, tmp_path: Path) -> Path:
    path = tmp_path / "case.zip"
    assert export_case(store, record.id, path).images
    return path


def test_a_case_comes_out_with_the_id_and_digests_it_went_in_with(
    store: CaseStore, record: CaseRecord, archive: Path
) -> None:
    before = store.images(record.id)
    store.delete(record.id)
    done = import_case(store, archive, NOW)
    found = store.load(record.id).record
    assert done.new and done.record == found
    assert (found.id, found.source, found.region) == (record.id, record.source, record.region)
    assert found.history[-1].action is Action.IMPORTED
    assert found.model_copy(update={"history": record.history}) == record
    after = store.images(record.id)
    assert after.images.ct.digest == before.images.ct.digest
    assert after.images.pet.digest == before.images.pet.digest


def test_the_same_case_again_changes_nothing_and_another_content_is_refused(
    store: CaseStore, record: CaseRecord, archive: Path
) -> None:
    assert not import_case(store, archive, NOW).new
    assert store.load(record.id).version == 1
    event = Event(NOW, Action.RENAMED, "anna")
    store.save(record.after(event, label="Other"), expected_version=1)
    with pytest.raises(InputError, match="is there already with other content"):
        import_case(store, archive, NOW)
    assert store.load(record.id).record.label == "Other"


def test_a_case_past_its_time_is_kept_anew(
    store: CaseStore, record: CaseRecord, archive: Path
) -> None:
    store.delete(record.id)
    later = NOW + timedelta(days=400)
    assert import_case(store, archive, later).record.kept_until == later + timedelta(days=30)


def test_a_record_without_images_travels_alone(store: CaseStore, tmp_path: Path) -> None:
    record = saved_record(opened_case(), Keep.RECORD)
    store.save(record, expected_version=None)
    path = tmp_path / "record.zip"
    assert not export_case(store, record.id, path).images
    store.delete(record.id)
    assert import_case(store, path, NOW).record.keep is Keep.RECORD


@pytest.mark.parametrize("member", ["record.json", "images.npz"])
def test_a_changed_member_is_refused_by_name(store: CaseStore, archive: Path, member: str) -> None:
    content = archive.read_bytes()
    with zipfile.ZipFile(archive) as bundle:
        inner = bundle.read(member)
    at = content.index(inner) + len(inner) // 2
    archive.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(InputError, match=f"was altered: {member}"):
        import_case(store, archive, NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_can_be_changed_unnoticed(archive: Path, at: float, bit: int) -> None:
    content = bytearray(archive.read_bytes())
    content[int(at * len(content))] ^= 1 << bit
    altered = archive.with_name("altered.zip")
    altered.write_bytes(content)
    with pytest.raises(InputError), open_sealed_zip(altered, KIND):
        pass


def test_cut_grown_and_repacked_files_are_refused(store: CaseStore, archive: Path) -> None:
    content = archive.read_bytes()
    repacked = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(repacked, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name), zipfile.ZIP_DEFLATED)
    stored = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    changes = (
        b"", b"not a zip", content[: len(content) // 2], content + b"more", b"more" + content,
        repacked.getvalue(), stored.getvalue(),
    )  # fmt: skip
    for changed in changes:
        archive.write_bytes(changed)
        with pytest.raises(InputError, match=r"case\.zip"):
            import_case(store, archive, NOW)


def test_foreign_members_are_refused(store: CaseStore, record: CaseRecord, tmp_path: Path) -> None:
    path = tmp_path / "foreign.zip"
    json_of = filled_with(record.to_json())
    for members, said in (
        ({"record.json": json_of, "../../evil": filled_with(b"x")}, "members that a case"),
        ({"images.npz": filled_with(b"x")}, "lacks its record"),
        ({"record.json": json_of, "images.npz": filled_with(b"x")}, "damaged"),
        ({"record.json": filled_with(b"{}")}, "expected, not found"),
        ({"record.json": filled_with(json.dumps({"id": "../.."}).encode())}, "cannot be used"),
    ):
        write_sealed_zip(path, KIND, members)
        with pytest.raises(InputError, match=said):
            import_case(store, path, NOW)
    write_sealed_zip(path, "backup", {"record.json": json_of})
    with pytest.raises(InputError, match="a case archive of format 1 was expected"):
        import_case(store, path, NOW)
    assert not (tmp_path.parent / "evil").exists()


def test_images_of_another_case_in_the_archive_are_refused(
    store: CaseStore, archive: Path, tmp_path: Path
) -> None:
    other = saved_record(opened_case(7), label="Another")
    with zipfile.ZipFile(archive) as bundle:
        images = filled_with(bundle.read("images.npz"))
    path = tmp_path / "mixed.zip"
    members = {"record.json": filled_with(other.to_json()), "images.npz": images}
    write_sealed_zip(path, KIND, members)
    with pytest.raises(InputError, match="images are not those of case 'Another'"):
        import_case(store, path, NOW)


def test_a_zip_that_unpacks_to_more_than_it_says_is_refused(
    store: CaseStore, record: CaseRecord, tmp_path: Path
) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in ("ct.npy", "pet.npy", "region.npy"):
            bundle.writestr(name, bytes(50_000_000))
        bundle.writestr("images.json", bytes(2_000_000))
    path = tmp_path / "bomb.zip"
    members = {
        "record.json": filled_with(record.to_json()), "images.npz": filled_with(bomb.getvalue()),
    }  # fmt: skip
    write_sealed_zip(path, KIND, members)
    with pytest.raises(InputError, match=r"images\.npz of bomb\.zip"):
        import_case(store, path, NOW)


def test_an_exported_case_given_as_images_says_how_it_is_imported(archive: Path) -> None:
    with pytest.raises(InputError, match=r"exported case.*`nsclc-dss cases import FILE`"):
        list(from_paths([archive]))

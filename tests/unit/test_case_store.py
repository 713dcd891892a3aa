"""Saved cases on both databases: kept whole, found again, changed by one at a time, deleted."""

from datetime import timedelta
from pathlib import Path
from threading import Thread
from uuid import uuid4

import numpy as np
import pytest

from dss_core.case.record import Action, Event, Keep
from dss_core.errors import ConflictError, InputError, StorageError
from dss_core.settings import home
from dss_core.store.case_store import CaseStore
from tests.saved_case import NOW, kept_images, opened_case, saved_record

pytestmark = pytest.mark.usefixtures("any_database")


@pytest.fixture
def store() -> CaseStore:
    return CaseStore.open()


def files() -> list[Path]:
    return sorted(p for p in (home() / "cases").rglob("*") if p.is_file())


def renamed(who: str) -> Event:
    return Event(NOW + timedelta(minutes=5), Action.RENAMED, who)


def test_a_saved_case_comes_back_as_it_was(store: CaseStore) -> None:
    opened = opened_case(registered=True)
    record = saved_record(opened, label="Left upper lobe")
    saved = store.save(record, kept_images(opened), expected_version=None)
    again = CaseStore.open()
    assert again.load(record.id) == saved
    assert saved.record == record and saved.version == 1
    found = again.images(record.id)
    assert found.images.ct.digest == opened.images.ct.digest
    np.testing.assert_array_equal(found.images.ct.values_zyx, opened.images.ct.values_zyx)
    np.testing.assert_array_equal(found.images.pet.values_zyx, opened.images.pet.values_zyx)
    np.testing.assert_array_equal(found.region.roi.mask_zyx, opened.region.roi.mask_zyx)


def test_the_list_is_newest_first_and_shows_what_is_promised(store: CaseStore) -> None:
    opened = opened_case()
    old = saved_record(opened, Keep.RECORD, label="Old", now=NOW - timedelta(days=1))
    verdict = {"opinion": "accept", "reason": ""}
    new = saved_record(opened, label="NEW 50%").after(renamed("anna"), verdicts=(verdict,))
    store.save(old, expected_version=None)
    store.save(new, kept_images(opened), expected_version=None)
    first, second = store.list()
    assert (first.label, second.label) == ("NEW 50%", "Old")
    assert first.id == str(new.id) and first.weights_id == "demo"
    assert (first.egfr, first.pdl1, first.withheld) == (0.25, None, "unusual_images")
    assert (first.verdict, second.verdict) == ("accept", None)
    assert (first.kept, second.kept) == ("images", "record")
    assert first.kept_until == "2026-12-29T10:00:00.000000+00:00"
    assert store.list("new 50%") == store.list(str(new.id)[:8]) == (first,)
    assert store.list("%") == (first,) and store.list("_") == ()
    assert store.list(limit=1) == (first,)


def test_the_same_images_are_recognised(store: CaseStore) -> None:
    one, other = opened_case(1), opened_case(2)
    for opened in (one, one, other):
        store.save(saved_record(opened, Keep.RECORD), expected_version=None)
    digest = saved_record(one).source.images_digest
    assert len(store.find_by_digest(digest)) == 2
    assert store.find_by_digest("0" * 64) == ()


def test_the_second_saver_is_told_who_saved_when(store: CaseStore) -> None:
    record = saved_record(opened_case(), Keep.RECORD, label="Shared")
    opened_by_both = store.save(record, expected_version=None)
    store.save(record.after(renamed("anna"), label="A"), expected_version=opened_by_both.version)
    with pytest.raises(ConflictError, match=r"'A' was saved by anna at \d{4}-\d\d-\d\d .* UTC"):
        store.save(record.after(renamed("bert"), label="B"), expected_version=1)
    with pytest.raises(ConflictError, match="saved by anna"):
        store.save(record, expected_version=None)
    assert store.load(record.id).record.label == "A"
    assert store.load(record.id).version == 2
    store.delete(record.id)
    with pytest.raises(ConflictError, match="was deleted since you opened it"):
        store.save(record, expected_version=2)


def test_of_many_who_save_at_once_one_wins_each_version(store: CaseStore) -> None:
    record = saved_record(opened_case(), Keep.RECORD)
    store.save(record, expected_version=None)
    refused: list[str] = []

    def save_five_times(who: str) -> None:
        mine = CaseStore.open()
        for _ in range(5):
            found = mine.load(record.id)
            changed = found.record.after(renamed(who))
            try:
                mine.save(changed, expected_version=found.version)
            except ConflictError:
                refused.append(who)

    people = [Thread(target=save_five_times, args=(f"person {n}",)) for n in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    last = store.load(record.id)
    assert last.version == 1 + 20 - len(refused)
    assert len(last.record.history) == last.version


def test_a_refused_save_leaves_no_file(store: CaseStore) -> None:
    opened = opened_case()
    record = saved_record(opened)
    store.save(record, kept_images(opened), expected_version=None)
    before = files()
    with pytest.raises(ConflictError):
        store.save(record, kept_images(opened), expected_version=7)
    with pytest.raises(InputError, match="images are not those of case"):
        store.save(record, kept_images(opened_case(9)), expected_version=1)
    assert files() == before and len(before) == 1


def test_images_stay_when_the_record_changes_and_go_when_it_alone_is_kept(store: CaseStore) -> None:
    opened = opened_case()
    record = saved_record(opened)
    store.save(record, kept_images(opened), expected_version=None)
    record = record.after(renamed("anna"), label="Renamed")
    store.save(record, expected_version=1)
    assert store.images(record.id).images.ct.digest == opened.images.ct.digest
    store.save(record.after(renamed("anna"), keep=Keep.RECORD), expected_version=2)
    assert files() == []
    with pytest.raises(InputError, match="Only the record"):
        store.images(record.id)


def test_what_is_not_to_be_kept_is_not_saved(store: CaseStore) -> None:
    opened = opened_case()
    with pytest.raises(InputError, match="is not to be kept"):
        store.save(saved_record(opened, Keep.NONE), expected_version=None)
    with pytest.raises(InputError, match="not at hand"):
        store.save(saved_record(opened), expected_version=None)
    assert store.list() == () and files() == []


def test_deletion_removes_every_file_and_says_so(store: CaseStore) -> None:
    opened = opened_case()
    record = saved_record(opened, label="Unmistakable label")
    store.save(record, kept_images(opened), expected_version=None)
    (expected,) = files()
    deleted = store.delete(record.id)
    assert deleted.files == (expected,) and deleted.n_bytes > 100
    assert deleted.label == "Unmistakable label"
    assert list((home() / "cases").iterdir()) == []
    for path in (p for p in home().rglob("*") if p.is_file()):
        assert b"Unmistakable" not in path.read_bytes(), path
    for call in (store.load, store.delete, store.images):
        with pytest.raises(InputError, match="There is no saved case"):
            call(record.id)


def test_pruning_deletes_what_is_past_its_time_and_no_other(store: CaseStore) -> None:
    opened = opened_case()
    late, later = saved_record(opened, days=1), saved_record(opened, days=2)
    always = saved_record(opened, Keep.RECORD, kept_until=None)
    for record in (late, later):
        store.save(record, kept_images(opened), expected_version=None)
    store.save(always, expected_version=None)
    assert store.prune(NOW + timedelta(days=1)) == ()
    (deleted,) = store.prune(NOW + timedelta(days=1, seconds=1))
    assert deleted.id == late.id and len(deleted.files) == 1
    assert {row.id for row in store.list()} == {str(later.id), str(always.id)}


def test_a_case_whose_images_are_gone_or_altered_keeps_its_record(store: CaseStore) -> None:
    opened = opened_case()
    record = saved_record(opened)
    store.save(record, kept_images(opened), expected_version=None)
    (path,) = files()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageError, match="altered or damaged"):
        store.images(record.id)
    path.unlink()
    with pytest.raises(StorageError, match="are gone from"):
        store.images(record.id)
    assert store.load(record.id).record == record


def test_a_leftover_of_one_database_is_left_alone_by_another(
    store: CaseStore, any_database: str
) -> None:
    opened = opened_case()
    record = saved_record(opened)
    store.save(record, kept_images(opened), expected_version=None)
    folder = home() / "cases"
    (folder / f".{record.id}.other.changing").touch()
    (folder / str(record.id) / "leftover.npz").touch()
    CaseStore.open()
    assert len(files()) == 3
    (folder / f".{record.id}.{any_database}.changing").touch()
    CaseStore.open()
    assert [p.name for p in files()] == [f".{record.id}.other.changing", files()[1].name]
    assert store.images(record.id).images.ct.digest == opened.images.ct.digest


def test_an_interrupted_deletion_is_finished(store: CaseStore, any_database: str) -> None:
    case_id = uuid4()
    folder = home() / "cases" / str(case_id)
    folder.mkdir(parents=True)
    (folder / "images-0.npz").touch()
    (home() / "cases" / f".{case_id}.{any_database}.changing").touch()
    CaseStore.open()
    assert files() == []

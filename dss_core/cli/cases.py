"""`cases`: the cases that are kept on this machine."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dss_core.errors import InputError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dss_core.case.record import CaseRecord
    from dss_core.store.case_rows import Deleted
    from dss_core.store.case_store import CaseStore


def run_list(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases list`."""
    from dss_core.store.case_store import CaseStore

    if arguments.limit is not None and arguments.limit < 1:
        raise InputError(f"--limit must be 1 or more; found {arguments.limit}.")
    rows = CaseStore.open().list(arguments.search, arguments.limit)
    return {"cases": [asdict(row) for row in rows]}


def run_show(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases show`."""
    from dss_core.store.case_store import CaseStore
    from dss_core.store.rescoring import why_not_rescored

    store = CaseStore.open()
    saved = store.load(_id(arguments, store))
    shown = saved.record.model_dump(mode="json")
    shown["kept"] = shown.pop("keep")
    for picture, of in zip(shown["pictures"], saved.record.pictures, strict=True):
        picture["png"] = f"{len(of.png)} bytes"
    return shown | {
        "version": saved.version,
        "updated": saved.updated.isoformat(),
        "not_rescored": why_not_rescored(saved.record),
    }


def run_export(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases export`."""
    from dss_core.store.case_archive import export_case
    from dss_core.store.case_store import CaseStore

    store = CaseStore.open()
    done = export_case(store, _id(arguments, store), arguments.out)
    return {
        "id": str(done.id),
        "out": str(arguments.out),
        "images": done.images,
        "sha256": done.sha256,
    }


def run_import(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases import`."""
    from dss_core.store.case_archive import import_case
    from dss_core.store.case_store import CaseStore

    done = import_case(CaseStore.open(), arguments.file, datetime.now(UTC))
    record = done.record
    return {
        "id": str(record.id),
        "label": record.label,
        "new": done.new,
        "kept": record.keep,
        "kept_until": record.kept_until and record.kept_until.isoformat(),
    }


def run_delete(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases delete`."""
    from dss_core.store.case_store import CaseStore

    store = CaseStore.open()
    return {"deleted": _removed(store.delete(_id(arguments, store)))}


def run_prune(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases prune`."""
    from dss_core.store.case_store import CaseStore

    done = CaseStore.open().prune(datetime.now(UTC))
    return {"deleted": [_removed(deleted) for deleted in done]}


def run_rename(arguments: argparse.Namespace) -> dict[str, Any]:
    """`cases rename`."""
    from dss_core.case.label import check_label
    from dss_core.case.record import LOCAL_USER, Action, Event
    from dss_core.store.case_store import CaseStore

    store = CaseStore.open()
    saved = store.load(_id(arguments, store))
    headers = () if arguments.files is None else _headers(arguments.files, saved.record)
    label = check_label(arguments.label, headers)
    event = Event(datetime.now(UTC), Action.RENAMED, LOCAL_USER)
    record = saved.record.after(event, label=label)
    saved = store.save(record, expected_version=saved.version)
    return {
        "id": str(record.id),
        "label": label,
        "version": saved.version,
        "compared_with_headers": bool(headers),
    }


def _headers(files: Path, record: "CaseRecord") -> "tuple[Dataset, ...]":
    """Headers of the files of a case; refused where they are of another study."""
    from dss_core.case.label import headers_in
    from dss_core.reading.tags import text
    from dss_core.store.study_key import study_key

    headers = headers_in(files)
    keys = {study_key(text(header, "StudyInstanceUID")) for header in headers}
    if record.source.study_key not in keys:
        raise InputError(
            f"The files are of another study than case {record.label!r}, or its study is not known "
            "here. Name the files that were scored."
        )
    return headers


def _removed(deleted: "Deleted") -> dict[str, Any]:
    return {
        "id": str(deleted.id),
        "label": deleted.label,
        "record": True,
        "files": [str(path) for path in deleted.files],
        "bytes": deleted.n_bytes,
    }


def _id(arguments: argparse.Namespace, store: "CaseStore") -> UUID:
    from dss_core.cli.case_id import FEWEST, saved_case_id

    found = saved_case_id(arguments.id, store)
    if found is None:
        raise InputError(
            f"{arguments.id[:60]!r} is not the id of a case, nor the beginning of one by {FEWEST} "
            "characters or more. Take one of `cases list`."
        )
    return found

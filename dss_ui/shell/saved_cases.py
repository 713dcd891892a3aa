"""Saved cases on the pages: a scored case is kept, changed, found again and deleted here only."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING
from uuid import UUID

import streamlit as st

from dss_core.case.record import LOCAL_USER, Action, Event, Keep
from dss_core.errors import DssError
from dss_core.settings import home
from dss_core.store.case_rows import CaseRow, Deleted
from dss_core.store.case_store import CaseStore
from dss_core.store.keeping import Keeping
from dss_ui.session import transitions
from dss_ui.session.current import become, close_case, current_case, keep, kept, session
from dss_ui.session.state import Case, CaseWithoutImages

if TYPE_CHECKING:
    from dss_core.case.record import CaseRecord
    from dss_core.store.case_images import KeptImages

_PRUNE_EVERY_S = 3600.0
_NOTE, _SAME = "dss.case_note", "same images"


def store() -> CaseStore:
    """The store of this server, opened once; what is past its time is deleted every hour.

    Raises
    ------
    DssError
        If it cannot be used.
    """
    return _store(str(home()), os.environ.get("DSS_DATABASE_URL", ""))


def take_scored(case: Case) -> None:
    """Make a case that was just scored the open one, and keep it as this server keeps cases.

    What cannot be kept is said by the case bar; the scores stand.
    """
    same: tuple[CaseRow, ...] = ()
    try:
        case = _kept(case)
    except DssError as refusal:
        say_later(f"This case is not saved. {refusal}")
        case = replace(case, version=None)
    else:
        with suppress(DssError):  # saved it is, and a change of it will meet the same fault
            same = _same(case)
    become(transitions.score(session(), case))
    keep(_SAME, case.result_key, same)


def change(action: Action, **fields: object) -> None:
    """Change what is recorded of the open case, in the session and in the store.

    Raises
    ------
    DssError
        If it does not fit, or somebody else has saved the case since: then nothing is changed.
    """
    case = current_case()
    if case is None:
        return
    record = case.record.after(Event(datetime.now(UTC), action, LOCAL_USER), **fields)
    version = case.version
    if version is not None:
        version = store().save(record, expected_version=version).version
    become(transitions.amend(session(), replace(case, record=record, version=version)))


def version_now(case: CaseWithoutImages) -> int | None:
    """Version in the store now; None where another session deleted it, or its time was over.

    A store that cannot be asked has changed nothing.
    """
    with suppress(DssError):
        return store().version(case.id)
    return case.version


def kept_as(case: CaseWithoutImages) -> Keep:
    """What of the case outlasts this session."""
    return Keep.NONE if case.version is None else case.record.keep


def set_keep(wanted: Keep) -> None:
    """Keep the open case from now on as record and images, as record, or not at all.

    Raises
    ------
    DssError
        If it cannot be.
    """
    case = current_case()
    if case is None or wanted is kept_as(case):
        return
    keeping, now = Keeping.current(), datetime.now(UTC)
    until = None if wanted is Keep.NONE else keeping.until(now)
    event = Event(now, Action.KEEP_CHANGED, LOCAL_USER)
    record = case.record.after(event, keep=wanted, kept_until=until)
    if wanted is not Keep.NONE:
        record = _with_keys(record, case)
    if wanted is Keep.NONE:
        if case.version is not None:
            store().delete(case.id)
        version = None
    else:
        images = None
        if wanted is Keep.IMAGES and isinstance(case, Case):
            images = _images(case)
        version = store().save(record, images, expected_version=case.version).version
    become(transitions.amend(session(), replace(case, record=record, version=version)))


def delete(case_id: UUID) -> Deleted:
    """Delete a saved case with every file of it; the open case closes if it is this one.

    Raises
    ------
    DssError
        If it cannot be.
    """
    deleted = store().delete(case_id)
    case = current_case()
    if case is not None and case.id == case_id:
        close_case()
    return deleted


def same_images(case: CaseWithoutImages) -> tuple[CaseRow, ...]:
    """Other saved cases of the same CT and PET, as they were when this one was saved."""
    found: tuple[CaseRow, ...] = kept(_SAME, case.result_key) or ()
    return found


def _same(case: Case) -> tuple[CaseRow, ...]:
    if case.version is None:
        return ()
    found = store().find_by_digest(case.record.source.images_digest)
    return tuple(row for row in found if row.id != str(case.id))


def say_later(text: str) -> None:
    """Say something with the case bar of the next page that is drawn."""
    st.session_state[_NOTE] = text


def said_later() -> str | None:
    """What is to be said, once."""
    note: str | None = st.session_state.pop(_NOTE, None)
    return note


def say_deleted(deleted: Deleted) -> None:
    """Say with the next page what a deletion removed."""
    count = len(deleted.files)
    files = f"{count} file{'' if count == 1 else 's'} of images"
    say_later(f"Deleted {deleted.label}: its record and {files}.")


def _kept(case: Case) -> Case:
    """The case with the version that the store now has of it; as it is where none is kept."""
    if case.record.keep is Keep.NONE or case.record.source.simulated:
        return case
    images = None
    if case.record.keep is Keep.IMAGES:
        images = _images(case)
    opened, record = store(), _with_keys(case.record, case)
    saved = opened.save(record, images, expected_version=case.version)
    return replace(case, record=record, version=saved.version)


def _with_keys(record: "CaseRecord", case: CaseWithoutImages) -> "CaseRecord":
    """The record naming study and frame of reference by keys, which only a kept case needs."""
    if record.source.study_key or not isinstance(case, Case) or case.files is None:
        return record
    from dss_core.store.frame_key import frame_key
    from dss_core.store.study_key import study_key
    from dss_ui.shell.run_case import study_uid_of_files

    source = replace(
        record.source,
        study_key=study_key(study_uid_of_files(case.files)),
        frame_key=frame_key(case.images.aligned.ct.grid.frame_of_reference),
    )
    return record.model_copy(update={"source": source})


def _images(case: Case) -> "KeptImages":
    from dss_core.store.case_images import without_frames

    return without_frames(case.images.aligned, case.images.region)


@st.cache_resource(show_spinner=False, max_entries=1)
def _store(folder: str, url: str) -> CaseStore:
    """By what it depends on, so that a changed setting opens another."""
    opened = CaseStore.open()
    Thread(target=_prune, args=(opened,), daemon=True, name="prune").start()
    return opened


def _prune(opened: CaseStore) -> None:
    """Delete what is past its time, now and every hour, as long as the server runs."""
    while True:
        try:
            opened.prune(datetime.now(UTC))
        except DssError:
            pass  # the store says what is wrong with it to whoever uses it next
        sleep(_PRUNE_EVERY_S)

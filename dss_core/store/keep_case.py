"""Keeping a case that has just been scored: the way of the command line and of the dashboard."""

from dataclasses import dataclass
from datetime import datetime

from dss_core.case.key_pictures import key_pictures
from dss_core.case.make_record import record_of
from dss_core.case.open_case import OpenedCase
from dss_core.case.record import LOCAL_USER, Document, Keep
from dss_core.store.case_images import without_frames
from dss_core.store.case_rows import SavedCase
from dss_core.store.case_store import CaseStore
from dss_core.store.frame_key import frame_key
from dss_core.store.keeping import Keeping
from dss_core.store.study_key import study_key


@dataclass(frozen=True)
class NewCase:
    """A case that has just been scored.

    Attributes
    ----------
    opened : OpenedCase
    result : dict
        As `score` prints it.
    study_uid : str
        StudyInstanceUID; it is kept as a key only.
    label : str, optional
        What a person calls it, after `check_label`.
    who : str
        Who scored it.
    simulated : bool
        True for a demonstration patient.
    """

    opened: OpenedCase
    result: Document
    study_uid: str = ""
    label: str | None = None
    who: str = LOCAL_USER
    simulated: bool = False


def keep_case(store: CaseStore, new: NewCase, keeping: Keeping, now: datetime) -> SavedCase:
    """Save a case as it is to be kept.

    Raises
    ------
    InputError
        If nothing of it is to be kept.
    StorageError
    """
    record = record_of(
        new.opened,
        new.result,
        now=now,
        keep=keeping.keep,
        kept_until=keeping.until(now),
        label=new.label,
        study_key=study_key(new.study_uid),
        frame_key=frame_key(new.opened.images.ct.grid.frame_of_reference),
        who=new.who,
        simulated=new.simulated,
        pictures=key_pictures(new.opened.images, new.opened.region.roi),
    )
    images = None
    if keeping.keep is Keep.IMAGES:
        images = without_frames(new.opened.images, new.opened.region)
    return store.save(record, images, expected_version=None)

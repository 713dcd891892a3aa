"""Making a case record: from an opened and scored case to the value that is kept."""

import hashlib
from datetime import datetime
from uuid import uuid4

from dss_core.case.make_place import recorded_place
from dss_core.case.open_case import OpenedCase
from dss_core.case.record import (
    LOCAL_USER,
    Action,
    CaseRecord,
    Document,
    Event,
    Keep,
    KeyPicture,
    RegionNote,
    SourceNote,
    default_label,
)
from dss_core.reading.volume import digest_of
from dss_core.records import Roi
from dss_core.spatial.alignment import AlignedImages


def record_of(
    opened: OpenedCase,
    result: Document,
    *,
    now: datetime,
    keep: Keep,
    kept_until: datetime | None,
    label: str | None = None,
    study_key: str = "",
    frame_key: str = "",
    who: str = LOCAL_USER,
    simulated: bool = False,
    pictures: tuple[KeyPicture, ...] = (),
) -> CaseRecord:
    """The record of a case that has just been scored.

    Parameters
    ----------
    opened : OpenedCase
        What was scored.
    result : dict
        As `score` prints it.
    now : datetime
        With time zone.
    keep, kept_until
        What stays of it, and until when.
    label : str, optional
        A person's own, which `check_label` has passed; by default one that says nothing of the
        patient.
    study_key : str
        Keyed hash of StudyInstanceUID; empty where the files name no study.
    frame_key : str
        The same of the images' FrameOfReferenceUID.
    who : str
        As `Event.who`.
    simulated : bool
        True for a demonstration patient.
    pictures : tuple of KeyPicture
        As `key_pictures` draws them.

    Raises
    ------
    CohortError, StorageError
        If the cohort of the weights cannot be used.
    """
    case_id, roi = uuid4(), opened.region.roi
    return CaseRecord(
        id=case_id,
        label=label or default_label(case_id),
        created=now,
        keep=keep,
        kept_until=kept_until,
        source=SourceNote(
            ("CT", "PT"), study_key, images_digest(opened.images), simulated, frame_key
        ),
        region=RegionNote(roi.name, roi.method, "", region_digest(roi)),
        result=result,
        place=recorded_place(result),
        pictures=pictures,
        history=(Event(now, Action.SCORED, who),),
    )


def images_digest(images: AlignedImages) -> str:
    """SHA-256 over the digests of CT and PET: recognises images that were scored before."""
    return hashlib.sha256(f"{images.ct.digest}|{images.pet.digest}".encode()).hexdigest()


def region_digest(roi: Roi) -> str:
    """SHA-256 over mask and grid."""
    return digest_of(roi.mask_zyx, roi.grid, "mask")

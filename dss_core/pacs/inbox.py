"""Inbox: objects that a PACS or a scanner sends of itself, one folder for each study.

An object that was taken lies whole in `inbox/STUDY_UID/SOP_INSTANCE_UID.dcm` before its sender
is told so. The upload limits hold for each study.
"""

import filecmp
import logging
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pydicom

from dss_core.errors import ConflictError, DssError, InputError, StorageError
from dss_core.pacs.archive import UID
from dss_core.pacs.receiver import ReceivedObject, receiving
from dss_core.reading.limits import Limits
from dss_core.reading.tags import DAMAGED, text
from dss_core.storage import make_folder, sweep, writing

logger = logging.getLogger(__name__)


class Inbox:
    """A folder of received studies.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Attributes
    ----------
    objects : Counter of str
        How many objects the folder has of each study of which some came.
    refused : int
        How many objects were not taken.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        sweep(folder)
        self._folder = folder
        self._limits = Limits.current()
        self._lock = threading.Lock()
        self._n_bytes: Counter[str] = Counter()
        self.objects: Counter[str] = Counter()
        self.refused = 0

    @contextmanager
    def open(
        self, aet: str, address: str, port: int, senders: Collection[str] = ()
    ) -> Iterator[None]:
        """Receive for the time of the block; from these AE titles only, if any are named.

        Raises
        ------
        InputError
            If the port cannot be had.
        """
        with receiving(aet, address, port, self._take, lambda n_bytes: None, senders):
            yield

    def _take(self, received: ReceivedObject) -> None:
        try:
            self._keep_whole(received)
        except DssError as refusal:
            self.refused += 1
            logger.warning("An object was refused: %s", refusal)
            raise

    def _keep_whole(self, received: ReceivedObject) -> None:
        part = self._folder / f".object.{uuid4().hex}.part"
        with writing(self._folder):
            try:
                with part.open("wb") as stream:
                    received.write_to(stream)
                study_uid, uid = _identified(part)
                with self._lock:
                    self._keep(part, study_uid, uid)
            finally:
                part.unlink(missing_ok=True)

    def _keep(self, part: Path, study_uid: str, uid: str) -> None:
        folder = self._folder / study_uid
        path = folder / f"{uid}.dcm"
        if path.exists():
            if not filecmp.cmp(part, path, shallow=False):
                raise ConflictError(
                    f"The object {uid} is there with another content. Remove it, or send the "
                    "changed one with a UID of its own."
                )
            return
        if study_uid not in self._n_bytes and folder.is_dir():
            sizes = [file.stat().st_size for file in folder.iterdir()]
            self.objects[study_uid], self._n_bytes[study_uid] = len(sizes), sum(sizes)
        size = part.stat().st_size
        if (
            self.objects[study_uid] >= self._limits.max_files
            or self._n_bytes[study_uid] + size > self._limits.max_unpacked_mb * 10**6
        ):
            raise StorageError(
                f"The study is larger than {self._limits.max_files} objects (DSS_MAX_FILES) or "
                f"{self._limits.max_unpacked_mb} MB (DSS_MAX_UNPACKED_MB). Send only CT, PET and "
                "region."
            )
        folder.mkdir(exist_ok=True)
        part.replace(path)
        self.objects[study_uid] += 1
        self._n_bytes[study_uid] += size


def _identified(path: Path) -> tuple[str, str]:
    """StudyInstanceUID and SOPInstanceUID, which become names of folder and file."""
    try:
        header = pydicom.dcmread(
            path, stop_before_pixels=True, specific_tags=["StudyInstanceUID", "SOPInstanceUID"]
        )
    except DAMAGED:
        raise InputError("What was sent is no DICOM object. Export it again.") from None
    study_uid, uid = text(header, "StudyInstanceUID"), text(header, "SOPInstanceUID")
    if not (UID.fullmatch(study_uid) and UID.fullmatch(uid)):
        raise InputError(
            "What was sent has no usable StudyInstanceUID (0020,000D) or SOPInstanceUID "
            "(0008,0018). Export it again."
        )
    return study_uid, uid

"""Objects that arrive from a PACS: counted against what it announced, within the upload limits.

What arrives lies in a temporary folder, which becomes the wanted one when everything is there.
A server is not trusted: names of files are ours, every object must be DICOM of the study that was
asked for, and what goes beyond the limits ends the transfer.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pydicom

from dss_core.errors import ConflictError, InputError, PacsError
from dss_core.pacs.archive import Fetched, SeriesFound, TransferCallback, Transferred
from dss_core.reading.limits import Limits
from dss_core.reading.tags import DAMAGED, text
from dss_core.storage import make_folder, whole_folder, writing

_TELL_EVERY_S = 0.1
_TAGS = ["SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID"]


@dataclass(frozen=True)
class Announced:
    """What the PACS says it has: the series of each SOPInstanceUID."""

    study_uid: str
    instances: Mapping[str, str]


class Arriving:
    """Objects of one fetch on their way into a folder.

    Parameters
    ----------
    folder : Path
        Where they lie, one file each.
    announced : Announced
    on_progress : TransferCallback
        Called ten times a second at most; it may raise.

    Raises
    ------
    InputError
        If more objects are announced than are read.
    """

    def __init__(self, folder: Path, announced: Announced, on_progress: TransferCallback) -> None:
        self._limits = Limits.current()
        if len(announced.instances) > self._limits.max_files:
            raise InputError(
                f"The study has {len(announced.instances)} objects; at most "
                f"{self._limits.max_files} are read (DSS_MAX_FILES). Fetch only the series of CT, "
                "PET and region."
            )
        self.folder = folder
        self.n_bytes = 0
        self.size = 0
        self._announced = announced
        self._on_progress = on_progress
        self._arrived: set[str] = set()
        self._n_files = 0
        self._told = float("-inf")

    @property
    def n_objects(self) -> int:
        """Different objects that are there."""
        return len(self._arrived)

    def new_path(self) -> Path:
        """Where the next object goes."""
        self._n_files += 1
        if self._n_files > self._limits.max_files:
            raise InputError(
                f"The PACS sends more than {self._limits.max_files} objects (DSS_MAX_FILES). Fetch "
                "only the series of CT, PET and region."
            )
        return self.folder / f"{self._n_files:06d}.dcm"

    def count(self, n_bytes: int) -> None:
        """Bytes that have come."""
        self.n_bytes += n_bytes
        if self.n_bytes > self._limits.max_unpacked_mb * 10**6:
            raise InputError(
                f"The study is larger than {self._limits.max_unpacked_mb} MB "
                "(DSS_MAX_UNPACKED_MB). Fetch only the series of CT, PET and region."
            )

    def tell(self) -> None:
        """Tell the progress, if the last time is long enough ago."""
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY_S:
            self._told = now
            self._on_progress(self._progress())

    def check(self, path: Path) -> None:
        """Take a whole file in.

        Raises
        ------
        PacsError
            If it is no DICOM object of the study.
        """
        try:
            with path.open("rb") as stream:
                header = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(_TAGS))
        except DAMAGED:
            raise PacsError(
                "The PACS sends something that is no DICOM object. Nothing was kept; ask its "
                "administrator."
            ) from None
        uid, study = text(header, "SOPInstanceUID"), text(header, "StudyInstanceUID")
        if study != self._announced.study_uid or uid not in self._announced.instances:
            raise PacsError(
                "The PACS sends an object that it did not announce, or of another study. Nothing "
                "was kept; try again, or ask its administrator."
            )
        if uid in self._arrived:
            path.unlink()
            return
        self._arrived.add(uid)
        self.size += path.stat().st_size

    def check_complete(self) -> None:
        """Refuse less than was announced.

        Raises
        ------
        PacsError
        """
        lacking = len(self._announced.instances) - self.n_objects
        if lacking:
            raise PacsError(
                f"The PACS announced {len(self._announced.instances)} objects and sent "
                f"{self.n_objects}. Nothing was kept; try again."
            )
        self._on_progress(self._progress())

    def _progress(self) -> Transferred:
        return Transferred(self.n_objects, len(self._announced.instances), self.n_bytes)


@contextmanager
def arriving(
    folder: Path, announced: Announced, on_progress: TransferCallback
) -> Iterator[Arriving]:
    """A folder that is there, complete, when the block has ended; after a fault there is none.

    Raises
    ------
    InputError
        If the folder holds something, or the limits are passed.
    PacsError
        If less arrived than was announced.
    StorageError
        If it cannot be written.
    ConflictError
        If another program has made the folder meanwhile.
    """
    check_free(folder)
    make_folder(folder.parent)
    with writing(folder):
        if folder.exists():
            folder.rmdir()
    with whole_folder(folder) as part:
        own = part.stat().st_ino
        arrived = Arriving(part, announced, on_progress)
        yield arrived
        arrived.check_complete()
    with writing(folder):
        if folder.stat().st_ino != own:
            raise ConflictError(
                f"Another program has made {folder} meanwhile. Nothing was kept; name another."
            )


def check_free(folder: Path) -> None:
    """Refuse a folder that holds something, before anything is asked of a PACS.

    Raises
    ------
    InputError
    """
    with writing(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(
                f"{folder} is there and not empty; a study goes into a folder of its own. Name "
                "another."
            )


def wanted_series(
    there: Sequence[SeriesFound], asked: Collection[str], place: str
) -> tuple[str, ...]:
    """Series to fetch of those that a study has: the ones asked for, or all.

    Parameters
    ----------
    there : sequence of SeriesFound
        Of the study; none where the PACS does not have it.
    asked : collection of str
        SeriesInstanceUIDs; none for all.
    place : str
        Of the PACS, for the refusal.

    Raises
    ------
    PacsError
        If the study, or a series that is asked for, is not there.
    """
    wanted = tuple(s.series_uid for s in there if not asked or s.series_uid in asked)
    if not wanted or len(wanted) < len(set(asked)):
        what = "series" if there else "study"
        raise PacsError(f"The PACS {place} has no such {what}. Find it anew.")
    return wanted


def fetched(folder: Path, announced: Announced, arrived: Arriving) -> Fetched:
    """What lies in the folder when `arriving` has ended."""
    return Fetched(announced.study_uid, folder, arrived.n_objects, arrived.size)

"""The one state of a session, as a union of frozen states: what is open, and what waits.

A session is `Empty`, a scored `Case` or `CaseWithoutImages`, or it has files that are not scored
yet (`FilesRead`), a registration to be reviewed (`Aligning`) or a region to be drawn (`Marking`); a
case whose files these two are of stays within them. `Gone` is the case of an address that is no
longer here. `transitions` leads from one to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from dss_ui.session.chosen_files import Choice, ChosenFiles, Intake

if TYPE_CHECKING:
    from dss_core.case.case_result import CaseResult, ScoredImages
    from dss_core.case.open_case import Region
    from dss_core.case.record import CaseRecord
    from dss_core.progress import Step
    from dss_core.spatial.alignment import AlignedImages, CtAlone, ReadImages


@dataclass(frozen=True)
class CaseWithoutImages:
    """A scored case of which only the values are here.

    Attributes
    ----------
    record : CaseRecord
        Everything the case is; its `result` is the JSON of the result.
    result : CaseResult
    version : int, optional
        Of the record in the store of saved cases; None while it is not saved.
    """

    record: CaseRecord
    result: CaseResult
    version: int | None

    @property
    def id(self) -> UUID:
        """Names the case in the address and in the store."""
        return self.record.id

    @property
    def result_key(self) -> str:
        """Tells this result from that of other images, regions or weights."""
        return f"{self.result.input_digest}-{self.result.weights_sha256}"


@dataclass(frozen=True)
class Case(CaseWithoutImages):
    """A scored case with everything its pages draw from.

    Attributes
    ----------
    images : ScoredImages
    files : ChosenFiles, optional
        None where the case was kept without them.
    steps : tuple of Step
    """

    images: ScoredImages
    files: ChosenFiles | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Empty:
    """Nothing is open.

    Attributes
    ----------
    closed : UUID, optional
        The case that the user closed: the browser's back button leads to its pages again.
    """

    closed: UUID | None = None


@dataclass(frozen=True)
class Gone:
    """The address names a case that is not here; no other takes its place.

    Attributes
    ----------
    case_id : str
        As the address says.
    reason : str
        Why it is not here, and what to do.
    """

    case_id: str
    reason: str


@dataclass(frozen=True)
class FilesRead:
    """Uploaded files that are not scored yet; they took the place of the case before them."""

    intake: Intake


CaseSource = FilesRead | Case
"""What series are chosen from: new files, or those of the scored case."""


def files_of(source: CaseSource) -> Intake:
    """The files that series are chosen from.

    Raises
    ------
    ValueError
        If the case was kept without its files.
    """
    if isinstance(source, FilesRead):
        return source.intake
    if source.files is None:
        raise ValueError("Expected the files of the case, found none. Read them again.")
    return source.files.intake


@dataclass(frozen=True)
class Aligning:
    """A registration of one choice of series, to be accepted or rejected.

    Attributes
    ----------
    source, choice
        What it was made for.
    before, after
        The images as read, and with the PET registered to the CT.
    region : Region, optional
        On the CT grid, as it will be scored; None exactly when the choice names none.
    steps : tuple of Step
        Done so far.

    Raises
    ------
    ValueError
        If the images are not registered, or region and choice differ in having a region.
    """

    source: CaseSource
    choice: Choice
    before: ReadImages
    after: AlignedImages
    region: Region | None
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if self.after.registration is None:
            raise ValueError("Expected registered images, found none. Register them first.")
        if (self.region is None) != (self.choice.region_index is None):
            raise ValueError(
                f"Expected a region exactly when the choice names one, found {self.region} for "
                f"choice {self.choice.region_index}."
            )

    @property
    def intake(self) -> Intake:
        """The files."""
        return files_of(self.source)


@dataclass(frozen=True)
class Marking:
    """Images that are open and have no region yet: it is to be drawn.

    Attributes
    ----------
    source : FilesRead, Case or Aligning
        What the images come from; the registration, where one was accepted.
    choice : Choice
        Names no region.
    images : AlignedImages
        In one space.
    steps : tuple of Step
        Done so far.

    Raises
    ------
    ValueError
        If the choice names a region.
    """

    source: CaseSource | Aligning
    choice: Choice
    images: AlignedImages
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if self.choice.region_index is not None:
            raise ValueError(
                f"Expected a region to be drawn, found choice {self.choice.region_index}."
            )

    @property
    def intake(self) -> Intake:
        """The files."""
        return self.source.intake if isinstance(self.source, Aligning) else files_of(self.source)


@dataclass(frozen=True)
class CtOpened:
    """A CT that is open without a PET: looked at and measured, not scored.

    Attributes
    ----------
    source : FilesRead
        What it comes from.
    ct_uid : str
        As in a choice.
    images : CtAlone
    """

    source: FilesRead
    ct_uid: str
    images: CtAlone


Session = Empty | Gone | FilesRead | CtOpened | Aligning | Marking | CaseWithoutImages
"""`Case` is a `CaseWithoutImages` that has them."""


def images_key(images: AlignedImages | CtAlone) -> str:
    """Tells these images from others, whatever region is drawn on them."""
    from dss_core.spatial.alignment import CtAlone

    pet = "" if isinstance(images, CtAlone) else images.pet.digest
    return f"{images.ct.digest}-{pet}"


def last_scored(session: Session) -> CaseWithoutImages | None:
    """The case that is open, also while its registration or region is made anew."""
    match session:
        case CaseWithoutImages():
            return session
        case Aligning() | Marking():
            return last_scored(session.source)
        case _:
            return None


def source_of(session: Session) -> CaseSource | None:
    """What the Images page shows first: files that wait for scoring, else the case."""
    match session:
        case Case() | FilesRead():
            return session
        case Aligning() | Marking() | CtOpened():
            return source_of(session.source)
        case _:
            return None


def registration_of(session: Session, choice: Choice) -> Aligning | None:
    """The registration proposed for this choice, if there is one, accepted or not."""
    found = session.source if isinstance(session, Marking) else session
    return found if isinstance(found, Aligning) and found.choice == choice else None


def drawn_on(session: Session) -> Marking | Case | None:
    """What the Images page shows: images that wait for a region, else the case if it has them."""
    if isinstance(session, Marking):
        return session
    case = last_scored(session)
    return case if isinstance(case, Case) else None


def chosen_files(case: Marking | Case) -> ChosenFiles | None:
    """The files of the case and what was taken of them; None where it was kept without them."""
    return case.files if isinstance(case, Case) else ChosenFiles(case.intake, case.choice)


def images_of(case: Marking | Case | CtOpened) -> AlignedImages | CtAlone:
    """What the viewer shows."""
    return case.images if isinstance(case, CtOpened) else aligned_of(case)


def aligned_of(case: Marking | Case) -> AlignedImages:
    """The images that a region is drawn on."""
    return case.images.aligned if isinstance(case, Case) else case.images

"""What a session knows: one typed case, and one draft of files not scored yet.

Both live in Streamlit's session state only, so patient data end with the session.
"""

import gc
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

import streamlit as st

from dss_core.case.case_result import CaseResult
from dss_core.case.open_case import Region
from dss_core.progress import Step
from dss_core.reading.inventory import Inventory
from dss_core.reading.series_choice import Image
from dss_core.reading.volume_files import PetUnit
from dss_core.reading.volume_roles import Role, VolumeLook
from dss_core.regions.region_files import RegionSource
from dss_core.spatial.alignment import AlignedImages, ReadImages

_PROPOSAL, _OPENED = "dss.proposal", "dss.opened"
_CASE, _DRAFT, _EMPTIED, _ROUND = "dss.case", "dss.draft", "dss.emptied", "dss.round"
MARKED = -1
"""In place of a region's index: it is marked in the browser."""
_WEIGHTS, DEFAULT_WEIGHTS = "dss.weights", "demo"


class Origin(StrEnum):
    """Where a case came from, in the words shown for it."""

    DEMO = "Simulated demo case"
    UPLOAD = "Uploaded case"


@dataclass(frozen=True)
class Intake:
    """Files that were read, before any choice.

    Attributes
    ----------
    regions : tuple of Contours or LabelMask
        Of all region files; empty when there is none.
    looks : tuple of VolumeLook
        The NIfTI, NRRD and MHA files.
    key : str
        Tells this intake from every other, for the keys of its widgets.
    """

    origin: Origin
    inventory: Inventory
    regions: tuple[RegionSource, ...]
    looks: tuple[VolumeLook, ...] = ()
    key: str = field(default_factory=lambda: uuid4().hex)

    def images(self, role: Role) -> tuple[Image, ...]:
        """What may be the CT or the PET: series of that modality, then volume files."""
        files = [
            look.as_image(role, f"file {n}")
            for n, look in enumerate(self.looks, start=1)
            if look.role is not Role.REGION
        ]
        return (*self.inventory.of_modality(role.value), *files)


@dataclass(frozen=True)
class Choice:
    """Which CT, PET and region are taken.

    Attributes
    ----------
    ct_uid, pet_uid : str
        SeriesInstanceUIDs, or "file N" for a volume file.
    region_index : int
        Place in `Intake.regions`; `MARKED` when the files hold no region.
    pet_unit : PetUnit, optional
        What the user says of the numbers of a PET in a volume file.
    """

    ct_uid: str
    pet_uid: str
    region_index: int
    pet_unit: PetUnit | None = None


@dataclass(frozen=True)
class Case:
    """A scored case with everything its pages draw from."""

    intake: Intake
    choice: Choice
    images: AlignedImages
    region: Region
    result: CaseResult
    steps: tuple[Step, ...]

    @property
    def origin(self) -> Origin:
        """Demo or upload."""
        return self.intake.origin


@dataclass(frozen=True)
class Proposal:
    """A registration that waits for the user's word.

        Attributes
        ----------
        intake, choice
            What it was made for.
    x
        region : Region, optional
            On the CT grid, as it will be scored; None if it is still to be marked.
        steps : tuple of Step
            Done so far.
    """

    intake: Intake
    choice: Choice
    before: ReadImages
    after: AlignedImages
    region: Region | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Opened:
    """Images that were read and have no region yet: it is marked in the browser.

    Attributes
    ----------
    intake, choice
        What they were read from; the choice names no region.
    images : AlignedImages
        In one space.
    steps : tuple of Step
        Done so far.
    """

    intake: Intake
    choice: Choice
    images: AlignedImages
    steps: tuple[Step, ...]


def current_case() -> Case | None:
    """The scored case of this session."""
    case: Case | None = st.session_state.get(_CASE)
    return case


def active_weights() -> str:
    """Id of the weights bundle that scores in this session."""
    return str(st.session_state.get(_WEIGHTS, DEFAULT_WEIGHTS))


def set_active_weights(name: str) -> None:
    """Score with another bundle from now on."""
    st.session_state[_WEIGHTS] = name


def current_result() -> CaseResult | None:
    """The result of the scored case, for pages that need no image."""
    case = current_case()
    return case.result if case else None


def set_case(case: Case) -> None:
    """Make a scored case the session's; its draft is done with."""
    before = st.session_state.get(_CASE)
    st.session_state[_CASE] = case
    set_draft(None)
    st.session_state.pop(_EMPTIED, None)
    if before is not None and before.images is not case.images:
        del before
        gc.collect()


def clear_case() -> None:
    """Forget case and draft; the demo case does not come back by itself."""
    st.session_state.pop(_CASE, None)
    st.session_state[_EMPTIED] = True
    forget_uploads()
    gc.collect()


def forget_uploads() -> None:
    """Forget the draft and the uploaded files behind it."""
    set_draft(None)
    st.session_state[_ROUND] = uploads_round() + 1


def uploads_round() -> int:
    """Part of the uploaders' keys: a new round is an empty uploader."""
    return int(st.session_state.get(_ROUND, 0))


def was_emptied() -> bool:
    """True after the user removed the case."""
    return bool(st.session_state.get(_EMPTIED))


def current_draft() -> Intake | None:
    """Uploaded files that are not scored yet."""
    draft: Intake | None = st.session_state.get(_DRAFT)
    return draft


def set_draft(draft: Intake | None) -> None:
    """Keep uploaded files for scoring; None forgets them."""
    set_proposal(None)
    set_opened(None)
    if draft is None:
        st.session_state.pop(_DRAFT, None)
    else:
        st.session_state[_DRAFT] = draft


def current_opened() -> Opened | None:
    """Images that wait for a region to be marked."""
    opened: Opened | None = st.session_state.get(_OPENED)
    return opened


def set_opened(opened: Opened | None) -> None:
    """Keep images for marking; None forgets them."""
    if opened is None:
        st.session_state.pop(_OPENED, None)
    else:
        st.session_state[_OPENED] = opened


def current_proposal(intake: Intake, choice: Choice) -> Proposal | None:
    """The registration proposed for this choice, if there is one."""
    found: Proposal | None = st.session_state.get(_PROPOSAL)
    fits = found is not None and found.intake.key == intake.key and found.choice == choice
    return found if fits else None


def set_proposal(proposal: Proposal | None) -> None:
    """Keep a proposed registration; None forgets it."""
    if proposal is None:
        st.session_state.pop(_PROPOSAL, None)
    else:
        st.session_state[_PROPOSAL] = proposal

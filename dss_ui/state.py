"""What a session knows: one typed case, and one draft of files not scored yet.

Both live in Streamlit's session state only, so patient data end with the session.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

import streamlit as st

from dss_core.pipeline import CaseResult, Images, Region, Step
from dss_core.preprocessing.dicom import Inventory
from dss_core.preprocessing.region_files import AnyRegion

_CASE, _DRAFT, _EMPTIED, _ROUND = "dss.case", "dss.draft", "dss.emptied", "dss.round"
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
    key : str
        Tells this intake from every other, for the keys of its widgets.
    """

    origin: Origin
    inventory: Inventory
    regions: tuple[AnyRegion, ...]
    key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class Choice:
    """Which CT, PET and region are taken: SeriesInstanceUIDs and a place in `Intake.regions`."""

    ct_uid: str
    pet_uid: str
    region_index: int


@dataclass(frozen=True)
class Case:
    """A scored case with everything its pages draw from."""

    intake: Intake
    choice: Choice
    images: Images
    region: Region
    result: CaseResult
    steps: tuple[Step, ...]

    @property
    def origin(self) -> Origin:
        """Demo or upload."""
        return self.intake.origin


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
    st.session_state[_CASE] = case
    st.session_state.pop(_DRAFT, None)
    st.session_state.pop(_EMPTIED, None)


def clear_case() -> None:
    """Forget case and draft; the demo case does not come back by itself."""
    st.session_state.pop(_CASE, None)
    st.session_state[_EMPTIED] = True
    forget_uploads()


def forget_uploads() -> None:
    """Forget the draft and the uploaded files behind it."""
    st.session_state.pop(_DRAFT, None)
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
    if draft is None:
        st.session_state.pop(_DRAFT, None)
    else:
        st.session_state[_DRAFT] = draft

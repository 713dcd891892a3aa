"""Case record: everything a case is without its images, as one value.

Pages, downloads, the store of saved cases and every export draw from it. It holds no identifier of
the patient: the study is named by a key that only this installation can make, the label is chosen
by a person and refused where it names the patient (`dss_core.case.label`).
"""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID, uuid4

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
)
from pydantic.dataclasses import dataclass

from dss_core import __version__
from dss_core.errors import InputError
from dss_core.reading.strict_json import read_json, refusal
from dss_core.settings import EXACT

FORMAT = 1
"""Number of this form of a record; a record of another form is refused. A new field that records
without it can do without has a default, and no new number."""
_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
LOCAL_USER = "local user"
"""Who did something where nobody logs in."""
Document = dict[str, JsonValue]
"""What a command prints, as it was printed."""
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Keep(StrEnum):
    """What of a case stays on the server after its session."""

    NONE = "none"
    RECORD = "record"
    IMAGES = "images"


class Action(StrEnum):
    """What was done to a case."""

    SCORED = "scored"
    RESCORED = "rescored"
    RENAMED = "renamed"
    REGION_CHANGED = "region changed"
    FACTS_CHANGED = "patient facts changed"
    ASSESSED = "assessed"
    PICTURE_CHOSEN = "key picture chosen"
    KEEP_CHANGED = "keeping changed"
    IMPORTED = "imported"


@dataclass(frozen=True, config=EXACT)
class Event:
    """One line of a case's history.

    Attributes
    ----------
    at : datetime
        With time zone.
    who : str
        Who did it: a person's id on this server, or "local user" without login.
    version : str
        Of the software.
    """

    at: AwareDatetime
    action: Action
    who: str
    version: str = __version__

    @property
    def of(self) -> tuple[Action, str]:
        """What was done, and by whom."""
        return self.action, self.who


_RUNS = (Action.FACTS_CHANGED, Action.PICTURE_CHOSEN)
"""Actions of which one line, that of the last, stands for many in a row by one person."""


@dataclass(frozen=True, config=EXACT)
class SourceNote:
    """Where the images came from, without an identifier.

    Attributes
    ----------
    modalities : tuple of str
        E.g. ("CT", "PT").
    study_key : str
        Keyed hash of StudyInstanceUID: equal for one study on one installation, and meaningless
        anywhere else; empty where the files name no study.
    images_digest : str
        SHA-256 over the digests of CT and PET, to recognise images that were scored before.
    simulated : bool
        True for a demonstration patient.
    frame_key : str
        The same of the images' FrameOfReferenceUID, with a mark of the installation; empty where
        they state none, and in records from before it was kept.
    """

    modalities: tuple[str, ...]
    study_key: str
    images_digest: Sha256
    simulated: bool = False
    frame_key: str = ""


@dataclass(frozen=True, config=EXACT)
class RegionNote:
    """The region that was scored; its mask is kept with the images.

    Attributes
    ----------
    method : str
        How it was drawn, in words; empty where the file does not say.
    author : str
        Who drew or accepted it, as `Event.who`; empty where it came with the files.
    digest : str
        SHA-256 of mask and grid.
    """

    name: str
    method: str
    author: str
    digest: Sha256


@dataclass(frozen=True, config=EXACT | _BYTES)
class KeyPicture:
    """A picture of the case as it is shown to others.

    Attributes
    ----------
    name : str
        "ct", "pet", "fusion" or "attention".
    caption : str
        What is seen, with window and slice.
    alt : str
        The same for who cannot see it.
    png : bytes
        base64 in JSON.
    """

    name: str
    caption: str
    alt: str
    png: bytes


class CaseRecord(BaseModel):
    """Everything a case is without its images.

    Attributes
    ----------
    result : dict
        As `score` prints it.
    patient : dict
        Patient file, as `decide` reads it; empty where nothing is recorded.
    decision : dict, optional
        As `decide` prints it.
    place : dict, optional
        Position among past patients.
    verdicts : tuple of dict
        The clinicians' assessments, oldest first.
    kept_until : datetime, optional
        When it is deleted; None where it is not kept by time.
    """

    model_config = ConfigDict(frozen=True, **EXACT, **_BYTES)

    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)] = FORMAT
    id: UUID = Field(default_factory=uuid4)
    label: Label
    created: AwareDatetime
    keep: Keep
    kept_until: AwareDatetime | None
    source: SourceNote
    region: RegionNote
    result: Document
    patient: Document = Field(default_factory=dict)
    decision: Document | None = None
    place: Document | None = None
    verdicts: tuple[Document, ...] = ()
    pictures: tuple[KeyPicture, ...] = ()
    history: tuple[Event, ...] = ()

    @property
    def assessment(self) -> Document | None:
        """The last assessment of the case; one of scores tried by hand is of no case."""
        own = (one for one in reversed(self.verdicts) if one.get("what_if") is not True)
        return next(own, None)

    def after(self, event: Event, **changes: object) -> Self:
        """The record with these fields changed, and the change in its history.

        Raises
        ------
        InputError
            If a changed field does not fit.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        past = self.history
        if past and event.action in _RUNS and (past[-1].action, past[-1].who) == event.of:
            past = past[:-1]
        try:
            return type(self)(**(values | changes | {"history": (*past, event)}))
        except ValidationError as fault:
            raise refusal(fault, "The case record", InputError, "Change it.") from fault

    def to_json(self) -> bytes:
        """The record as UTF-8 JSON, equal bytes for equal records."""
        return self.model_dump_json().encode()


def record_from_json(content: bytes, what: str = "The case record") -> CaseRecord:
    """A record from its JSON.

    Raises
    ------
    InputError
        If it is not JSON or not a record of this form; names every field that does not fit.
    """
    read_json(content, what, InputError)
    try:
        return CaseRecord.model_validate_json(content)
    except ValidationError as fault:
        advice = "Take a file that this program wrote."
        raise refusal(fault, what, InputError, advice) from fault


def default_label(case_id: UUID) -> str:
    """What a case is called until a person names it: says nothing of the patient."""
    return f"Case {case_id.hex[:6]}"

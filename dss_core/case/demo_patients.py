"""The demonstration patients that come with the program, all simulated.

Their records are read in milliseconds; their images are simulated when they are asked for, and
give the same result again when they are scored with the weights of the record.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from dss_core.case.demo_stories import INDETERMINATE, STORIES, DemoStory
from dss_core.case.record import CaseRecord, record_from_json
from dss_core.errors import InputError

if TYPE_CHECKING:
    from dss_core.reading.inventory import Progress

RECORDS = Path(__file__).with_name("demo_records")
"""One record for each story, named by it."""
FIRST = INDETERMINATE.name
"""Name of the patient that is written and opened where none is named."""
_NAMESPACE = UUID("6f0c2a5e-5d0f-4c39-9a0e-0b8d1c6f2020")


@dataclass(frozen=True)
class DemoPatient:
    """A demonstration patient.

    Attributes
    ----------
    name : str
        For commands and files.
    title : str
        Names the patient as simulated.
    story : str
        One plain sentence.
    record : CaseRecord
        As scored with the shipped demo weights, with key pictures.
    """

    name: str
    title: str
    story: str
    record: CaseRecord


@cache
def demo_patients() -> tuple[DemoPatient, ...]:
    """All of them, in the order in which they are shown."""
    return tuple(_read(story) for story in STORIES)


def demo_patient(case_id: UUID) -> DemoPatient | None:
    """The demonstration patient with this case id."""
    return next((p for p in demo_patients() if p.record.id == case_id), None)


def demo_case_id(name: str) -> UUID:
    """Case id of a demonstration patient: the same on every installation."""
    return uuid5(_NAMESPACE, name)


def story_named(name: str) -> DemoStory:
    """What is put into the patient of this name.

    Raises
    ------
    InputError
        If there is none.
    """
    for story in STORIES:
        if story.name == name:
            return story
    known = ", ".join(story.name for story in STORIES)
    raise InputError(f"There is no demo patient {name!r}; choose one of {known}.")


def write_demo_patient(name: str, folder: Path, progress: "Progress | None" = None) -> None:
    """Simulate the images of a patient and write them as DICOM.

    Parameters
    ----------
    folder : Path
        Created if absent; gets CT/, PET/ and RTSTRUCT.dcm, the same bytes every time.
    progress : callable, optional
        Called with (slices written, slices in all).

    Raises
    ------
    InputError
        If there is no such patient.
    """
    from dss_core.phantom.demo_case import write_demo_case  # the records need no simulation

    write_demo_case(folder, story_named(name).subject, progress=progress)


def _read(story: DemoStory) -> DemoPatient:
    content = (RECORDS / f"{story.name}.json").read_bytes()
    record = record_from_json(content, f"The record of the demo patient {story.name!r}")
    return DemoPatient(story.name, story.title, story.story, record)

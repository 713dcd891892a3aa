"""Small values for the states of a session: they only have the parts that transitions read."""

from itertools import count
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

from dss_core.case.case_result import CaseResult, ScoredImages
from dss_core.case.open_case import Region
from dss_core.case.record import CaseRecord
from dss_core.reading.inventory import Inventory
from dss_core.records import Volume
from dss_core.spatial.alignment import AlignedImages, CtAlone, ReadImages
from dss_ui.session.chosen_files import Choice, ChosenFiles, Intake
from dss_ui.session.state import (
    Aligning,
    Case,
    CaseSource,
    CaseWithoutImages,
    CtOpened,
    FilesRead,
    Marking,
)

DRAWN = Choice("ct", "pet", None)
FROM_FILE = Choice("ct", "pet", 0)
REGION = cast(Region, object())
_numbers = count()


def intake() -> Intake:
    """Files that nothing else has."""
    return Intake(cast(Inventory, object()), ())


def images(registered: bool = False) -> AlignedImages:
    """Images with digests of their own."""
    ct, pet = (SimpleNamespace(digest=f"image {next(_numbers)}") for _ in range(2))
    moved = object() if registered else None
    return cast(AlignedImages, SimpleNamespace(ct=ct, pet=pet, registration=moved))


def case(files: Intake | None = None) -> Case:
    """A scored case, of these files or of its own."""
    parts = SimpleNamespace(input_digest=f"case {next(_numbers)}", weights_sha256="weights")
    result = cast(CaseResult, parts)
    scored = cast(ScoredImages, SimpleNamespace(aligned=images(), region=REGION))
    taken = ChosenFiles(files or intake(), FROM_FILE)
    return Case(record(), result, None, scored, taken, ())


def record() -> CaseRecord:
    """A record with an id of its own."""
    return cast(CaseRecord, SimpleNamespace(id=uuid4(), label="A case"))


def without_images(of: Case) -> CaseWithoutImages:
    """The same case, of which only the values are here."""
    return CaseWithoutImages(of.record, of.result, of.version)


def registration(source: CaseSource, choice: Choice = FROM_FILE) -> Aligning:
    """A registration for one choice."""
    region = None if choice.region_index is None else REGION
    return Aligning(source, choice, cast(ReadImages, object()), images(True), region, ())


def ct_opened(source: FilesRead) -> CtOpened:
    """A CT without a PET."""
    ct = cast(Volume, SimpleNamespace(digest=f"image {next(_numbers)}"))
    return CtOpened(source, "ct", CtAlone(ct))


def opened(source: CaseSource) -> Marking:
    """Images without a region."""
    return Marking(source, DRAWN, images(), ())

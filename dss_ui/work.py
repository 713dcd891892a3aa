"""A case's way through the core, with its steps on the screen."""

import time
from collections.abc import Iterable
from dataclasses import replace

from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_status_container import StatusContainer

from dss_core.errors import InputError
from dss_core.pipeline import (
    Step,
    load_images,
    propose_series,
    read_regions,
    score_case,
    take_region,
)
from dss_core.preprocessing.dicom import Series, take_inventory
from dss_core.preprocessing.region_files import AnyRegion, choose_region
from dss_core.preprocessing.sources import Source, from_paths
from dss_core.preprocessing.volume_files import FileImage
from dss_core.scoring.score import require_scoring
from dss_core.scoring.weights import Bundle
from dss_ui.cache import Shelf, bundle, shelf
from dss_ui.demo import demo_folder
from dss_ui.messages import plain
from dss_ui.state import Case, Choice, Intake, Origin
from dss_ui.words import STEPS, step_text


class Progress:
    """Writes each finished step into a status box and names the next one."""

    def __init__(self, status: StatusContainer) -> None:
        self.status = status
        self.steps: list[Step] = []
        self._started = time.perf_counter()
        status.update(label=step_text(1, next(iter(STEPS))))

    def tell(self, step: Step) -> None:
        """A listener of the pipeline."""
        self.steps.append(step)
        self.status.markdown(step_line(step))
        names = list(STEPS)
        if len(self.steps) < len(names):
            self.status.update(label=step_text(len(self.steps) + 1, names[len(self.steps)]))

    def done(self) -> None:
        """Close the box with the total time."""
        seconds = time.perf_counter() - self._started
        self.status.update(label=f"Scored in {seconds:.1f} s", state="complete", expanded=False)


def step_line(step: Step) -> str:
    """One finished step as markdown."""
    return f":material/check: **{STEPS[step.name]}** · {plain(step.detail)} · {step.seconds:.2f} s"


def read_intake(origin: Origin, sources: Iterable[Source]) -> Intake:
    """Sort files into series and regions.

    Raises
    ------
    InputError
        If there is no file, or a structure set cannot be read.
    """
    inventory = take_inventory(sources)
    has_images = inventory.of_modality("CT") and inventory.of_modality("PT")
    files = inventory.region_files if has_images else inventory.structure_sets
    regions = read_regions(files) if files else ()
    return Intake(origin, inventory, regions)


def propose(intake: Intake) -> Choice:
    """The obvious CT, PET and region.

    Raises
    ------
    InputError
        If one of them is missing: the first that is, in the order CT, PET, region.
    """
    ct = propose_series(intake.inventory, "CT")
    pet = propose_series(intake.inventory, "PT")
    if isinstance(ct, FileImage) or isinstance(pet, FileImage):
        raise InputError(
            "A NIfTI, NRRD or MHA file was given as CT or PET; the dashboard reads both from "
            "DICOM series. Add the series, or score the files on the command line."
        )
    if not intake.regions:
        read_regions(intake.inventory.structure_sets)
    return Choice(ct.uid, pet.uid, _proposed_region(intake.regions))


def score(intake: Intake, choice: Choice, weights: Bundle, status: StatusContainer) -> Case:
    """The whole way of a case, told step by step.

    Raises
    ------
    DssError
        Whatever the pipeline refuses.
    """
    progress = Progress(status)
    images = load_images(
        series_of(intake, choice.ct_uid), series_of(intake, choice.pet_uid), progress.tell
    )
    regions = intake.regions
    if choice.region_index != _proposed_region(regions):
        regions = (regions[choice.region_index],)
    region = take_region(regions, None, images, progress.tell)
    result = score_case(images, region, weights, progress.tell)
    progress.done()
    return Case(intake, choice, images, region, result, tuple(progress.steps))


def rescore(case: Case, weights: Bundle) -> Case:
    """A scored case by other weights: its images and region stay as they are.

    Raises
    ------
    DssError
        The networks cannot score it.
    """
    steps: list[Step] = []
    result = score_case(case.images, case.region, weights, steps.append)
    made_anew = {step.name for step in steps}
    kept = [step for step in case.steps if step.name not in made_anew]
    return replace(case, result=result, steps=(*kept, *steps))


def series_of(intake: Intake, uid: str) -> Series:
    """The series with a SeriesInstanceUID."""
    return next(s for s in intake.inventory.series if s.uid == uid)


def load_demo(place: DeltaGenerator) -> Case:
    """The scored demo case, made on the first visit and then shared by all sessions.

    Parameters
    ----------
    place : DeltaGenerator
        An empty element for the progress; empty again at the end.

    Raises
    ------
    DssError
        If weights or files cannot be used.
    """
    weights, kept = bundle(), shelf()
    if weights.sha256 not in kept.cases:
        status = place.status("Simulating the demo PET/CT scan (first start only)", expanded=True)
        with kept.lock:
            if weights.sha256 not in kept.cases:
                kept.put(weights.sha256, _demo(weights, kept, status))
        place.empty()
    return kept.cases[weights.sha256]


def _demo(weights: Bundle, kept: Shelf, status: StatusContainer) -> Case:
    """The demo case by these weights, from its images if other weights scored it before."""
    if kept.cases:
        return rescore(next(iter(kept.cases.values())), weights)
    require_scoring(weights)
    intake = read_intake(Origin.DEMO, from_paths([demo_folder()]))
    return score(intake, propose(intake), weights, status)


def _proposed_region(regions: tuple[AnyRegion, ...]) -> int:
    """Place of the most tumour-like region; one without contours is refused when it is taken."""
    try:
        chosen, _ = choose_region(regions, None)
    except InputError:
        return 0
    return next(i for i, region in enumerate(regions) if region is chosen)

"""A case's way through the core, with its steps on the screen."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from pydicom.dataset import Dataset
from streamlit.elements.lib.mutable_status_container import StatusContainer

from dss_core.bundles.bundle import Bundle
from dss_core.case.case_files import CaseSeries, ImageSeries, read_regions
from dss_core.case.case_result import ScoredCase
from dss_core.case.key_pictures import MAP, key_pictures
from dss_core.case.label import headers_of, study_uid_of
from dss_core.case.make_place import recorded_place
from dss_core.case.make_record import record_of, region_digest
from dss_core.case.open_case import (
    OpenedCase,
    Region,
    open_case,
    open_images,
    read_images,
    register_images,
    take_region,
)
from dss_core.case.record import LOCAL_USER, Action, Event, Keep, RegionNote
from dss_core.case.report import as_json
from dss_core.case.score_case import score_case
from dss_core.exports.recorded_decision import recorded_decision
from dss_core.progress import ProgressCallback, Step, no_progress
from dss_core.reading.inventory import Progress as Counter
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import Image
from dss_core.reading.sources import Source
from dss_core.reading.volume_files import FileImage, PetUnit
from dss_core.reading.volume_roles import Role, look_inside
from dss_core.regions.region_files import RegionSource
from dss_core.store.keeping import Keeping
from dss_ui.session.chosen_files import Choice, ChosenFiles, Intake
from dss_ui.session.state import Aligning, Case, CaseSource, CaseWithoutImages, Marking, files_of
from dss_ui.shell.proposal import proposed_region
from dss_ui.shell.recalibrations import stored
from dss_ui.shell.run_progress import Progress, steps_after


def read_intake(sources: Iterable[Source], progress: Counter | None = None) -> Intake:
    """Sort files into series, volume files and regions.

    Raises
    ------
    InputError, GeometryError
        If there is no file, or a structure set or volume file cannot be read.
    """
    inventory = take_inventory(sources, progress)
    looks = tuple(look_inside(file) for file in inventory.volume_files)
    masks = [look.file.source for look in looks if look.role is Role.REGION]
    files = (*inventory.structure_sets, *masks)
    return Intake(inventory, read_regions(files) if files else (), looks)


def open_for_marking(source: CaseSource, choice: Choice, status: StatusContainer) -> Marking:
    """Read the images to draw the region on; nothing is scored.

    Raises
    ------
    DssError
        Whatever the pipeline refuses.
    """
    progress = Progress(status)
    images = open_images(_images(files_of(source), choice), progress.on_step, progress.count)
    progress.done("Opened")
    return Marking(source, choice, images, tuple(progress.steps))


def needs_registration(intake: Intake, choice: Choice) -> bool:
    """True when CT and PET name different frames of reference."""
    ct, pet = image_of(intake, choice, Role.CT), image_of(intake, choice, Role.PET)
    frames = {ct.frame_of_reference, pet.frame_of_reference} - {""}
    return len(frames) > 1


def score(
    intake: Intake,
    choice: Choice,
    weights: Bundle,
    status: StatusContainer,
    again: Case | None = None,
) -> Case:
    """The whole way of a case whose images lie in one space, step by step.

    Parameters
    ----------
    again : Case, optional
        The case of these files, which stays the same case; a new one without it.

    Raises
    ------
    DssError
        Whatever the pipeline refuses.
    """
    progress = Progress(status)
    opened = open_chosen(ChosenFiles(intake, choice), progress.on_step, progress.count)
    result = score_case(opened.images, opened.region, weights, progress.on_step)
    progress.done("Scored")
    if again is not None:
        return scored_again(again, result, Action.RESCORED, progress.steps)
    return case_of(ChosenFiles(intake, choice), result, progress.steps)


def open_chosen(
    files: ChosenFiles, on_step: ProgressCallback = no_progress, progress: Counter | None = None
) -> OpenedCase:
    """Images and region of files as they were chosen.

    Raises
    ------
    DssError
        Whatever the pipeline refuses.
    """
    intake, choice = files.intake, files.choice
    regions, name = _regions(intake, choice)
    series = CaseSeries(_images(intake, choice), regions, name)
    return open_case(series, on_step, progress)


def propose_registration(source: CaseSource, choice: Choice, status: StatusContainer) -> Aligning:
    """Read the images and register the PET to the CT; nothing is scored.

    Raises
    ------
    DssError
        Whatever the pipeline refuses.
    """
    progress = Progress(status)
    before = read_images(_images(files_of(source), choice), progress.on_step, progress.count)
    after = register_images(before, progress.on_step, progress.count)
    region = None
    if choice.region_index is not None:
        region = take_region(*_regions(files_of(source), choice), after, progress.on_step)
    progress.done("Registered")
    return Aligning(source, choice, before, after, region, tuple(progress.steps))


def score_registered(proposal: Aligning, region: Region, weights: Bundle) -> Case:
    """Score with the registration that the user accepted.

    Raises
    ------
    DssError
        Whatever the pipeline refuses.
    """
    steps = list(proposal.steps)
    result = score_case(proposal.after, region, weights, steps.append)
    return case_of(ChosenFiles(proposal.intake, proposal.choice), result, steps)


def rescore(case: Case, weights: Bundle) -> Case:
    """A scored case by other weights: its images and region stay as they are.

    Raises
    ------
    DssError
        The networks cannot score it.
    """
    steps: list[Step] = []
    scored = score_case(case.images.aligned, case.images.region, weights, steps.append)
    return scored_again(case, scored, Action.RESCORED, steps)


def case_of(files: ChosenFiles, scored: ScoredCase, steps: Iterable[Step]) -> Case:
    """The state of a session whose files were scored.

    Raises
    ------
    DssError
        If the settings of keeping cannot be used.
    """
    keeping, now = Keeping.current(), datetime.now(UTC)
    keeps = keeping.keep is not Keep.NONE
    record = record_of(
        OpenedCase(scored.images.aligned, scored.images.region),
        as_json(scored.result, stored(scored.result)),
        now=now,
        keep=keeping.keep,
        kept_until=keeping.until(now) if keeps else None,
        pictures=key_pictures(scored.images.aligned, scored.images.region.roi),
    )
    return Case(record, scored.result, None, scored.images, files, tuple(steps))


def headers_of_case(case: CaseWithoutImages) -> tuple[Dataset, ...]:
    """Headers that name the patient; none where the case was kept without its files."""
    if not isinstance(case, Case) or case.files is None:
        return ()
    intake, choice = case.files.intake, case.files.choice
    return headers_of(CaseSeries(_images(intake, choice), intake.regions))


def study_uid_of_files(files: ChosenFiles) -> str:
    """StudyInstanceUID of the chosen images; empty where they have none."""
    return study_uid_of(images_of_files(files))


def images_of_files(files: ChosenFiles) -> ImageSeries:
    """The chosen CT and PET."""
    return _images(files.intake, files.choice)


def scored_again(case: Case, scored: ScoredCase, action: Action, steps: Iterable[Step]) -> Case:
    """The same case with another result: of another region, or by other weights."""
    roi = scored.images.region.roi
    digest, pictures = region_digest(roi), case.record.pictures
    if digest == case.record.region.digest and pictures:
        pictures = tuple(picture for picture in pictures if picture.name != MAP)
    else:
        pictures = key_pictures(scored.images.aligned, roi)
    result = as_json(scored.result, stored(scored.result))
    record = case.record.after(
        Event(datetime.now(UTC), action, LOCAL_USER),
        result=result,
        place=recorded_place(result),
        pictures=pictures,
        region=RegionNote(roi.name, roi.method, LOCAL_USER, digest),
    )
    if record.decision is not None:
        record = record.model_copy(update={"decision": recorded_decision(record)})
    return replace(
        case,
        record=record,
        result=scored.result,
        images=scored.images,
        steps=steps_after(case.steps, steps),
    )


def image_of(intake: Intake, choice: Choice, role: Role) -> Image:
    """The chosen CT or PET."""
    uid = choice.ct_uid if role is Role.CT else choice.pet_uid
    return image_named(intake, uid, role, choice.pet_unit)


def image_named(intake: Intake, uid: str, role: Role, unit: PetUnit | None = None) -> Image:
    """The CT or PET of this uid; a volume file in the unit that the user says of a PET."""
    image = next(i for i in intake.images(role) if i.uid == uid)
    if isinstance(image, FileImage) and role is Role.PET:
        return replace(image, unit=unit)
    return image


def _images(intake: Intake, choice: Choice) -> ImageSeries:
    return ImageSeries(image_of(intake, choice, Role.CT), image_of(intake, choice, Role.PET))


def _regions(intake: Intake, choice: Choice) -> tuple[tuple[RegionSource, ...], str | None]:
    """What `take_region` chooses from, by which name: all by none if it is the proposal.

    Raises
    ------
    InputError
        If the choice names no region.
    """
    if choice.region_index is None:
        return read_regions(()), None
    if choice.region_index == proposed_region(intake.regions):
        return intake.regions, None
    chosen = intake.regions[choice.region_index]
    return (chosen,), chosen.name

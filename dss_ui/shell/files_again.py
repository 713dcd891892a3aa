"""Files of a saved case once more: its images are kept, and nothing of their headers."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from dss_core.case.case_files import ImageSeries
from dss_core.case.make_record import images_digest
from dss_core.case.open_case import OpenedCase, open_images
from dss_core.errors import DssError, InputError
from dss_core.reading.inventory import Progress as Counter
from dss_core.reading.volume_roles import Role
from dss_core.spatial.alignment import AlignedImages
from dss_ui.session.chosen_files import Choice, ChosenFiles, Intake
from dss_ui.session.state import Case
from dss_ui.shell.case_images import scored_of
from dss_ui.shell.run_case import image_of


def with_files(case: Case, intake: Intake, progress: Counter | None = None) -> Case:
    """The case with its own CT and PET out of read files, as if it had just been scored.

    Raises
    ------
    InputError
        If they are not there.
    """
    for choice in _pairs(case, intake):
        images = _opened(case, intake, choice, progress)
        if images is None or images_digest(images) != case.record.source.images_digest:
            continue
        roi = replace(case.images.region.roi, grid=images.ct.grid)
        scored = scored_of(case, OpenedCase(images, replace(case.images.region, roi=roi)))
        return replace(case, images=scored, files=ChosenFiles(intake, choice))
    raise InputError(
        "These files are not the CT and PET that this case was scored from. Give its own."
    )


def _pairs(case: Case, intake: Intake) -> Iterator[Choice]:
    """CT and PET that may be meant, those with as many slices as the case's first."""
    images = case.images.aligned
    n_ct, n_pet = images.ct.grid.shape_zyx[0], images.pet.grid.shape_zyx[0]
    for ct in sorted(intake.images(Role.CT), key=lambda image: image.n_slices != n_ct):
        for pet in sorted(intake.images(Role.PET), key=lambda image: image.n_slices != n_pet):
            yield Choice(ct.uid, pet.uid, None)


def _opened(
    case: Case, intake: Intake, choice: Choice, progress: Counter | None
) -> AlignedImages | None:
    """The images of a choice; None where they cannot be scored, as the case's own could."""
    series = ImageSeries(
        image_of(intake, choice, Role.CT),
        image_of(intake, choice, Role.PET),
        register=case.images.aligned.registration is not None,
    )
    with suppress(DssError):
        return open_images(series, progress=progress)
    return None

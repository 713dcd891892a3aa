"""What of read files is proposed as CT, PET and region; what fits equally is left open."""

from dataclasses import replace

from dss_core.case.case_files import read_regions
from dss_core.errors import InputError
from dss_core.reading.series_choice import Image, fitting_series, several
from dss_core.reading.volume_roles import Role
from dss_core.regions.region_choice import choose_region
from dss_core.regions.region_files import RegionSource
from dss_ui.session.chosen_files import Choice, Intake, Selection


def propose(intake: Intake) -> Selection:
    """CT, PET and region where one is obvious; open where several fit equally or none is there.

    Raises
    ------
    InputError
        If there is no CT, or the files are of several patients.
    """
    ct = fitting_images(intake, Role.CT)
    pet = fitting_images(intake, Role.PET) if is_there(intake, Role.PET) else ()
    region = proposed_region(intake.regions) if intake.regions else None
    return Selection(_only(ct), _only(pet), region)


def obvious_choice(intake: Intake) -> Choice:
    """CT, PET and region where each is obvious.

    Raises
    ------
    InputError
        If one of them is missing or several fit: the first that is, in the order CT, PET, region.
    """
    for role in (Role.CT, Role.PET):
        found = fitting_images(intake, role)
        if len(found) > 1:
            raise InputError(f"{several(role.value, found)} Give the files of one.")
    if not intake.regions:
        read_regions(())
    choice = propose(intake).complete
    assert choice is not None
    return choice


def is_there(intake: Intake, role: Role) -> bool:
    """True when the files hold a CT, or a PET, of whatever use."""
    return bool(intake.inventory.of_modality(role.value)) or any(
        look.role is role for look in intake.looks
    )


def fitting_images(intake: Intake, role: Role) -> tuple[Image, ...]:
    """The DICOM series that fit best, else all volume files that look like one.

    Raises
    ------
    InputError
        If there is none, or the series are of several patients.
    """
    files = tuple(
        look.as_image(role, f"file {n}")
        for n, look in enumerate(intake.looks, start=1)
        if look.role is role
    )
    if files and not intake.inventory.of_modality(role.value):
        return files
    return fitting_series(replace(intake.inventory, volume_files=()), role.value)


def proposed_region(regions: tuple[RegionSource, ...]) -> int | None:
    """Place of the one region that speaks of a tumour; None where the user is to be asked."""
    try:
        chosen, _ = choose_region(regions, None)
    except InputError:
        return None
    return next(i for i, region in enumerate(regions) if region is chosen)


def _only(images: tuple[Image, ...]) -> str | None:
    return images[0].uid if len(images) == 1 else None

"""CT, PET and region side by side: what may be taken, what is taken, and a picture of each."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.errors import InputError
from dss_core.reading.series_choice import Image, series_labels
from dss_core.reading.volume_files import FileImage, PetUnit
from dss_core.reading.volume_roles import Role
from dss_core.regions.region_choice import labels
from dss_core.regions.region_names import speaks_of_tumour
from dss_ui.figures.png import show_png
from dss_ui.images.looks import Look, look_at, look_at_region
from dss_ui.session.chosen_files import Choice, Intake, Selection
from dss_ui.shell.messages import plain
from dss_ui.shell.proposal import fitting_images, is_there
from dss_ui.shell.run_case import image_named

NAMES = {Role.CT.value: "CT", Role.PET.value: "PET"}
UNIT_FIRST = "Select the PET unit first."
_UNITS = {PetUnit.SUVBW: "SUV (body weight)", PetUnit.BQML: "Bq/mL"}
_MOST_PICTURES = 4


def choose(intake: Intake, proposal: Selection, *, pictures: bool) -> Selection:
    """Select boxes for CT, PET and region, set to the proposal; below each what it is of.

    Parameters
    ----------
    intake : Intake
    proposal : Selection
        What is open in it stays open until the user selects.
    pictures : bool
        Draw what is selected; where nothing is, all that fit equally.
    """
    columns, names = st.columns(3), labels(intake.regions)
    ct = _choose_image(columns[0], intake, Role.CT, proposal.ct_uid)
    pet = _choose_image(columns[1], intake, Role.PET, proposal.pet_uid)
    region = columns[2].selectbox(
        "Tumour region",
        range(len(intake.regions)),
        index=proposal.region_index,
        format_func=lambda i: names[i],
        placeholder="Select, or draw" if intake.regions else "Drawn here",
        disabled=not intake.regions,
        key=f"region-{intake.key}",
    )
    unit = None
    if isinstance(pet, FileImage):
        unit = columns[1].segmented_control(
            "PET unit",
            list(PetUnit),
            default=proposal.pet_unit,
            format_func=lambda unit: _UNITS[unit],
            key=f"unit-{intake.key}-{pet.uid}",
            help="NIfTI, NRRD and MHA files do not state the unit.",
        )
    selection = Selection(ct.uid if ct else None, pet.uid if pet else None, region, unit)
    if pictures:
        _pictures(columns, intake, selection)
    return selection


def lacks_unit(choice: Choice, intake: Intake) -> bool:
    """True while the unit of a PET file is not chosen."""
    series = {s.uid for s in intake.inventory.series}
    return choice.pet_uid not in series and choice.pet_unit is None


def _choose_image(
    column: DeltaGenerator, intake: Intake, role: Role, proposed: str | None
) -> Image | None:
    images = intake.images(role) if is_there(intake, role) else ()
    shown = dict(zip((image.uid for image in images), series_labels(images), strict=True))
    uid = column.selectbox(
        NAMES[role],
        list(shown),
        index=list(shown).index(proposed) if proposed in shown else None,
        format_func=lambda uid: shown[uid],
        placeholder="Select" if images else f"No {NAMES[role]} in these files",
        disabled=not images,
        key=f"{role}-{intake.key}",
    )
    return next((image for image in images if image.uid == uid), None)


def _pictures(columns: Sequence[DeltaGenerator], intake: Intake, selection: Selection) -> None:
    for column, role in zip(columns, (Role.CT, Role.PET), strict=False):
        images = _seen(intake, role, selection)
        for image, label in zip(images, series_labels(images), strict=True):
            spacing = " × ".join(f"{v:.2f}" for v in image.spacing_mm)
            _show(column, look_at(intake, image, role), f"{label} · {spacing} mm")
    if selection.ct_uid is None:
        return
    ct = image_named(intake, selection.ct_uid, Role.CT)
    names = labels(intake.regions)
    for index in _regions_seen(intake, selection):
        _show(columns[2], look_at_region(intake, index, ct), names[index])


def _seen(intake: Intake, role: Role, selection: Selection) -> tuple[Image, ...]:
    """What is selected, else all that fit equally."""
    uid = selection.ct_uid if role is Role.CT else selection.pet_uid
    if uid is not None:
        return (image_named(intake, uid, role, selection.pet_unit),)
    try:
        return fitting_images(intake, role)[:_MOST_PICTURES]
    except InputError:
        return ()


def _regions_seen(intake: Intake, selection: Selection) -> list[int]:
    """The region that is selected, else those named like a tumour, else all."""
    if selection.region_index is not None:
        return [selection.region_index]
    drawn = [n for n, region in enumerate(intake.regions) if not region.is_empty]
    tumours = [n for n in drawn if speaks_of_tumour(intake.regions[n].name)]
    return (tumours or drawn)[:_MOST_PICTURES]


def _show(column: DeltaGenerator, look: Look, label: str) -> None:
    """A picture with its caption, or why there is none."""
    if look.png is None:
        column.caption(f":material/hide_image: {plain(label)}: no picture. {plain(look.text)}")
        return
    show_png(column, look.png, f"{label}. {look.text}")
    column.caption(f"{plain(label)}. {plain(look.text)}")

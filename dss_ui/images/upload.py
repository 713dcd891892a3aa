"""Files in, and what was found in them: the upper half of the case page."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.reading.series_choice import Image
from dss_core.reading.volume_files import FileImage, PetUnit
from dss_core.reading.volume_roles import Role
from dss_core.regions.region_choice import labels
from dss_ui.session.state import Choice, Intake

_ORDER = {"CT": 0, "PT": 1}
_UNITS = {PetUnit.SUVBW: "SUV (body weight)", PetUnit.BQML: "Bq/mL"}
_NAMES = {Role.CT.value: "CT", Role.PET.value: "PET"}
_CHANGED, _REFUSED = "dss.upload_changed", "dss.upload_refused"
UNIT_FIRST = "Select the PET unit first."


def table(intake: Intake, choice: Choice | None) -> None:
    """Every series and region found, and which of them are taken."""
    taken = {choice.ct_uid, choice.pet_uid} if choice else set()
    series = [
        _row(s.uid in taken, _NAMES.get(s.modality, s.modality), s)
        for s in sorted(intake.inventory.series, key=lambda s: _ORDER.get(s.modality, len(_ORDER)))
    ]
    files = [
        _row(image.uid in taken, _file_role(image.uid, look.role, choice), image)
        for n, look in enumerate(intake.looks, start=1)
        if look.role is not Role.REGION
        for image in [look.as_image(look.role, f"file {n}")]
    ]
    regions = [
        {
            "Chosen": choice is not None and i == choice.region_index,
            "Modality": "Region",
            "Content": r.content,
            "Spacing (mm)": "",
            "Description": name,
        }
        for i, (r, name) in enumerate(zip(intake.regions, labels(intake.regions), strict=True))
    ]
    st.dataframe(series + files + regions, hide_index=True, width="stretch")
    if intake.inventory.others:
        n = len(intake.inventory.others)
        st.caption(f"{n} file{'s' if n > 1 else ''} ignored: not images.")


def choose(intake: Intake, proposal: Choice) -> Choice:
    """Select boxes for CT, PET and region, set to the proposal."""
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
    return Choice(ct.uid, pet.uid, region, unit)


def lacks_unit(choice: Choice, intake: Intake) -> bool:
    """True while the unit of a PET file is not chosen."""
    series = {s.uid for s in intake.inventory.series}
    return choice.pet_uid not in series and choice.pet_unit is None


def _choose_image(column: DeltaGenerator, intake: Intake, role: Role, proposed: str) -> Image:
    images = {image.uid: image for image in intake.images(role)}
    uid = column.selectbox(
        _NAMES[role],
        list(images),
        index=list(images).index(proposed),
        format_func=lambda uid: _name(images[uid]),
        key=f"{role}-{intake.key}",
    )
    return images[uid]


def _name(image: Image) -> str:
    return f"{image.n_slices} slices · {image.description or 'no description'}"


def _row(chosen: bool, modality: str, image: Image) -> dict[str, object]:
    return {
        "Chosen": chosen,
        "Modality": modality,
        "Content": f"{image.n_slices} slices",
        "Spacing (mm)": " × ".join(f"{v:.2f}" for v in image.spacing_mm),
        "Description": image.description,
    }


def _file_role(uid: str, guessed: Role, choice: Choice | None) -> str:
    """What a volume file is taken for: as chosen, else as it looks."""
    if choice and uid in (choice.ct_uid, choice.pet_uid):
        return _NAMES[Role.CT if uid == choice.ct_uid else Role.PET]
    return _NAMES[guessed]

"""Files in, and what was found in them: the upper half of the case page."""

import streamlit as st

from dss_core.reading.series_choice import Image
from dss_core.reading.volume_roles import Role
from dss_core.regions.region_choice import labels
from dss_ui.images.choosing import NAMES
from dss_ui.session.chosen_files import Intake, Selection

_ORDER = {"CT": 0, "PT": 1}


def table(intake: Intake, choice: Selection | None) -> None:
    """Every series and region found, and which of them are taken."""
    taken = {choice.ct_uid, choice.pet_uid} if choice else set()
    series = [
        _row(s.uid in taken, NAMES.get(s.modality, s.modality), s)
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


def _row(chosen: bool, modality: str, image: Image) -> dict[str, object]:
    return {
        "Chosen": chosen,
        "Modality": modality,
        "Content": f"{image.n_slices} slices",
        "Spacing (mm)": " × ".join(f"{v:.2f}" for v in image.spacing_mm),
        "Description": image.description,
    }


def _file_role(uid: str, guessed: Role, choice: Selection | None) -> str:
    """What a volume file is taken for: as chosen, else as it looks."""
    if choice and uid in (choice.ct_uid, choice.pet_uid):
        return NAMES[Role.CT if uid == choice.ct_uid else Role.PET]
    return NAMES[guessed]

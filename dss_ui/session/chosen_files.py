"""The files of a case: what was read of them, and what is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from dss_core.reading.inventory import Inventory
    from dss_core.reading.series_choice import Image
    from dss_core.reading.volume_files import PetUnit
    from dss_core.reading.volume_roles import Role, VolumeLook
    from dss_core.regions.region_files import RegionSource


@dataclass(frozen=True)
class Intake:
    """Files that were read, before any choice.

    Attributes
    ----------
    regions : tuple of Contours, LabelMask or SegmentMask
        Of all region files; empty when there is none.
    looks : tuple of VolumeLook
        The NIfTI, NRRD and MHA files.
    key : str
        Tells this intake from every other, for the keys of its widgets.
    """

    inventory: Inventory
    regions: tuple[RegionSource, ...]
    looks: tuple[VolumeLook, ...] = ()
    key: str = field(default_factory=lambda: uuid4().hex)

    def images(self, role: Role) -> tuple[Image, ...]:
        """What may be the CT or the PET: series of that modality, then volume files."""
        from dss_core.reading.volume_roles import Role

        files = [
            look.as_image(role, f"file {n}")
            for n, look in enumerate(self.looks, start=1)
            if look.role is not Role.REGION
        ]
        return (*self.inventory.of_modality(role.value), *files)


@dataclass(frozen=True)
class Choice:
    """Which CT, PET and region are taken.

    Attributes
    ----------
    ct_uid, pet_uid : str
        SeriesInstanceUIDs, or "file N" for a volume file.
    region_index : int, optional
        Place in `Intake.regions`; None: to be drawn, or drawn.
    pet_unit : PetUnit, optional
        What the user says of the numbers of a PET in a volume file.
    """

    ct_uid: str
    pet_uid: str
    region_index: int | None
    pet_unit: PetUnit | None = None


@dataclass(frozen=True)
class Selection:
    """A choice in the making; None where CT or PET is open or not there."""

    ct_uid: str | None
    pet_uid: str | None
    region_index: int | None
    pet_unit: PetUnit | None = None

    @property
    def complete(self) -> Choice | None:
        """The choice, None while CT or PET is missing in it."""
        if self.ct_uid is None or self.pet_uid is None:
            return None
        return Choice(self.ct_uid, self.pet_uid, self.region_index, self.pet_unit)


@dataclass(frozen=True)
class ChosenFiles:
    """The files of a case, and what was taken of them."""

    intake: Intake
    choice: Choice

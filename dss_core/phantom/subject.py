"""A simulated patient as a value: what is put in, before anything is simulated.

Cheap to import, so that a list of subjects can be read without the simulation.
"""

from dataclasses import dataclass, field
from enum import StrEnum

Range = tuple[float, float]
ANY: Range = (-1e6, 1e6)


class PetStorage(StrEnum):
    """How the written PET states its unit."""

    ACTIVITY = "Bq/mL, called Bq/mL"
    MISLABELLED = "uCi/mL, called SUV"
    """An export fault that no header betrays."""


@dataclass(frozen=True)
class TumourPlan:
    """Ranges that a tumour is drawn from, and the signs that it shows.

    Attributes
    ----------
    diameter_mm : Range
        Of the sphere of equal volume.
    suv_max : Range
        SUVbw.
    depth_mm, height_mm, hilum_mm : Range
        As in `Site`.
    lobulation, spiculation, ground_glass, air_bronchogram, pleural_tag, post_obstructive, \
cavity, necrosis, heterogeneity
        As in `Lesion`.
    """

    diameter_mm: Range = (28.0, 33.0)
    suv_max: Range = (8.0, 10.0)
    depth_mm: Range = (17.0, 23.0)
    height_mm: Range = (22.0, 58.0)
    hilum_mm: Range = ANY
    lobulation: float = 0.65
    spiculation: float = 0.55
    ground_glass: float = 0.12
    air_bronchogram: bool = True
    pleural_tag: bool = True
    post_obstructive: bool = False
    cavity: float = 0.0
    necrosis: float = 0.0
    heterogeneity: float = 0.16


@dataclass(frozen=True)
class Subject:
    """A simulated patient; equal subjects give equal files.

    Attributes
    ----------
    seed : int
        Decides anatomy, tumour, noise and every identifier.
    patient_id : str
        PatientID (0010,0020).
    emphysema : float
        Share of the lung with low attenuation, 0 to 0.5.
    """

    seed: int = 2020
    tumour: TumourPlan = field(default_factory=TumourPlan)
    patient_id: str = "SIM-0001"
    emphysema: float = 0.02
    pet: PetStorage = PetStorage.ACTIVITY

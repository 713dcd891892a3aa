"""Case result: scores or the reason why there are none, with provenance.

`CaseResult` holds values only, so that it can be kept and read back without any image;
`ScoredImages` holds what it was made from.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from dss_core import __version__
from dss_core.case.open_case import Region
from dss_core.preprocessing.tensor import Surroundings
from dss_core.reading.volume import digest_of
from dss_core.records import (
    CaseWarning,
    NetworkInput,
    Roi,
    SuvStatistics,
    TaskScore,
    Withheld,
)
from dss_core.regions.measures import RegionMeasures
from dss_core.scoring.ood_check import UNUSUAL_IMAGES
from dss_core.settings import Preprocessing
from dss_core.spatial.alignment import AlignedImages

DEMO_WEIGHTS = "demo_weights"
"""Code of the warning that the weights know simulated lesions only."""


@dataclass(frozen=True)
class ScoredRegion:
    """The region of a result, without its mask.

    Attributes
    ----------
    method : str
        How it was drawn, in words; empty where a file does not say.
    volume_ml : float
        On the CT grid.
    """

    name: str
    method: str
    volume_ml: float


@dataclass(frozen=True)
class SuvOrigin:
    """How stored PET values became SUVbw, as in `SuvRecord`."""

    type: str
    rule: str
    reference_time: str


@dataclass(frozen=True)
class AppliedRegistration:
    """The rigid transform that moved the PET, as in `Registration`.

    Attributes
    ----------
    pet_to_ct : 4 x 4 numbers
        Rows of the matrix from the PET's world (x, y, z, 1) mm to the CT's.
    """

    pet_to_ct: tuple[tuple[float, ...], ...]
    shift_mm: float
    rotation_deg: float
    mi_before: float
    mi_after: float
    overlap: float


@dataclass(frozen=True)
class CaseResult:
    """Everything a case gave in values, with what produced it.

    Attributes
    ----------
    suv : SuvStatistics
        Over the region, on the PET grid.
    measures : RegionMeasures
        Size and uptake of the region.
    z_mm, side_mm : tuple of float
        World z and side of the square of each slice that the networks saw.
    scores : tuple of TaskScore
        Empty when withheld.
    withheld : Withheld or None
        Why there is no score, None where there is one.
    alignment : str
        Name of the transform between CT and PET: "identity" or "rigid".
    input_digest : str
        SHA-256 over CT, PET and region: same digest, same input.
    versions : mapping of str to str
        Of everything that can change a number, when it was made.
    """

    roi: ScoredRegion
    suv: SuvStatistics
    suv_origin: SuvOrigin
    measures: RegionMeasures
    z_mm: tuple[float, ...]
    side_mm: tuple[float, ...]
    scores: tuple[TaskScore, ...]
    withheld: Withheld | None
    warnings: tuple[CaseWarning, ...]
    weights_id: str
    weights_sha256: str
    demo_weights: bool
    preprocessing: Preprocessing
    alignment: str
    input_digest: str
    registration: AppliedRegistration | None
    versions: Mapping[str, str]

    @property
    def unusual(self) -> CaseWarning | None:
        """The warning that the images are unlike those the networks know, if there is one."""
        return next((c for c in self.warnings if c.code == UNUSUAL_IMAGES), None)

    @property
    def ranked_warnings(self) -> tuple[CaseWarning, ...]:
        """All warnings for readers who see only the first: those of the whole score come first."""
        whole = {UNUSUAL_IMAGES: 0, DEMO_WEIGHTS: 1}
        return tuple(sorted(self.warnings, key=lambda one: whole.get(one.code, len(whole))))


@dataclass(frozen=True)
class ScoredImages:
    """What a result was made from.

    Attributes
    ----------
    aligned : AlignedImages
    region : Region
    tensor : NetworkInput
        What the networks saw.
    around : Surroundings
        CT, PET and region as they were resampled for it, so that attention need not do it again.
    """

    aligned: AlignedImages
    region: Region
    tensor: NetworkInput
    around: Surroundings


@dataclass(frozen=True)
class ScoredCase:
    """A result and what it was made from."""

    images: ScoredImages
    result: CaseResult


def input_digest(images: AlignedImages, roi: Roi) -> str:
    """SHA-256 over the digests of CT, PET and region."""
    parts = (images.ct.digest, images.pet.digest, digest_of(roi.mask_zyx, roi.grid, "mask"))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of everything that can change a number."""
    packages = ("torch", "numpy", "SimpleITK", "pydicom")
    return {
        "dss_core": __version__,
        "python": platform.python_version(),
        **{p: version(p) for p in packages},
    }

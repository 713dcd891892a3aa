"""Case result: scores or the reason why there are none, with provenance."""

import hashlib
from dataclasses import dataclass

from dss_core.preprocessing.tensor import Surroundings
from dss_core.reading.volume import digest_of
from dss_core.records import (
    CaseWarning,
    NetworkInput,
    Roi,
    SuvRecord,
    SuvStatistics,
    TaskScore,
    Withheld,
)
from dss_core.regions.measures import RegionMeasures
from dss_core.scoring.ood_check import UNUSUAL_IMAGES
from dss_core.settings import Preprocessing
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.registration import Registration


@dataclass(frozen=True)
class CaseResult:
    """Everything a case gave, with what produced it.

    Attributes
    ----------
    suv : SuvStatistics
        Over the region, on the PET grid.
    measures : RegionMeasures
        Size and uptake of the region.
    tensor : NetworkInput
        What the networks saw.
    around : Surroundings
        CT, PET and region as they were resampled for it, so that attention need not do it again.
    scores : tuple of TaskScore
        Empty when withheld.
    withheld : Withheld or None
        Why there is no score, None where there is one.
    alignment : str
        Name of the transform between CT and PET: "identity" or "rigid".
    input_digest : str
        SHA-256 over CT, PET and region: same digest, same input.
    """

    roi: Roi
    suv: SuvStatistics
    measures: RegionMeasures
    suv_record: SuvRecord
    tensor: NetworkInput
    around: Surroundings
    scores: tuple[TaskScore, ...]
    withheld: Withheld | None
    warnings: tuple[CaseWarning, ...]
    weights_id: str
    weights_sha256: str
    demo_weights: bool
    preprocessing: Preprocessing
    alignment: str
    input_digest: str
    registration: Registration | None = None

    @property
    def unusual(self) -> CaseWarning | None:
        """The warning that the images are unlike those the networks know, if there is one."""
        return next((c for c in self.warnings if c.code == UNUSUAL_IMAGES), None)


def input_digest(images: AlignedImages, roi: Roi) -> str:
    """SHA-256 over the digests of CT, PET and region."""
    parts = (images.ct.digest, images.pet.digest, digest_of(roi.mask_zyx, roi.grid, "mask"))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()

"""One lesion's region as it is now, and what is known of it."""

from dataclasses import dataclass, field
from uuid import uuid4

from dss_core.case.case_result import input_digest
from dss_core.errors import InputError
from dss_core.records import CaseWarning, Roi
from dss_core.regions.measures import RegionMeasures
from dss_core.spatial.alignment import AlignedImages, CtAlone
from dss_core.spatial.resampling import resample_mask


@dataclass
class MarkedRegion:
    """A lesion's region on the marking grid, and on the CT's own."""

    roi: Roi
    images: AlignedImages | CtAlone
    id: str = field(default_factory=lambda: uuid4().hex[:8])
    measures: RegionMeasures | None = None
    warnings: tuple[CaseWarning, ...] | None = None
    _digest: str = ""

    @property
    def on_ct(self) -> Roi:
        """On the grid of the CT as it was read."""
        return resample_mask(self.roi, self.images.ct.grid)

    @property
    def digest(self) -> str:
        """Input digest that a score of it has.

        Raises
        ------
        InputError
            If there is no PET, and so no score.
        """
        if isinstance(self.images, CtAlone):
            raise InputError("A score needs a PET; found a CT alone. Add the PET.")
        if not self._digest:
            self._digest = input_digest(self.images, self.on_ct)
        return self._digest

"""Robustness to the outline: regions compared, and one region varied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dss_core.bundles.bundle import Bundle
from dss_core.case.case_result import CaseResult, ScoredCase
from dss_core.case.open_case import Region
from dss_core.case.score_case import score_case
from dss_core.errors import InputError
from dss_core.preprocessing.network_slices import network_slices_under
from dss_core.preprocessing.tensor import surroundings
from dss_core.records import Roi, Task
from dss_core.regions.outline_variation import REACH_MM, SYSTEMATIC, Variation, varied_masks
from dss_core.scoring.lung_check import require_lung
from dss_core.scoring.score import require_scoring, score_tasks
from dss_core.spatial.alignment import AlignedImages

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Reading:
    """One reader's region of a tumour and what it scores."""

    reader: str
    scored: ScoredCase

    @property
    def result(self) -> CaseResult:
        """What it scores."""
        return self.scored.result

    def dls(self, task: Task) -> float | None:
        """The score, None where it is withheld."""
        found = [s.dls for s in self.result.scores if s.task is task]
        return found[0] if found else None


@dataclass(frozen=True)
class Pair:
    """Two readings: Dice coefficient of the regions, and differences first minus second."""

    first: str
    second: str
    dice: float
    differences: tuple[tuple[Task, float | None], ...]


@dataclass(frozen=True)
class VariationScore:
    """The score under one change; None with the reason where there is none."""

    variation: Variation
    dls: float | None
    reason: str = ""


@dataclass(frozen=True)
class TaskOutlineVariation:
    """One task under all changes.

    Attributes
    ----------
    dls, cutoff : float
        Of the unchanged region.
    scores : tuple of JitterScore
    """

    task: Task
    dls: float
    cutoff: float
    scores: tuple[VariationScore, ...]

    def span(self, up_to_mm: float = REACH_MM) -> tuple[float, float]:
        """Lowest and highest score under changes up to so many millimetres."""
        values = [s.dls for s in self.scores if s.dls is not None and s.variation.by_mm <= up_to_mm]
        return min([self.dls, *values]), max([self.dls, *values])

    @property
    def distances_mm(self) -> tuple[float, ...]:
        """By how much it was changed, smallest first."""
        return tuple(sorted({s.variation.by_mm for s in self.scores}))

    @property
    def other_side(self) -> int:
        """Changes that put the score on the other side of the cut-off."""
        high = self.dls >= self.cutoff
        return sum(s.dls is not None and (s.dls >= self.cutoff) != high for s in self.scores)


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two masks on one grid, 0 to 1; 1 if both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2.0 * int((a & b).sum()) / total if total else 1.0


def read_again(
    images: AlignedImages, regions: Sequence[tuple[str, Region]], bundle: Bundle
) -> tuple[Reading, ...]:
    """Score every reader's region.

    Raises
    ------
    DssError
        A region cannot be scored (see `score_case`).
    """
    return tuple(Reading(name, score_case(images, region, bundle)) for name, region in regions)


def compare(readings: Sequence[Reading]) -> tuple[Pair, ...]:
    """Every pair of readings of one tumour; the regions are on one grid."""
    pairs = []
    for one, other in combinations(readings, 2):
        tasks = dict.fromkeys(s.task for r in (one, other) for s in r.result.scores)
        differences = []
        for task in tasks:
            a, b = one.dls(task), other.dls(task)
            differences.append((task, None if a is None or b is None else a - b))
        overlap = dice(_mask(one), _mask(other))
        pairs.append(Pair(one.reader, other.reader, overlap, tuple(differences)))
    return tuple(pairs)


def _mask(reading: Reading) -> NDArray[np.bool_]:
    return reading.scored.images.region.roi.mask_zyx


def vary_outline(
    images: AlignedImages,
    roi: Roi,
    bundle: Bundle,
    variations: Sequence[Variation] = SYSTEMATIC,
    progress: Progress | None = None,
) -> tuple[TaskOutlineVariation, ...]:
    """Every task's score of a region as it is and under each change.

    CT and PET are resampled once; the changes are made on that 1 mm grid.

    Raises
    ------
    InputError, WeightsError
        If the region itself cannot be scored, as with no lung around it.
    """
    require_scoring(bundle)
    require_lung(roi, images.ct)
    settings = bundle.preprocessing
    around = surroundings(images.ct, images.pet, roi, settings, REACH_MM)

    def scored(mask: NDArray[np.bool_]) -> dict[Task, float]:
        x = network_slices_under(mask, around, settings, bundle.adjacent_slices)
        return {task: float(found.mean()) for task, found in score_tasks(x, bundle).items()}

    base = scored(around.mask_zyx)
    found: dict[Task, list[VariationScore]] = {task: [] for task in base}
    masks = varied_masks(around.mask_zyx, around.grid.spacing_mm, variations)
    for done, (variation, mask) in enumerate(masks, start=1):
        values: dict[Task, float] = {}
        reason = "" if mask.any() else "the varied region is empty"
        if mask.any():
            try:
                values = scored(mask)
            except InputError as refusal:
                reason = str(refusal)
        for task, scores in found.items():
            scores.append(VariationScore(variation, values.get(task), reason))
        if progress is not None:
            progress(done, len(variations))
    return tuple(
        TaskOutlineVariation(task, base[task], bundle.models[task].cutoff, tuple(found[task]))
        for task in base
    )

"""Values that pass between packages: frozen, without behaviour of their own.

Nothing here imports torch, reads files or knows the user interface.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.settings import AdjacentSlices


class Quantity(StrEnum):
    """What the numbers of a volume mean; a consumer refuses any other."""

    HU = "HU"
    SUVBW = "SUVbw"


class Task(StrEnum):
    """What a network predicts: column 2 of its softmax is the probability of it."""

    EGFR = "egfr"
    PDL1 = "pdl1"


class AttentionMethod(StrEnum):
    """How it is found where a network responded."""

    GRADCAM = "gradcam"
    GRADCAM_PLUS_PLUS = "gradcam++"
    INTEGRATED_GRADIENTS = "integrated-gradients"
    OCCLUSION = "occlusion"


DEFAULT_METHOD = AttentionMethod.GRADCAM


class Group(StrEnum):
    """Side of the cut-off a score falls on (high: score >= cut-off).

    Between: its interval holds values on both sides, so neither group fits for sure.
    """

    HIGH = "high"
    LOW = "low"
    INDETERMINATE = "between"


class AlgorithmType(StrEnum):
    """How a region was made, as DICOM says it: SegmentAlgorithmType, ROIGenerationAlgorithm."""

    MANUAL = "MANUAL"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    AUTOMATIC = "AUTOMATIC"


@dataclass(frozen=True)
class CaseWarning:
    """Something the reader of a result must know; `code` is stable, `message` is for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Volume:
    """A 3D image.

    Attributes
    ----------
    values_zyx : float32 array (slices, rows, columns)
    grid : Grid
    quantity : Quantity
        HU or SUVbw (g/mL).
    digest : str
        SHA-256 over values, grid and quantity.
    """

    values_zyx: NDArray[np.float32]
    grid: Grid
    quantity: Quantity
    digest: str


@dataclass(frozen=True)
class Roi:
    """A region of interest as a mask on a grid (True inside).

    Attributes
    ----------
    method : str
        How it was drawn, in words; empty where a file does not say.
    threshold_suv : float, optional
        SUVbw (g/mL) that its voxels reach, where it was drawn by threshold on the PET.
    algorithm : AlgorithmType, optional
        What the file that it came with says; None where it does not.
    """

    name: str
    mask_zyx: NDArray[np.bool_]
    grid: Grid
    method: str = ""
    threshold_suv: float | None = None
    algorithm: AlgorithmType | None = None

    @property
    def volume_ml(self) -> float:
        """Volume in millilitres: voxels inside times voxel volume."""
        return int(self.mask_zyx.sum()) * self.grid.voxel_ml


@dataclass(frozen=True)
class SuvRecord:
    """How stored PET values became SUVbw, so that a reader can check it.

    Attributes
    ----------
    type : str
        Always "SUVbw" (g/mL); kept in the record so that a result names its unit.
    rule : str
        Name of the rule that gave the reference time or scale.
    reference_time : str
        Time of day the activity is decay corrected to, "HH:MM:SS", empty if not needed.
    """

    type: str
    rule: str
    reference_time: str
    warnings: tuple[CaseWarning, ...] = ()


@dataclass(frozen=True)
class SuvStatistics:
    """SUVbw (g/mL) over the PET voxels whose centre lies in the region."""

    max: float
    mean: float
    n_voxels: int


@dataclass(frozen=True)
class RegionImages:
    """The region's surroundings before normalisation: one 64x64 image per 1 mm slice.

    Attributes
    ----------
    pet, ct : float64 arrays (n, 64, 64)
        Clipped to the window, its lower end shifted to 0 ("no signal").
    z_mm : float64 array (n,)
        World z of each slice, ascending (inferior to superior).
    centre_mm : float64 array (n, 2)
        World (x, y) of the centre of each slice's square.
    side_mm : float64 array (n,)
        Side of each slice's square, margins included.
    mask : bool array (n, 64, 64)
        The region on the same pixels.
    """

    pet: NDArray[np.float64]
    ct: NDArray[np.float64]
    z_mm: NDArray[np.float64]
    centre_mm: NDArray[np.float64]
    side_mm: NDArray[np.float64]
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class NetworkInput:
    """What the network sees: one 64x64 image of several channels per 1 mm slice of the region.

    Attributes
    ----------
    x : float32 array (n, 3, 64, 64)
        Channels PET, CT, fusion; each z-scored per slice. Where the network sees neighbouring
        slices too, theirs follow (`AdjacentSlices.channels`).
    z_mm, centre_mm, side_mm, mask
        As in `RegionImages`.
    adjacent_slices : AdjacentSlices
        Which slices the channels are of.
    """

    x: NDArray[np.float32]
    z_mm: NDArray[np.float64]
    centre_mm: NDArray[np.float64]
    side_mm: NDArray[np.float64]
    mask: NDArray[np.bool_]
    adjacent_slices: AdjacentSlices = field(default_factory=AdjacentSlices)


@dataclass(frozen=True)
class SliceScore:
    """Probability of the positive class on one slice at world height z_mm."""

    z_mm: float
    score: float


@dataclass(frozen=True)
class Interval:
    """Where the score of another scan and reading of the same tumour would lie.

    Attributes
    ----------
    low, high : float
        Probabilities; they enclose the score.
    level : float
        Share of repeat scans whose score it is meant to hold, e.g. 0.9.
    outline, slices, ensemble : float
        What it is made of: standard deviations of the score's log-odds over other outlines, over
        neighbouring slices and over the networks of the ensemble (0 with a single network).
    """

    low: float
    high: float
    level: float
    outline: float
    slices: float
    ensemble: float


@dataclass(frozen=True)
class Withheld:
    """Why a case has no score for these tasks; `code` is stable, `reason` is for people."""

    tasks: tuple[Task, ...]
    code: str
    reason: str


@dataclass(frozen=True)
class TaskScore:
    """A patient's deep learning score for one task.

    Attributes
    ----------
    task : Task
    dls : float
        Mean over slices of the positive-class probability; higher means more likely
        mutant (EGFR) or PD-L1 positive.
    cutoff : float
        From the weights' card.
    cutoff_origin : str
        Where the cut-off comes from, in the card's words.
    group : Group
        High when dls >= cutoff, low when not, between when the interval crosses the cut-off.
    """

    task: Task
    dls: float
    interval: Interval
    cutoff: float
    cutoff_origin: str
    group: Group
    slices: tuple[SliceScore, ...]

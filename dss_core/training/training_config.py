"""Training configuration: everything that changes a trained network; published defaults.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Methods.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum

WARM_UP = 0.15


class Schedule(StrEnum):
    """How the learning rate changes: after plateaus [published], or once up and down.

    The second serves a fixed, short number of epochs.
    """

    PLATEAU = "plateau"
    ONE_CYCLE = "one cycle"


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes; each is drawn uniformly in plus or minus its range.

    Attributes
    ----------
    rotation_deg, shear_deg : float
    shift, zoom : float
        As a share of the image side.
    flips : bool
        Left-right and anterior-posterior, each with probability one half.
    """

    rotation_deg: float = 20.0
    shear_deg: float = 8.0
    shift: float = 0.06
    zoom: float = 0.12
    flips: bool = True


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that changes the trained network; stored with it.

    Attributes
    ----------
    l2 : float
        As in Keras: a times the sum of squares of the kernels is added to the loss.
    slices_per_patient : int
        Random slices of every patient in an epoch, so that large tumours do not dominate.
    validation_slices : int or None
        So many of a validation patient's slices, drawn once; None is all.
    plateau_epochs, stop_epochs : int
        Epochs without a lower validation loss until the rate falls, until training stops.
    hint_weight : float
        Weight of the mean loss over the auxiliary targets (if any) against that of the tasks.
    """

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    l2: float = 1e-3
    batch_size: int = 32
    slices_per_patient: int = 4
    max_epochs: int = 200
    schedule: Schedule = Schedule.PLATEAU
    plateau_epochs: int = 10
    plateau_factor: float = 0.2
    stop_epochs: int = 30
    validation_share: float = 0.2
    validation_slices: int | None = None
    hint_weight: float = 0.0
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)


def cycle_rate(highest: float, progress: float) -> float:
    """Learning rate of `ONE_CYCLE` when `progress` (0 to 1) of all steps are done."""
    if progress < WARM_UP:
        return highest * (0.04 + 0.96 * progress / WARM_UP)
    return highest * 0.5 * (1.0 + math.cos(math.pi * (progress - WARM_UP) / (1.0 - WARM_UP)))

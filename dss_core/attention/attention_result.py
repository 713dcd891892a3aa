"""What an attention method finds: maps for and against a class, and single channels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.records import AttentionMethod, Task


@dataclass(frozen=True)
class ClassMap:
    """Where the network responded in favour of one class.

    Attributes
    ----------
    maps : float32 array (n, 64, 64)
        0 to 1: each slice divided by its own maximum (`scale`). A slice without a localised
        response is 0 everywhere: it is never stretched.
    scale : float64 array (n,)
        What each slice was divided by, in the unit of the attention map.
    localised : bool array (n,)
        False where the response is negligible or spread over the whole slice.
    """

    maps: NDArray[np.float32]
    scale: NDArray[np.float64]
    localised: NDArray[np.bool_]

    @property
    def response(self) -> NDArray[np.float64]:
        """Maps in their unit (n, 64, 64), comparable between slices."""
        return self.maps * self.scale[:, None, None]

    @property
    def peak(self) -> float:
        """The strongest localised response of all slices; 0 if there is none."""
        return float(self.scale[self.localised].max(initial=0.0))


@dataclass(frozen=True)
class AttentionMap:
    """Where a network responded on each slice; never why.

    Attributes
    ----------
    method : AttentionMethod
    target : Task
    layer : str
        Layer whose activation was mapped, or "input".
    unit : str
        Of `ClassMap.scale`.
    positive, negative : ClassMap
        In favour of the positive class (mutant, PD-L1 positive), and against it.
    log_odds : float64 array (n,)
        What the maps explain: log-odds of the positive class per slice (mean of an ensemble).
    channels : float32 array (n, channels, 64, 64), optional
        Signed attribution to each channel of `NetworkInput.x`, in log-odds per pixel (input
        methods only).
    completeness_error : float64 array (n,), optional
        Sum of the attributions minus the change of log-odds they should add up to
        (integrated gradients only).
    z_mm, centre_mm, side_mm, mask
        As in `NetworkInput`.
    """

    method: AttentionMethod
    target: Task
    layer: str
    unit: str
    positive: ClassMap
    negative: ClassMap
    log_odds: NDArray[np.float64]
    channels: NDArray[np.float32] | None
    completeness_error: NDArray[np.float64] | None
    z_mm: NDArray[np.float64]
    centre_mm: NDArray[np.float64]
    side_mm: NDArray[np.float64]
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class ChannelMap:
    """One channel of the attention layer and its contribution to the score.

    Attributes
    ----------
    member, channel : int
        Which network of the ensemble, and which channel of its attention layer.
    weight : float
        Log-odds per unit of the channel's mean activation (mean over slices).
    contribution : float
        Mean over slices of the log-odds the channel adds; positive: towards the positive class.
    maps : float32 array (n, 64, 64)
        The channel's activation divided by `scale`, its maximum over all slices.
    """

    member: int
    channel: int
    weight: float
    contribution: float
    maps: NDArray[np.float32]
    scale: float

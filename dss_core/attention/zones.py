"""Attention by zone: share of a map in the tumour, its rim, beyond, and in PET-avid tissue.

Each share stands beside the one that chance would give: the same response thrown anywhere on the
same slices. Zones are taken slice by slice, because the network sees one slice at a time.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

RIM_MM = 20.0
HOT_SHARE = 0.5


class Zone(StrEnum):
    """A part of the slice; the first three cover it without overlap."""

    TUMOUR = "tumour"
    RIM = "rim"
    BEYOND = "beyond"
    HOT = "hot"


@dataclass(frozen=True)
class Share:
    """Share of the attention in a zone, and the share chance would give (both 0 to 1)."""

    zone: Zone
    share: float
    chance: float


@dataclass(frozen=True)
class SliceShares:
    """Shares on one slice; empty where nothing is localised."""

    z_mm: float
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Shares:
    """Shares over all slices, each weighing as much as its response, and slice by slice.

    `whole` is empty when no slice has a localised response.
    """

    whole: tuple[Share, ...]
    slices: tuple[SliceShares, ...]


def zones(
    mask: NDArray[np.bool_],
    side_mm: NDArray[np.float64],
    suv: NDArray[np.float64],
    suv_max: float,
) -> dict[Zone, NDArray[np.bool_]]:
    """The zones of every slice, each (n, rows, columns).

    Parameters
    ----------
    mask : bool array (n, rows, columns)
        The tumour.
    side_mm : float array (n,)
        Side of each slice's square.
    suv : float array (n, rows, columns)
        SUVbw on the same pixels.
    suv_max : float
        Of the tumour; hot is at or above half of it, in whatever tissue.
    """
    away_mm = np.stack(
        [
            distance_transform_edt(~one) * side / one.shape[-1]
            for one, side in zip(mask, side_mm, strict=True)
        ]
    )
    rim = ~mask & (away_mm <= RIM_MM)
    return {
        Zone.TUMOUR: mask,
        Zone.RIM: rim,
        Zone.BEYOND: ~mask & ~rim,
        Zone.HOT: suv >= HOT_SHARE * suv_max,
    }


def shares(
    response: NDArray[np.float64],
    z_mm: NDArray[np.float64],
    parts: dict[Zone, NDArray[np.bool_]],
) -> Shares:
    """Where the response lies.

    Parameters
    ----------
    response : float array (n, rows, columns)
        Not below zero, comparable between slices; 0 everywhere on a slice without a map.
    z_mm : float array (n,)
    parts : zones
        As `zones` gives them.
    """
    total = response.sum(axis=(1, 2))
    inside = {z: np.where(m, response, 0.0).sum(axis=(1, 2)) for z, m in parts.items()}
    area = {zone: mask.mean(axis=(1, 2)) for zone, mask in parts.items()}
    slices = tuple(
        SliceShares(
            float(z),
            tuple(
                Share(zone, float(inside[zone][k] / total[k]), float(area[zone][k]))
                for zone in parts
            )
            if total[k] > 0.0
            else (),
        )
        for k, z in enumerate(z_mm)
    )
    if not total.sum() > 0.0:
        return Shares((), slices)
    whole = tuple(
        Share(
            zone,
            float(inside[zone].sum() / total.sum()),
            float((area[zone] * total).sum() / total.sum()),
        )
        for zone in parts
    )
    return Shares(whole, slices)

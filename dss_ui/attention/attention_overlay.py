"""Attention over images: one stated colour scale, transparent where little was found.

A slice without a localised response keeps its bare image and says so; nothing is stretched.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from plotly.colors import sample_colorscale, unlabel_rgb

from dss_core.attention.attention_result import ChannelMap
from dss_core.attention.explanation import ClassView, Explanation
from dss_core.geometry import Grid
from dss_core.pictures.axial_views import Axial
from dss_core.pictures.image_rendering import RGB, Z_SCORES, Scale
from dss_core.pictures.panel import Panel
from dss_core.settings import OWN_CHANNELS

OPACITY = 0.65
FULL_FROM = 0.5
NO_RESPONSE = "no localised response"
DASHES = np.array(((255, 255, 255), (40, 40, 40)), dtype=np.uint8)


@dataclass(frozen=True)
class Overlaid:
    """CT, PET and fusion of one level with the attention on them."""

    ct: Panel
    pet: Panel
    fusion: Panel


def heat(high: float, unit: str) -> Scale:
    """From dark blue to yellow, equal steps looking equal; up to `high`, rounded up."""
    return Scale(0.0, _round_up(high), unit, _colours("Viridis"))


def contrast(high: float, unit: str) -> Scale:
    """Blue for against, red for in favour, grey-white for nothing."""
    return Scale(-_round_up(high), _round_up(high), unit, _colours("RdBu_r"))


def overlay(
    view: Axial, found: Explanation, side: ClassView, index: int, plane: Grid, scale: Scale
) -> Overlaid:
    """Attention of one slice over the three images.

    Parameters
    ----------
    index : int
        The slice, whose level is that of `plane`.
    plane : Grid
        Of the panels in `view`.
    scale : Scale
        As `attention.attention_overlay` gives it.
    """
    values = side.placed.on(plane)[0]
    there = bool(side.slices.localised[index])
    line = _square(found, index, plane)
    panels = [
        _over(panel, name, values, there, line, scale, f"{found.margin_mm:g} mm margin")
        for panel, name in ((view.ct, "CT"), (view.pet, "PET"), (view.fusion, "Fusion"))
    ]
    return Overlaid(*panels)


def filter_panel(
    one: ChannelMap,
    ct: NDArray[np.float32],
    mask: NDArray[np.bool_],
    index: int,
    pixel_mm: float,
) -> Panel:
    """A channel's activation on one slice, over the CT of the network input."""
    scale = heat(one.scale, "")
    rgb = blend(Z_SCORES.paint(ct), one.maps[index] * one.scale, scale)
    return Panel(
        rgb,
        mask,
        pixel_mm,
        f"Channel {one.channel}",
        f"contribution {one.contribution:+.3f}",
        scale,
    )


def channel_panels(found: Explanation, index: int) -> tuple[Panel, ...]:
    """Signed attribution to a slice's own PET, CT and fusion; all on one scale."""
    channels = found.attention.channels
    if channels is None:
        return ()
    high = float(np.quantile(np.abs(channels), 0.999))
    scale = contrast(high, "log-odds")
    pixel = float(found.tensor.side_mm[index]) / channels.shape[-1]
    return tuple(
        Panel(scale.paint(values), found.tensor.mask[index], pixel, name, "per pixel", scale)
        for name, values in zip(
            ("PET", "CT", "Fusion"), channels[index][: len(OWN_CHANNELS)], strict=True
        )
    )


def share_elsewhere(found: Explanation, index: int) -> float:
    """Share of a slice's attribution, without its sign, that lies in its neighbours' channels."""
    channels = found.attention.channels
    strength = np.zeros(1) if channels is None else np.abs(channels[index]).sum(axis=(1, 2))
    whole = float(strength.sum())
    return float(strength[len(OWN_CHANNELS) :].sum()) / whole if whole else 0.0


def blend(rgb: RGB, values: NDArray[np.floating], scale: Scale) -> RGB:
    """Colours over an image; they fade away below half of the scale."""
    share = np.clip(np.asarray(values) / scale.high, 0.0, 1.0)
    alpha = (OPACITY * np.clip(share / FULL_FROM, 0.0, 1.0))[..., None]
    return np.asarray((rgb * (1.0 - alpha) + scale.paint(values) * alpha).astype(np.uint8))


def _over(
    panel: Panel,
    name: str,
    values: NDArray[np.float32],
    localised: bool,
    line: NDArray[np.bool_],
    scale: Scale,
    note: str,
) -> Panel:
    rgb = blend(panel.rgb, values, scale) if localised else panel.rgb.copy()
    rows, columns = np.nonzero(line)
    rgb[rows, columns] = DASHES[(rows + columns) // 6 % 2]
    title = f"{name} + attention" if localised else f"{name}: {NO_RESPONSE}"
    return replace(panel, rgb=rgb, title=title, note=note, scale=scale)


def _square(found: Explanation, index: int, plane: Grid) -> NDArray[np.bool_]:
    """Border of the network's field of view, on the plane's pixels."""
    _, rows, columns = plane.shape_zyx
    pixel = plane.spacing_mm[0]
    half = float(found.tensor.side_mm[index]) / 2.0
    x, y = found.tensor.centre_mm[index]
    across = plane.origin_mm[0] + pixel * np.arange(columns) - x
    down = (plane.origin_mm[1] + pixel * np.arange(rows) - y)[:, None]
    reach = np.maximum(np.abs(across), np.abs(down))
    return np.asarray(np.abs(reach - half) <= pixel / 2.0)


def _round_up(value: float) -> float:
    """To two significant digits, so that the bar states its end exactly."""
    if value <= 0.0:
        return 1.0
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step - 1e-9) * step:.2g}")


def _colours(name: str) -> RGB:
    sampled = sample_colorscale(name, np.linspace(0.0, 1.0, 256).tolist())
    return np.array([unlabel_rgb(colour) for colour in sampled]).round().astype(np.uint8)

"""Attention maps: where the network responded, each slice on a stated scale.

Every method gives a signed or one-sided response per slice; here it becomes the published kind of
map (positive part, divided by its maximum), or the plain statement that nothing was localised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dss_core.attention.attention_result import AttentionMap, ChannelMap, ClassMap
from dss_core.attention.attribution import (
    ProgressCallback,
    ensemble_log_odds,
    integrated_gradients,
    no_progress,
    occlusion,
    smooth,
)
from dss_core.attention.cam import channel_maps, grad_cam, grad_cam_plus_plus
from dss_core.bundles.bundle import TaskModel
from dss_core.networks.receptive_fields import Positions, enlarge
from dss_core.networks.response import respond
from dss_core.records import AttentionMethod, NetworkInput

POSITIONS = 8
"""A localised response is looked for at 8x8 positions, the resolution of the attention layer."""
LEAST_LOG_ODDS = 0.01
"""A whole slice's response below this moves a probability by less than 0.0025: negligible."""
LARGEST_SHARE = 0.5
"""A response is spread out when this share of the positions reaches half of the peak."""
FILTERS_SHOWN = 4
INPUT = "input"
"""The layer of methods that attribute to the network's input."""

UNITS: Mapping[AttentionMethod, str] = {
    AttentionMethod.GRADCAM: "log-odds per position",
    AttentionMethod.GRADCAM_PLUS_PLUS: "no unit",
    AttentionMethod.INTEGRATED_GRADIENTS: "log-odds per pixel",
    AttentionMethod.OCCLUSION: "fall of log-odds",
}


@dataclass(frozen=True)
class _Raw:
    """Responses for and against (n, rows, columns), not below zero, not yet divided.

    `positions` says where rows and columns lie; None when they are the image's own pixels.
    """

    positive: Tensor
    negative: Tensor
    log_odds: Tensor
    layer: str
    positions: Positions | None = None
    channels: Tensor | None = None
    error: Tensor | None = None


def attend(
    tensor: NetworkInput,
    model: TaskModel,
    method: AttentionMethod,
    on_step: ProgressCallback = no_progress,
) -> AttentionMap:
    """Where a task's networks responded on each slice; an ensemble's maps are averaged.

    Parameters
    ----------
    tensor : NetworkInput
    model : TaskModel
    method : AttentionMethod
    on_step : callable
        Told (done, in all): networks by the fast methods, slices by the slow ones.

    Raises
    ------
    WeightsError
        If a class activation map is asked of a network without a known attention layer.
    """
    x = torch.from_numpy(np.ascontiguousarray(tensor.x))
    raw = _respond(model.members, x, method, on_step)
    size = x.shape[-1]
    return AttentionMap(
        method=method,
        target=model.task,
        layer=raw.layer,
        unit=UNITS[method],
        positive=class_map(raw.positive, raw.positions, size),
        negative=class_map(raw.negative, raw.positions, size),
        log_odds=raw.log_odds.double().numpy(),
        channels=None if raw.channels is None else raw.channels.numpy(),
        completeness_error=None if raw.error is None else raw.error.double().numpy(),
        z_mm=tensor.z_mm,
        centre_mm=tensor.centre_mm,
        side_mm=tensor.side_mm,
        mask=tensor.mask,
    )


def strongest_channels(
    tensor: NetworkInput, model: TaskModel, count: int = FILTERS_SHOWN
) -> tuple[ChannelMap, ...]:
    """The channels of the attention layer contributing most to and against the class."""
    x = torch.from_numpy(np.ascontiguousarray(tensor.x))
    return tuple(channel_maps(model.members, x, count))


def class_map(response: Tensor, positions: Positions | None, size_px: int) -> ClassMap:
    """Divide each slice by its maximum and enlarge it, unless nothing is localised there.

    Parameters
    ----------
    response : Tensor (n, rows, columns)
        Not below zero.
    positions : Positions, optional
        Where rows and columns lie on the image; None for its own pixels.
    size_px : int
    """
    scale = response.amax(dim=(1, 2))
    where = localised(response)
    divisor = torch.where(where, scale, 1.0)[:, None, None]
    maps = torch.where(where[:, None, None], response / divisor, 0.0)
    return ClassMap(
        _on_image(maps, positions, size_px).numpy(), scale.double().numpy(), where.numpy()
    )


def localised(response: Tensor) -> Tensor:
    """Which slices (n,) have a localised response: strong enough, and not all over the slice."""
    positions = functional.adaptive_avg_pool2d(response[:, None], POSITIONS)[:, 0]
    high = positions >= 0.5 * positions.amax(dim=(1, 2), keepdim=True)
    strong = response.sum(dim=(1, 2)) >= LEAST_LOG_ODDS
    return strong & (high.float().mean(dim=(1, 2)) <= LARGEST_SHARE)


def positive_response(members: Sequence[nn.Module], x: Tensor, method: AttentionMethod) -> Tensor:
    """Response for the positive class (n, 64, 64), not divided, as the checks of maps need it."""
    raw = _respond(members, x, method, no_progress)
    return _on_image(raw.positive, raw.positions, x.shape[-1])


def _on_image(maps: Tensor, positions: Positions | None, size_px: int) -> Tensor:
    return maps if positions is None else enlarge(maps, positions, size_px)


def _respond(
    members: Sequence[nn.Module], x: Tensor, method: AttentionMethod, on_step: ProgressCallback
) -> _Raw:
    if method is AttentionMethod.INTEGRATED_GRADIENTS:
        found = integrated_gradients(members, x, on_step=on_step)
        signed = found.channels.sum(dim=1)
        positive, negative = smooth(functional.relu(signed)), smooth(functional.relu(-signed))
        odds = ensemble_log_odds(members, x).detach()
        return _Raw(positive, negative, odds, INPUT, None, found.channels, found.error)
    if method is AttentionMethod.OCCLUSION:
        signed = occlusion(members, x, on_step)
        odds = ensemble_log_odds(members, x).detach()
        return _Raw(functional.relu(signed), functional.relu(-signed), odds, INPUT)
    responses = []
    for done, member in enumerate(members, start=1):
        responses.append(respond(member, x))
        on_step(done, len(members))
    if method is AttentionMethod.GRADCAM:
        maps = [grad_cam(response) for response in responses]
        sides = [functional.relu(one) for one in maps], [functional.relu(-one) for one in maps]
    else:
        sides = (
            [grad_cam_plus_plus(response, 1.0) for response in responses],
            [grad_cam_plus_plus(response, -1.0) for response in responses],
        )
    odds = _mean([response.log_odds for response in responses])
    first = responses[0]
    return _Raw(_mean(sides[0]), _mean(sides[1]), odds, first.layer, first.positions)


def _mean(parts: list[Tensor]) -> Tensor:
    return torch.stack(parts).mean(dim=0)

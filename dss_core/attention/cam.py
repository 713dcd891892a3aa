"""Class activation maps from the attention layer, and the contribution of each channel.

With logits l the published map of a softmax output p equals that of the log-odds: for two classes
dp = p (1 - p) d(l1 - l0), and the factor goes when the map is divided by its maximum. The log-odds
are used because their gradient does not vanish where the softmax saturates.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Fig. 3c-d. Selvaraju et al., Grad-CAM, ICCV 2017.
Chattopadhay et al., Grad-CAM++, WACV 2018.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from dss_core.attention.attention_result import ChannelMap
from dss_core.networks.receptive_fields import enlarge
from dss_core.networks.response import Response, respond


def grad_cam(response: Response) -> Tensor:
    """Signed map (n, rows, columns): log-odds that each cell adds through the channels' weights.

    Gradients averaged over space weight the channels. Its positive part is the published map of
    the positive class and its negative part that of the other class (there the mean over channels
    is taken instead of the sum, which the division by the maximum cancels).
    """
    weights = response.gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * response.activation).sum(dim=1)


def grad_cam_plus_plus(response: Response, sign: float) -> Tensor:
    """Map (n, rows, columns) not below zero, for (+1) or against (-1) the positive class.

    Pixel-wise weights, so that several separate places of one class all count. No physical unit.
    """
    gradient, activation = sign * response.gradient, response.activation
    square, cube = gradient**2, gradient**3
    below = 2.0 * square + activation.sum(dim=(2, 3), keepdim=True) * cube
    alpha = torch.where(below != 0.0, square / torch.where(below != 0.0, below, 1.0), 0.0)
    weights = (alpha * functional.relu(gradient)).sum(dim=(2, 3), keepdim=True)
    return functional.relu((weights * activation).sum(dim=1))


@dataclass(frozen=True)
class _Contribution:
    member: int
    channel: int
    mean: float


def channel_maps(members: Sequence[nn.Module], x: Tensor, count: int) -> list[ChannelMap]:
    """The channels that contribute most for the class, then against it.

    Parameters
    ----------
    members : sequence of nn.Module
        The ensemble.
    x : Tensor (n, channels, 64, 64)
    count : int
        At most this many of each; a channel that contributes nothing is not listed.

    Returns
    -------
    list of ChannelMap
        Descending contribution to the positive class, then ascending (strongest against first).
    """
    responses = [respond(member, x) for member in members]
    contributions = []
    for number, response in enumerate(responses):
        weights = response.gradient.mean(dim=(2, 3))
        added = (weights * response.activation.sum(dim=(2, 3))).mean(dim=0) / len(responses)
        contributions += [_Contribution(number, k, v) for k, v in enumerate(added.tolist())]
    contributions.sort(key=lambda one: (-one.mean, one.member, one.channel))
    ends = [p for p in contributions[:count] if p.mean > 0.0]
    ends += [p for p in reversed(contributions[-count:]) if p.mean < 0.0]
    return [_channel_map(one, responses[one.member], x.shape[-1], len(responses)) for one in ends]


def _channel_map(one: _Contribution, response: Response, size_px: int, members: int) -> ChannelMap:
    activation = response.activation[:, one.channel]
    scale = float(activation.abs().max())
    maps = enlarge(activation / (scale or 1.0), response.positions, size_px)
    per_unit = response.gradient[:, one.channel].sum(dim=(1, 2)).mean() / members
    return ChannelMap(
        one.member,
        one.channel,
        float(per_unit),
        one.mean,
        maps.numpy(),
        scale,
    )

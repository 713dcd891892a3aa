"""SResCNN made ready for inference: the same function in less than half the multiplications.

Batch normalisation is folded into the convolutions, and the 8x8 stage, where nine tenths of the
work lies, is computed by Winograd's minimal filtering F(4x4, 3x3): four 4x4 tiles cover an image.
Activations of that stage are kept as (pixel, slice, channel), so that the transform of all tiles
is one matrix product, the filtering is 36 matrix products, and nothing is ever reordered. The
shortcut of a residual block is added before the transform back, as further input channels.

The network itself stays the reference: `fast` compares the two and gives the network back if
they differ. Networks that differ in their last layer alone, as those of two tasks may, share the
rest, and `run_all` computes it once.

References
----------
Lavin and Gray, CVPR 2016: Fast algorithms for convolutional neural networks.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from logging import getLogger
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from dss_core.scoring.network import SameConv2d, SResCNN

TOLERANCE = 1e-5
CHUNK = 64
"""Slices at a time: their transformed tiles stay in the processor's cache."""
_SIDE, _TILE, _PATCH = 8, 4, 6
_PROBES = 4

_Layers = Any  # torch gives the layers of a module as Module or Tensor
Logits = Callable[[Tensor], Tensor]
_log = getLogger(__name__)

# F(4x4, 3x3) of Lavin and Gray: output = A [(G g G') * (B d B')] A'
_B = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_G = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_A = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def fast(network: nn.Module) -> Logits:
    """A function that gives the network's logits, faster where that is known how.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode. An `SResCNN` is compiled and compared with itself on random images;
        any other network is given back as it is.
    """
    if not isinstance(network, SResCNN):
        return network
    with torch.inference_mode():
        compiled = _Compiled(_trunk(network), network.head)
        generator = torch.Generator().manual_seed(0)
        probe = torch.randn(_PROBES, network.channels, 64, 64, generator=generator)
        expected, found = (torch.softmax(f(probe).double(), 1) for f in (network, compiled))
        difference = float((expected - found).abs().max())
    if not difference <= TOLERANCE:
        _log.warning("Fast inference differs by %.2g and is not used.", difference)
        return network
    return compiled


@dataclass(frozen=True)
class _Conv:
    """A convolution with its batch normalisation folded in."""

    weight: Tensor
    bias: Tensor
    same: SameConv2d

    def __call__(self, x: Tensor) -> Tensor:
        return self.same.convolve(x, self.weight, self.bias)


def run_all(engines: Sequence[Logits], x: Tensor) -> list[Tensor]:
    """Logits (n, 2) of each engine for the same images; what several share is computed once."""
    seen: dict[_Trunk, Tensor] = {}
    found = []
    for run in engines:
        if isinstance(run, _Compiled):
            if run.trunk not in seen:
                seen[run.trunk] = run.trunk(x)
            found.append(run.head(seen[run.trunk]))
        else:
            found.append(run(x))
    return found


class _Trunk:
    """All of an `SResCNN` but its last layer, of which only numbers are left."""

    def __init__(self, network: _Layers) -> None:
        self._side_a, self._side_b, self._stem = (
            _folded(part[0], part[1][0]) for part in (network.side_a, network.side_b, network.stem)
        )
        stages = (network.stage_1, network.stage_2, network.stage_3)
        self._stages = [[_Block(block) for block in stage] for stage in stages]
        self._last = [_WinogradBlock(block) for block in network.stage_4]

    def __call__(self, x: Tensor) -> Tensor:
        """Features (n, 256) of images (n, channels, 64, 64)."""
        return torch.cat([self._features(part) for part in torch.split(x, CHUNK)])

    def _features(self, x: Tensor) -> Tensor:
        one, two, three = self._stages
        y = _through(one, self._stem(x).relu_())
        y = _through(two, torch.cat([y, self._side_a(x).relu_()], dim=1))
        y = _through(three, torch.cat([y, self._side_b(x).relu_()], dim=1))
        pixels = y.flatten(2).permute(2, 0, 1).contiguous()
        for block in self._last:
            pixels = block(pixels)
        return pixels.mean(dim=0)


_trunks: WeakValueDictionary[str, _Trunk] = WeakValueDictionary()


def _trunk(network: SResCNN) -> _Trunk:
    """The one trunk of all networks whose tensors but the head's are the same."""
    sha = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        if not name.startswith("head."):
            sha.update(f"{name} {tuple(tensor.shape)}".encode())
            sha.update(tensor.contiguous().numpy().tobytes())
    key = sha.hexdigest()
    found = _trunks.get(key)
    if found is None:
        found = _trunks[key] = _Trunk(network)
    return found


@dataclass(frozen=True)
class _Compiled:
    """An `SResCNN` as a trunk, which others may share, and its last layer."""

    trunk: _Trunk
    head: nn.Module

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n, 2) of images (n, channels, 64, 64)."""
        logits: Tensor = self.head(self.trunk(x))
        return logits


class _Block:
    """A residual block as three convolutions: relu(second(relu(first(x))) + shortcut(x))."""

    def __init__(self, block: _Layers) -> None:
        first, norm, second, norm_2 = block.body
        self.first = _folded(first, norm[0])
        outer = _affine(block.out[0])
        inner = _folded(second, norm_2)
        self.second = _Conv(_scaled(inner.weight, outer[0]), inner.bias * outer[0], second)
        shortcut = block.shortcut
        bias = _bias(shortcut) * outer[0] + outer[1]
        self.shortcut = _Conv(_scaled(shortcut.weight, outer[0]), bias, shortcut)

    def __call__(self, x: Tensor) -> Tensor:
        return (self.second(self.first(x).relu_()) + self.shortcut(x)).relu_()


class _WinogradBlock:
    """A residual block of the 8x8 stage on (64 pixels, n, channels)."""

    def __init__(self, block: _Layers) -> None:
        plain = _Block(block)
        self._first = _filters(plain.first.weight)
        self._first_bias = plain.first.bias
        both = torch.cat([plain.second.weight, plain.shortcut.weight], dim=1)
        self._second = _filters(both)
        self._second_bias = plain.second.bias + plain.shortcut.bias

    def __call__(self, pixels: Tensor) -> Tensor:
        tiles = _to_tiles(pixels)
        inner = _from_tiles(torch.bmm(tiles, self._first)).add_(self._first_bias).relu_()
        tiles = torch.cat([_to_tiles(inner), tiles], dim=2)
        return _from_tiles(torch.bmm(tiles, self._second)).add_(self._second_bias).relu_()


def _through(blocks: list[_Block], x: Tensor) -> Tensor:
    for block in blocks:
        x = block(x)
    return x


def _to_tiles(pixels: Tensor) -> Tensor:
    """(64, n, channels) to (36, 4 n, channels)."""
    into, _ = _transforms()
    n, channels = pixels.shape[1:]
    return (into @ pixels.view(_SIDE * _SIDE, -1)).view(_PATCH * _PATCH, 4 * n, channels)


def _from_tiles(tiles: Tensor) -> Tensor:
    """(36, 4 n, channels) to (64, n, channels)."""
    _, back = _transforms()
    channels = tiles.shape[2]
    return (back @ tiles.view(4 * _PATCH * _PATCH, -1)).view(_SIDE * _SIDE, -1, channels)


@cache
def _transforms() -> tuple[Tensor, Tensor]:
    """Pixels (64) to patches (36 values of 4 tiles, with zero padding), and back to pixels."""
    b, a = torch.tensor(_B, dtype=torch.float64), torch.tensor(_A, dtype=torch.float64)
    padded = torch.zeros(2, _PATCH, _SIDE, dtype=torch.float64)
    placed = torch.zeros(2, _SIDE, _TILE, dtype=torch.float64)
    for tile in range(2):
        for k in range(_PATCH):
            at = tile * _TILE + k - 1
            if 0 <= at < _SIDE:
                padded[tile, k, at] = 1
        for k in range(_TILE):
            placed[tile, tile * _TILE + k, k] = 1
    into, back = b @ padded, placed @ a
    # positions of a patch first, then tiles: the filtering is one product for each position
    both_in = torch.einsum("tpy,uqx->pqtuyx", into, into).reshape(-1, _SIDE * _SIDE)
    both_back = torch.einsum("typ,uxq->yxpqtu", back, back).reshape(_SIDE * _SIDE, -1)
    return both_in.float(), both_back.float()


def _filters(weight: Tensor) -> Tensor:
    """3x3 filters (out, in, 3, 3) transformed to (36, in, out)."""
    g = torch.tensor(_G, dtype=torch.float64)
    found = torch.einsum("pk,oikl,ql->pqio", g, weight.double(), g)
    return found.reshape(_PATCH * _PATCH, weight.shape[1], weight.shape[0]).float()


def _folded(conv: SameConv2d, norm: nn.BatchNorm2d) -> _Conv:
    scale, shift = _affine(norm)
    return _Conv(_scaled(conv.weight, scale), _bias(conv) * scale + shift, conv)


def _affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Batch normalisation in evaluation as x * scale + shift, by channel."""
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None and variance is not None
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    return scale, norm.bias - mean * scale


def _scaled(weight: Tensor, scale: Tensor) -> Tensor:
    return weight * scale[:, None, None, None]


def _bias(conv: SameConv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias

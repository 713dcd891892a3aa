"""Fast inference of SResCNN: the same function in a third of the multiplications.

Batch normalisation is folded into the convolutions, and the 8x8 stage, where nine tenths of the
work lies, is computed by Winograd's minimal filtering (`winograd.py`). The shortcut of a residual
block is added before the transform back, as further input channels. The slices are shared out to
lanes of one thread each: operations as small as these gain little from threads of their own.

The network itself stays the reference: `fast` compares the two and gives the network back if
they differ. Networks that differ in their last layer alone, as those of two tasks may, share the
rest, and `run_all` computes it once.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from logging import getLogger
from threading import Barrier
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from dss_core.networks.srescnn import SameConv2d, SResCNN
from dss_core.networks.winograd_convolution import filters, from_tiles, to_tiles

TOLERANCE = 1e-5
CHUNK = 64
"""Most slices at a time: their transformed tiles stay in the processor's cache."""
_LANES = 2
"""A batch has a multiple of so many parts, however many threads there are, so that its numbers
do not depend on them."""
_PROBES = 4

_Layers = Any  # torch gives the layers of a module as Module or Tensor
Logits = Callable[[Tensor], Tensor]
_log = getLogger(__name__)


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
    compiled = dict.fromkeys(run for run in engines if isinstance(run, _Compiled))
    found: dict[_Compiled, Tensor] = {}
    for trunk in dict.fromkeys(run.trunk for run in compiled):
        sharing = [run for run in compiled if run.trunk is trunk]
        found |= zip(sharing, trunk.logits(x, [run.head for run in sharing]), strict=True)
    return [found[run] if isinstance(run, _Compiled) else run(x) for run in engines]


class _Trunk:
    """All of an `SResCNN` but its last layer, of which only numbers are left."""

    def __init__(self, network: _Layers) -> None:
        self._side_a, self._side_b, self._stem = (
            _folded(part[0], part[1][0]) for part in (network.side_a, network.side_b, network.stem)
        )
        stages = (network.stage_1, network.stage_2, network.stage_3)
        self._stages = [[_Block(block) for block in stage] for stage in stages]
        self._last = [_WinogradBlock(block) for block in network.stage_4]

    def logits(self, x: Tensor, heads: Sequence[nn.Module]) -> Tensor:
        """Logits (heads, n, 2) of images (n, channels, 64, 64)."""
        parts = x.chunk(_LANES * -(-len(x) // (_LANES * CHUNK)))
        threads = torch.get_num_threads()
        run = map if threads == 1 or len(parts) == 1 else _lanes(threads).map
        return torch.cat(list(run(partial(self._logits, heads), parts)), dim=1)

    @torch.no_grad()
    def _logits(self, heads: Sequence[nn.Module], x: Tensor) -> Tensor:
        features = self._features(x)
        return torch.stack([head(features) for head in heads])

    def _features(self, x: Tensor) -> Tensor:
        """Features (n, 256) of images (n, channels, 64, 64)."""
        one, two, three = self._stages
        x = x.contiguous(memory_format=torch.channels_last)
        y = _through(one, self._stem(x).relu_())
        y = _through(two, torch.cat([y, self._side_a(x).relu_()], dim=1))
        y = _through(three, torch.cat([y, self._side_b(x).relu_()], dim=1))
        pixels = y.flatten(2).permute(2, 0, 1).contiguous()
        for block in self._last:
            pixels = block(pixels)
        return pixels.mean(dim=0)


@cache
def _lanes(number: int) -> ThreadPoolExecutor:
    """Threads that compute without further threads of their own."""
    all_there = Barrier(number + 1)
    lanes = ThreadPoolExecutor(number, "dss-lane", _alone, (all_there,))
    for _ in range(number):
        lanes.submit(int)
    all_there.wait()
    torch.set_num_threads(number)  # what a lane set for itself is also the start of later threads
    return lanes


def _alone(all_there: Barrier) -> None:
    torch.get_num_threads()  # torch sets a new thread's number on first use: let it, then ours
    torch.set_num_threads(1)
    all_there.wait()


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
        return run_all([self], x)[0]


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
        self._first = filters(plain.first.weight)
        self._first_bias = plain.first.bias
        self._second = filters(plain.second.weight)
        self._shortcut = filters(plain.shortcut.weight)
        self._second_bias = plain.second.bias + plain.shortcut.bias

    def __call__(self, pixels: Tensor) -> Tensor:
        tiles = to_tiles(pixels)
        inner = from_tiles(torch.bmm(tiles, self._first)).add_(self._first_bias).relu_()
        tiles = torch.bmm(tiles, self._shortcut).baddbmm_(to_tiles(inner), self._second)
        return from_tiles(tiles).add_(self._second_bias).relu_()


def _through(blocks: list[_Block], x: Tensor) -> Tensor:
    for block in blocks:
        x = block(x)
    return x


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

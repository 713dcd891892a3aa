"""Sanity checks of attention maps: dependence on network, labels and image.

Each check is a plain function with a result object, so that tests and the model page share it.

References
----------
Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018 (parameter randomisation).
Petsiuk et al., RISE, BMVC 2018 (deletion and insertion).
Wang et al., IEEE Trans Image Process 13:600 (2004), structural similarity.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata
from torch import Tensor, nn

from dss_core.attention.attention_map import positive_response
from dss_core.attention.attribution import ensemble_log_odds
from dss_core.bundles.bundle import TaskModel
from dss_core.records import AttentionMethod

Maps = NDArray[np.float64]
LEVELS = 5
STEPS = 16
SSIM_SIGMA_PX = 1.5


@dataclass(frozen=True)
class Similarity:
    """How alike two sets of maps are, mean over slices; 1 is equal, 0 is unrelated."""

    rank_correlation: float
    ssim: float


@dataclass(frozen=True)
class Randomised:
    """Similarity to the true maps when the last `share` of the network's layers is shuffled."""

    share: float
    similarity: Similarity


@dataclass(frozen=True)
class Perturbation:
    """Mean probability of the positive class while pixels are taken away or put back.

    Attributes
    ----------
    share : float array (steps,)
        Of the pixels, 0 to 1.
    deletion, insertion : float arrays (steps,)
        Pixels in the order of the map, strongest first.
    random_deletion, random_insertion : float arrays (steps,)
        The same in a random order.
    """

    share: Maps
    deletion: Maps
    insertion: Maps
    random_deletion: Maps
    random_insertion: Maps

    @property
    def deletion_gain(self) -> float:
        """Area by which deletion falls below random; positive when the map is informative."""
        return float(np.trapezoid(self.random_deletion - self.deletion, self.share))

    @property
    def insertion_gain(self) -> float:
        """Area by which insertion rises above random; positive when the map is informative."""
        return float(np.trapezoid(self.insertion - self.random_insertion, self.share))


@dataclass(frozen=True)
class CaseChecks:
    """The checks that need no training, on one case and one method."""

    randomised: tuple[Randomised, ...]
    perturbation: Perturbation
    mirrored: Similarity


def check_case(model: TaskModel, x: NDArray[np.float32], method: AttentionMethod) -> CaseChecks:
    """Layer randomisation, deletion and insertion, mirrored images.

    Parameters
    ----------
    model : TaskModel
        Layers are shuffled in a copy of its first member.
    x : float32 array (n, channels, 64, 64)
    """
    batch = torch.from_numpy(np.ascontiguousarray(x))
    return CaseChecks(
        randomised=parameter_randomisation(model.members[0], batch, method),
        perturbation=perturbation(model.members, batch, method),
        mirrored=flip_equivariance(model.members, batch, method),
    )


def parameter_randomisation(
    network: nn.Module, x: Tensor, method: AttentionMethod, seed: int = 0, levels: int = LEVELS
) -> tuple[Randomised, ...]:
    """Shuffle ever more layers from the output down; maps that stay alike ignore the network.

    Parameters
    ----------
    network : nn.Module
        Left as it is; a copy is shuffled.
    x : Tensor (n, channels, 64, 64)
    levels : int
        In how many equal steps.
    """
    true = _maps([network], x, method)
    generator = torch.Generator().manual_seed(seed)
    shuffled = deepcopy(network)
    layers = _layers(shuffled)
    found, done = [], 0
    for level in range(1, levels + 1):
        upto = round(len(layers) * level / levels)
        for layer in layers[done:upto]:
            for values in layer:
                order = torch.randperm(values.numel(), generator=generator)
                values.copy_(values.flatten()[order].view_as(values))
        done = upto
        found.append(Randomised(level / levels, similarity(true, _maps([shuffled], x, method))))
    return tuple(found)


def perturbation(
    members: Sequence[nn.Module], x: Tensor, method: AttentionMethod, seed: int = 0
) -> Perturbation:
    """Deletion and insertion in the order of the map, against a random order.

    A pixel that is taken away becomes zero in all channels: each channel's mean grey.
    """
    maps = _maps(members, x, method).reshape(len(x), -1)
    chance = np.random.default_rng(seed).random(maps.shape)
    share = np.linspace(0.0, 1.0, STEPS + 1)
    ordered, random = _ranks(maps), _ranks(chance)
    return Perturbation(
        share=share,
        deletion=_curve(members, x, ordered, share, keep=False),
        insertion=_curve(members, x, ordered, share, keep=True),
        random_deletion=_curve(members, x, random, share, keep=False),
        random_insertion=_curve(members, x, random, share, keep=True),
    )


def flip_equivariance(
    members: Sequence[nn.Module], x: Tensor, method: AttentionMethod
) -> Similarity:
    """Maps of left-right mirrored images, mirrored back, against the maps of the images."""
    mirrored = _maps(members, x.flip(-1), method)[..., ::-1]
    return similarity(_maps(members, x, method), mirrored)


def mirror_shift(
    members: Sequence[nn.Module], x: Tensor, method: AttentionMethod
) -> tuple[float, float]:
    """How far the maps lie off, (down, right) in pixels, judged by mirrored images.

    A map that lies off to the right does so on the mirrored image too; mirrored back it lies off
    to the left. Half the distance between the two centres of mass is the shift, whatever the
    images show. Images without any response are left out.
    """
    plain = _maps(members, x, method)
    down = plain, _maps(members, x.flip(-2), method)[:, ::-1]
    right = plain, _maps(members, x.flip(-1), method)[..., ::-1]
    return _half_distance(*down, axis=1), _half_distance(*right, axis=2)


def _half_distance(first: Maps, second: Maps, axis: int) -> float:
    there = (first.sum(axis=(1, 2)) > 0.0) & (second.sum(axis=(1, 2)) > 0.0)
    if not there.any():
        return float("nan")
    places = np.arange(first.shape[axis])

    def centre(maps: Maps) -> Maps:
        along = maps.sum(axis=3 - axis)
        return np.asarray((along * places).sum(axis=1) / along.sum(axis=1))

    return float((centre(first[there]) - centre(second[there])).mean() / 2.0)


def similarity(first: Maps, second: Maps) -> Similarity:
    """Spearman correlation and structural similarity, averaged over slices.

    Parameters
    ----------
    first, second : float arrays (n, rows, columns)
        Each slice is divided by its maximum for the structural similarity. A constant slice
        has no ranks and counts as unrelated.
    """
    pairs = list(zip(first, second, strict=True))
    ranks = [_correlation(rankdata(a), rankdata(b)) for a, b in pairs]
    return Similarity(
        float(np.mean(ranks)), float(np.mean([ssim(_to_one(a), _to_one(b)) for a, b in pairs]))
    )


def ssim(first: Maps, second: Maps) -> float:
    """Structural similarity of two images (rows, columns) with values from 0 to 1.

    Gaussian weights of 1.5 pixels, constants 0.01 and 0.03 as in the paper.
    """

    def blur(image: Maps) -> Maps:
        return np.asarray(gaussian_filter(image, SSIM_SIGMA_PX, truncate=3.5))

    mean_a, mean_b = blur(first), blur(second)
    variance_a, variance_b = blur(first**2) - mean_a**2, blur(second**2) - mean_b**2
    covariance = blur(first * second) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    above = (2.0 * mean_a * mean_b + c1) * (2.0 * covariance + c2)
    below = (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    return float((above / below).mean())


def _maps(members: Sequence[nn.Module], x: Tensor, method: AttentionMethod) -> Maps:
    return positive_response(members, x, method).double().numpy()


def _layers(network: nn.Module) -> list[list[Tensor]]:
    """The values of every layer, last layer first, without counters."""
    layers: dict[str, list[Tensor]] = {}
    for name, values in network.state_dict().items():
        if values.is_floating_point():
            layers.setdefault(name.rpartition(".")[0], []).append(values)
    return list(reversed(layers.values()))


def _ranks(scores: Maps) -> NDArray[np.int64]:
    """Rank of every pixel, 0 for the highest; ties in a fixed random order.

    Pixels without any response would otherwise go row by row, which is no fair order.
    """
    ties = np.random.default_rng(0).random(scores.shape)
    order = np.lexsort((ties, -scores), axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(scores.shape[1])[None], axis=1)
    return np.asarray(ranks)


def _curve(
    members: Sequence[nn.Module], x: Tensor, ranks: NDArray[np.int64], share: Maps, *, keep: bool
) -> Maps:
    n, _, rows, columns = x.shape
    curve = []
    with torch.no_grad():
        for part in share:
            first = torch.from_numpy(ranks < round(part * rows * columns))
            shown = (first if keep else ~first).view(n, 1, rows, columns)
            odds = ensemble_log_odds(members, x * shown)
            curve.append(float(torch.sigmoid(odds.double()).mean()))
    return np.asarray(curve)


def _correlation(a: Maps, b: Maps) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / norm if norm > 0.0 else 0.0


def _to_one(image: Maps) -> Maps:
    peak = float(image.max())
    return image / peak if peak > 0.0 else image

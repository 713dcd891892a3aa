"""Attribution to the network's input by Captum: integrated gradients and occlusion.

Both compare with an image of zeros, which after the z-scores is each channel's own mean grey:
"nothing to see here". Slices go through in small groups so that progress can be reported.

References
----------
Sundararajan et al., Axiomatic attribution for deep networks, ICML 2017.
Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from captum.attr import IntegratedGradients, Occlusion
from torch import Tensor, nn
from torch.nn import functional

from dss_core.networks.response import log_odds

STEPS = 32
SMOOTH_PX = 2.0
WINDOW_PX = 8
STRIDE_PX = 4
GROUP = 4
EVALUATED_AT_ONCE = 256

ProgressCallback = Callable[[int, int], None]
"""Receives the number of slices done and of all slices."""


def no_progress(done: int, total: int) -> None:
    """A callback that does nothing."""


@dataclass(frozen=True)
class Attribution:
    """Signed attribution of the log-odds.

    Attributes
    ----------
    channels : Tensor (n, channels, rows, columns)
    error : Tensor (n,)
        Sum of the attributions minus the change of log-odds from zeros to the image.
    """

    channels: Tensor
    error: Tensor


def integrated_gradients(
    members: Sequence[nn.Module],
    x: Tensor,
    steps: int = STEPS,
    on_step: ProgressCallback = no_progress,
) -> Attribution:
    """Gradients integrated on the way from zeros to the image (Gauss-Legendre)."""
    method = IntegratedGradients(lambda images: ensemble_log_odds(members, images))
    channels, errors = [], []
    for part in _groups(x, on_step):
        attributed, error = method.attribute(
            part,
            n_steps=steps,
            return_convergence_delta=True,
            internal_batch_size=max(EVALUATED_AT_ONCE, len(part)),
        )
        channels.append(attributed.detach())
        errors.append(error.detach())
    return Attribution(torch.cat(channels).float(), torch.cat(errors))


def occlusion(
    members: Sequence[nn.Module], x: Tensor, on_step: ProgressCallback = no_progress
) -> Tensor:
    """Fall of the log-odds (n, rows, columns) when a square of all channels becomes zero.

    Each pixel has the mean over the squares that hid it.
    """
    method = Occlusion(lambda images: ensemble_log_odds(members, images))
    maps = []
    for part in _groups(x, on_step):
        with torch.no_grad():
            attributed = method.attribute(
                part,
                sliding_window_shapes=(x.shape[1], WINDOW_PX, WINDOW_PX),
                strides=(x.shape[1], STRIDE_PX, STRIDE_PX),
                perturbations_per_eval=max(1, EVALUATED_AT_ONCE // len(part)),
            )
        maps.append(attributed[:, 0].detach())
    return torch.cat(maps).float()


def smooth(maps: Tensor) -> Tensor:
    """Maps (n, rows, columns) blurred by a Gaussian of `SMOOTH_PX`.

    Single pixels of integrated gradients are mostly noise; the known-cue check shows what the
    blur changes.
    """
    reach = round(3 * SMOOTH_PX)
    profile = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / SMOOTH_PX) ** 2)
    profile = profile / profile.sum()
    across = functional.conv2d(maps[:, None], profile[None, None, None, :], padding=(0, reach))
    return functional.conv2d(across, profile[None, None, :, None], padding=(reach, 0))[:, 0]


def ensemble_log_odds(members: Sequence[nn.Module], images: Tensor) -> Tensor:
    """Log-odds (n,) of the positive class, averaged over the ensemble."""
    return torch.stack([log_odds(member(images)) for member in members]).mean(dim=0)


def _groups(x: Tensor, on_step: ProgressCallback) -> Iterator[Tensor]:
    """Slices a few at a time; tells when the caller is done with each group."""
    for start in range(0, len(x), GROUP):
        yield x[start : start + GROUP]
        on_step(min(start + GROUP, len(x)), len(x))

"""A network stopped over at its attention layer: activation, gradient and log-odds.

The forward pass is cut in two at the layer, so nothing is hooked into the network and nothing
can be left behind in it, and the gradient costs only the part after the layer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dss_core.errors import WeightsError
from dss_core.scoring.network import SResCNN


@dataclass(frozen=True)
class Response:
    """What one network did at its attention layer.

    Attributes
    ----------
    activation, gradient : Tensor (n, channels, rows, columns)
        The activation, and the gradient of the log-odds with respect to it.
    log_odds : Tensor (n,)
    layer : str
    """

    activation: Tensor
    gradient: Tensor
    log_odds: Tensor
    layer: str


def log_odds(logits: Tensor) -> Tensor:
    """Log-odds (n,) of the positive class from logits (n, 2)."""
    return logits[:, 1] - logits[:, 0]


def respond(network: nn.Module, x: Tensor) -> Response:
    """Run a network over images and look at its last convolutional activation.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode.
    x : Tensor (n, 3, 64, 64)

    Raises
    ------
    WeightsError
        If the network is of a kind without a known attention layer.
    """
    if not isinstance(network, SResCNN):
        raise WeightsError(
            f"Networks of kind {type(network).__name__} have no known attention layer; "
            "use integrated gradients or occlusion."
        )
    with torch.no_grad():
        activation = network.activation(x)
    activation.requires_grad_()
    with torch.enable_grad():
        odds = log_odds(network.classify(activation))
    (gradient,) = torch.autograd.grad(odds.sum(), activation)
    return Response(activation.detach(), gradient, odds.detach(), "stage_4.1.out")

"""Network response at the attention layer: activation, gradient and log-odds.

The forward pass is cut in two at the layer, so nothing is hooked into the network and nothing
can be left behind in it, and the gradient costs only the part after the layer.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.imported_network import KerasNetwork
from dss_core.networks.keras_import.imported_receptive_fields import positions_of
from dss_core.networks.receptive_fields import Positions
from dss_core.networks.srescnn import SResCNN

LAYER = "stage_4.1.out"
"""Last residual activation of the SResCNN, by its name in the network."""


@dataclass(frozen=True)
class Response:
    """What one network did at its attention layer.

    Attributes
    ----------
    activation, gradient : Tensor (n, channels, rows, columns)
        The activation, and the gradient of the log-odds with respect to it.
    log_odds : Tensor (n,)
    layer : str
    positions : Positions
        Where rows and columns of the activation lie on the image.
    """

    activation: Tensor
    gradient: Tensor
    log_odds: Tensor
    layer: str
    positions: Positions


def log_odds(logits: Tensor) -> Tensor:
    """Log-odds (n,) of the positive class from logits (n, 2)."""
    return logits[:, 1] - logits[:, 0]


def respond(network: nn.Module, x: Tensor) -> Response:
    """Run a network over images and look at its last convolutional activation.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode.
    x : Tensor (n, channels, 64, 64)

    Raises
    ------
    WeightsError
        If the network is of a kind without a known attention layer.
    """
    with torch.enable_grad():
        if isinstance(network, KerasNetwork):
            trace = network.trace(x)
            activation, odds, layer = trace.activation, log_odds(trace.logits), network.attention
            positions = positions_of(network.keras, str(layer), x.shape[-1])
        elif isinstance(network, SResCNN):
            with torch.no_grad():
                activation = network.activation(x)
            activation.requires_grad_()
            odds, layer = log_odds(network.classify(activation)), LAYER
            positions = Positions(network.centres_px, network.centres_px)
        else:
            raise WeightsError(
                f"Networks of kind {type(network).__name__} have no known attention layer; "
                "use integrated gradients or occlusion."
            )
        (gradient,) = torch.autograd.grad(odds.sum(), activation)
    response = Response(activation.detach(), gradient, odds.detach(), str(layer), positions)
    return _channels_first(response) if isinstance(network, KerasNetwork) else response


def _channels_first(response: Response) -> Response:
    """Keras keeps channels last."""
    return replace(
        response,
        activation=response.activation.permute(0, 3, 1, 2),
        gradient=response.gradient.permute(0, 3, 1, 2),
    )

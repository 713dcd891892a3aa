"""An imported network in the place of ours: PET, CT and fusion in, logits out.

Keras networks take one tensor with three channels or three tensors with one each, and end in a
softmax over two classes or in one sigmoid. This module finds out which and adapts it, and finds
the layer whose activation shows where the network responded.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dss_core.errors import WeightsError
from dss_core.scoring.keras.graph import KerasGraph

CHANNELS = ("PET", "CT", "fusion")

_FEATURES = frozenset(
    {
        "Activation",
        "Add",
        "Average",
        "BatchNormalization",
        "BatchNormalizationV1",
        "Concatenate",
        "Conv2D",
        "DepthwiseConv2D",
        "ELU",
        "LeakyReLU",
        "Maximum",
        "Minimum",
        "Multiply",
        "PReLU",
        "ReLU",
        "SeparableConv2D",
        "Subtract",
        "ThresholdedReLU",
    }
)
_CONVOLUTIONS = frozenset({"Conv2D", "DepthwiseConv2D", "SeparableConv2D"})
_TRANSPARENT = frozenset({"Dropout", "Flatten", "Reshape"})


@dataclass(frozen=True)
class ActivationTrace:
    """A forward pass stopped over at one activation.

    Attributes
    ----------
    logits : Tensor (n, 2)
        Its gradient with respect to `activation` is defined.
    activation : Tensor (n, rows, columns, channels)
        Channels last; a leaf that requires gradient.
    """

    logits: Tensor
    activation: Tensor


class KerasNetwork(nn.Module):
    """Adapter: (n, 3, rows, columns) in channel order PET, CT, fusion to logits (n, 2).

    The softmax of the logits is (1 - p, p) with p the probability that the Keras network gave:
    the last column of its softmax, or its sigmoid.

    Raises
    ------
    WeightsError
        When called: the network does not take PET, CT and fusion, or does not end in a
        probability. Such a network can still be run on raw tensors.
    """

    def __init__(self, graph: KerasGraph, attention: str | None) -> None:
        super().__init__()
        self.graph = graph
        self.attention = attention
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 2) of images (n, 3, rows, columns)."""
        outputs = self.graph(*self._inputs(x))
        return _logits(outputs)

    def activation(self, x: Tensor) -> Tensor:
        """The attention layer's activation as (n, channels, rows, columns)."""
        return self.trace(x).activation.detach().permute(0, 3, 1, 2)

    def trace(self, x: Tensor) -> ActivationTrace:
        """Forward pass that keeps the attention layer's activation for its gradient."""
        if self.attention is None:
            raise WeightsError(
                "The network has no convolutional activation to draw attention from."
            )
        trace = self.graph.trace(self._inputs(x), self.attention)
        return ActivationTrace(_logits(trace.outputs[0]), trace.kept)

    def _inputs(self, x: Tensor) -> tuple[Tensor, ...]:
        problem = scoring_problem(self.graph)
        if problem:
            raise WeightsError(problem)
        channels_last = x.permute(0, 2, 3, 1)
        if len(self.graph.architecture.inputs) == 1:
            return (channels_last,)
        return tuple(channels_last[..., k : k + 1] for k in range(channels_last.shape[-1]))


def scoring_problem(graph: KerasGraph) -> str:
    """Why the network cannot score PET, CT and fusion images; empty if it can."""
    architecture = graph.architecture
    channels = [spec.shape[-1] if len(spec.shape) == 3 else None for spec in architecture.inputs]
    if channels not in ([3], [1, 1, 1]):
        shapes = ", ".join(
            "x".join("any" if n is None else str(n) for n in spec.shape)
            for spec in architecture.inputs
        )
        return (
            "The network cannot score a case: it takes inputs of "
            f"{shapes}, where PET, CT and fusion are one input with 3 channels or three with 1. "
            "It can be run on raw tensors with the predict command."
        )
    size = graph.shapes[architecture.output_names[0]]
    if len(architecture.outputs) != 1 or size not in ((1,), (2,)) or not _is_probability(graph):
        return (
            "The network cannot score a case: it ends in "
            f"{' and '.join(architecture.output_names)}, where one softmax over two classes or "
            "one sigmoid was expected. It can be run on raw tensors with the predict command."
        )
    return ""


def attention_layer(graph: KerasGraph) -> str | None:
    """Name of the last convolutional activation: the last feature map with more than one pixel.

    Pooling, dropout, padding and reshaping are passed over, so the map before global pooling is
    found however the pooling is written. Where branches end side by side, the deepest is taken.
    None where nothing is convolved.
    """
    kinds = {layer.name: layer.kind for layer in graph.architecture.layers}
    first = len(graph.architecture.inputs)
    convolved: set[int] = set()
    found = None
    for number, call in enumerate(graph.architecture.calls, start=first):
        kind = kinds[call.layer]
        if kind in _CONVOLUTIONS or not convolved.isdisjoint(call.inputs):
            convolved.add(number)
            shape = graph.shapes[call.name]
            if kind in _FEATURES and len(shape) == 3 and shape[0] * shape[1] > 1:
                found = call.name
    return found


def _is_probability(graph: KerasGraph) -> bool:
    """Whether the single output is what a softmax over two, or a sigmoid, gave."""
    architecture = graph.architecture
    kinds = {layer.name: layer.kind for layer in architecture.layers}
    (number,) = architecture.outputs
    first = len(architecture.inputs)
    while number >= first:
        call = architecture.calls[number - first]
        if kinds[call.layer] not in _TRANSPARENT:
            activation = graph.layer(call.layer).activation
            two = graph.shapes[architecture.output_names[0]] == (2,)
            return activation == "sigmoid" or (activation == "softmax" and two)
        number = call.inputs[0]
    return False


def _logits(output: Tensor) -> Tensor:
    positive = output[:, -1].double()
    return torch.stack([torch.log1p(-positive), torch.log(positive)], dim=1)

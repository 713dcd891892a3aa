"""Imported networks as scoring networks: PET, CT and fusion in, logits out.

Keras networks take one tensor with three channels or three tensors with one each, and end in a
softmax over two classes or in one sigmoid. This module finds out which and adapts it, and finds
the layer whose activation shows where the network responded.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.graph import KerasGraph

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
class Head:
    """The call whose activation makes the probabilities: a softmax over two, or a sigmoid."""

    call: str
    softmax: bool


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

    Softmax over two classes: its own logits. Sigmoid: 0 and its logit (the last, if it has two),
    so that the softmax of the logits has the Keras network's probability in its second column.

    Attributes
    ----------
    keras : KerasGraph
        The network on its own inputs (`graph` is a name that torch.export needs for itself).
    attention : str or None
        Name of the layer that attention is drawn from.

    Raises
    ------
    WeightsError
        When called: the network does not take PET, CT and fusion, or does not end in a
        probability. Such a network can still be run on raw tensors.
    """

    def __init__(self, graph: KerasGraph, attention: str | None) -> None:
        super().__init__()
        self.keras = graph
        self.attention = attention
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 2) of images (n, 3, rows, columns)."""
        return self._run(x, None)[0]

    def activation(self, x: Tensor) -> Tensor:
        """The attention layer's activation as (n, channels, rows, columns)."""
        return self.trace(x).activation.detach().permute(0, 3, 1, 2)

    def trace(self, x: Tensor) -> ActivationTrace:
        """Forward pass that keeps the attention layer's activation for its gradient."""
        logits, kept = self._run(x, self.attention)
        if kept is None:
            raise WeightsError("The network has no convolutional activation for attention maps.")
        return ActivationTrace(logits, kept)

    def _run(self, x: Tensor, keep: str | None) -> tuple[Tensor, Tensor | None]:
        head = find_head(self.keras)
        problem = scoring_problem(self.keras)
        if head is None or problem:
            raise WeightsError(problem)
        trace = self.keras.trace(self._inputs(x), keep, head.call)
        (logits,) = trace.outputs
        if not head.softmax:
            positive = logits[:, -1]
            logits = torch.stack([torch.zeros_like(positive), positive], dim=1)
        return logits, trace.kept

    def _inputs(self, x: Tensor) -> tuple[Tensor, ...]:
        channels_last = x.permute(0, 2, 3, 1)
        if len(self.keras.architecture.inputs) == 1:
            return (channels_last,)
        return tuple(channels_last[..., k : k + 1] for k in range(channels_last.shape[-1]))


def scoring_problem(graph: KerasGraph) -> str:
    """Why the network cannot score PET, CT and fusion images; empty if it can."""
    shapes = [spec.shape for spec in graph.architecture.inputs]
    images = all(len(shape) == 3 and shape[0] == shape[1] == shapes[0][0] for shape in shapes)
    if not images or [shape[-1] for shape in shapes] not in ([3], [1, 1, 1]):
        found = ", ".join("x".join("any" if n is None else str(n) for n in s) for s in shapes)
        return (
            f"The network cannot score a case: it takes {found}, where PET, CT and fusion are one "
            "square image with 3 channels or three with 1. It can be run on raw tensors with the "
            "predict command."
        )
    if find_head(graph) is None:
        return (
            "The network cannot score a case: it ends in "
            f"{' and '.join(graph.architecture.output_names)}, where one softmax over two classes "
            "or one sigmoid was expected. It can be run on raw tensors with the predict command."
        )
    return ""


def find_head(graph: KerasGraph) -> Head | None:
    """The call that makes the probabilities; None where the outputs are something else."""
    architecture = graph.architecture
    size = graph.shapes[architecture.output_names[0]]
    if len(architecture.outputs) != 1 or size not in ((1,), (2,)):
        return None
    kinds = {layer.name: layer.kind for layer in architecture.layers}
    number, first = architecture.outputs[0], len(architecture.inputs)
    while number >= first:
        call = architecture.calls[number - first]
        if kinds[call.layer] not in _TRANSPARENT:
            activation = graph.layer(call.layer).activation
            known = activation == "sigmoid" or (activation == "softmax" and size == (2,))
            return Head(call.name, activation == "softmax") if known else None
        number = call.inputs[0]
    return None


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

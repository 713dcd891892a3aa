"""Base of imported Keras layers: torch modules that compute what Keras does at inference.

Tensors keep the shape Keras gave them, channels last: every axis number, Flatten, Reshape,
Permute, Concatenate and Dense then mean the same as in Keras without translation. Layers that
slide a window view the tensor as channels first for torch, which costs no copy (torch calls that
memory layout `channels_last`).

A layer is made from its settings alone, says which weights it holds, and is then given them with
the shapes Keras stored. This module has what all share; `windows`, `pointwise` and `shapes` have
the layers.

References
----------
Keras 2.1.3 documentation and behaviour, TensorFlow backend.
"""

import math
from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from dss_core.networks.keras_import.options import Options, SettingError

MAX_SAMPLE_VALUES = 1 << 26
"""Largest tensor that one sample may need on its way through the network (256 MiB)."""

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x,
    "relu": functional.relu,
    "relu6": functional.relu6,
    "elu": functional.elu,
    "selu": functional.selu,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": lambda x: torch.clamp(0.2 * x + 0.5, 0.0, 1.0),
    "exponential": torch.exp,
    "swish": functional.silu,
    "softmax": lambda x: torch.softmax(x, dim=-1),
}


class KerasLayer(nn.Module):
    """Base: settings first, weights second.

    Attributes
    ----------
    weight_names : tuple of str
        Weights that Keras trains, in Keras' order.
    moving_names : tuple of str
        Weights that Keras updates without training them; Keras stores them last.
    activation : str
        Name of the activation the layer ends with, "linear" if none.
    """

    ignored: ClassVar[frozenset[str]] = frozenset()
    weight_names: tuple[str, ...] = ()
    moving_names: tuple[str, ...] = ()
    activation: str = "linear"

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.configure(options)
        options.finish(self.ignored)

    def configure(self, options: Options) -> None:
        """Read the settings this kind of layer honours."""

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights, in the shapes Keras stores; raises SettingError where they misfit."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Compute the output from tensors of shape (batch, ..., channels)."""
        return ACTIVATIONS[self.activation](self.before_activation(*inputs))

    def before_activation(self, *inputs: Tensor) -> Tensor:
        """The output as it is before the activation the layer ends with."""
        (x,) = inputs
        return self.apply_to(x)

    def apply_to(self, x: Tensor) -> Tensor:
        """Compute the output of a layer with one input, before its activation."""
        return x

    def read_activation(self, options: Options) -> None:
        """Read the activation a layer ends with."""
        self.activation = options.choice("activation", ACTIVATIONS, "linear")


def expect_shape(name: str, tensor: Tensor, expected: tuple[int | None, ...]) -> None:
    """Refuse a weight of another shape than the settings imply (None: any size)."""
    fits = tensor.ndim == len(expected) and all(
        size in (None, found) for size, found in zip(expected, tensor.shape, strict=True)
    )
    if not fits:
        wanted = "x".join("any" if size is None else str(size) for size in expected)
        found = "x".join(map(str, tensor.shape)) or "a single number"
        raise SettingError(f"{name} should be {wanted} and is {found}")


def bounded(x: Tensor) -> Tensor:
    """The tensor itself; refuses one that is larger than one sample may need."""
    if math.prod(x.shape[1:]) > MAX_SAMPLE_VALUES:
        raise SettingError(f"needs more than {MAX_SAMPLE_VALUES:,} values for one sample")
    return x


def inner_axis(axis: int, rank: int) -> int:
    """Position of `axis` in a tensor of `rank` axes; refuses the batch axis and beyond."""
    position = axis + rank if axis < 0 else axis
    if not 1 <= position < rank:
        raise SettingError(f"axis {axis} is not an axis of one sample with {rank - 1} axes")
    return position


class Identity(KerasLayer):
    """A layer that acts in training alone."""

    ignored = frozenset({"rate", "noise_shape", "seed", "stddev", "l1", "l2", "data_format"})

"""Keras layers as torch modules, each computing what Keras computes at inference.

Tensors keep the shape Keras gave them, channels last: every axis number, Flatten, Reshape,
Permute, Concatenate and Dense then mean the same as in Keras without translation. Layers that
slide a window view the tensor as channels first for torch, which costs no copy (torch calls that
memory layout `channels_last`).

A layer is made from its settings alone, says which weights it holds, and is then given them with
the shapes Keras stored. `keras_windows` has the layers that slide a window, this module the rest.

References
----------
Keras 2.1.3 documentation and behaviour, TensorFlow backend.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from dss_core.scoring.keras_options import Options, SettingError

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
        (x,) = inputs
        return self.apply_to(x)

    def apply_to(self, x: Tensor) -> Tensor:
        """Compute the output of a layer with one input."""
        return x

    def read_activation(self, options: Options) -> None:
        """Read the activation a layer ends with."""
        self.activation = options.choice("activation", ACTIVATIONS, "linear")

    def activate(self, x: Tensor) -> Tensor:
        """Apply the activation the layer ends with."""
        return ACTIVATIONS[self.activation](x)


def expect_shape(name: str, tensor: Tensor, expected: tuple[int | None, ...]) -> None:
    """Refuse a weight of another shape than the settings imply (None: any size)."""
    fits = tensor.ndim == len(expected) and all(
        size in (None, found) for size, found in zip(expected, tensor.shape, strict=True)
    )
    if not fits:
        wanted = "x".join("any" if size is None else str(size) for size in expected)
        found = "x".join(map(str, tensor.shape)) or "a single number"
        raise SettingError(f"{name} should be {wanted} and is {found}")


def inner_axis(axis: int, rank: int) -> int:
    """Position of `axis` in a tensor of `rank` axes; refuses the batch axis and beyond."""
    position = axis + rank if axis < 0 else axis
    if not 1 <= position < rank:
        raise SettingError(f"axis {axis} is not an axis of one sample with {rank - 1} axes")
    return position


class Identity(KerasLayer):
    """Layers that act in training alone."""

    ignored = frozenset({"rate", "noise_shape", "seed", "stddev", "l1", "l2", "data_format"})


class Activation(KerasLayer):
    """An activation as a layer."""

    def configure(self, options: Options) -> None:
        self.read_activation(options)

    def apply_to(self, x: Tensor) -> Tensor:
        return self.activate(x)


class Softmax(KerasLayer):
    """Softmax along an axis."""

    activation = "softmax"

    def configure(self, options: Options) -> None:
        self.axis = options.axis("axis", -1)

    def apply_to(self, x: Tensor) -> Tensor:
        return torch.softmax(x, dim=inner_axis(self.axis, x.ndim))


class ReLU(KerasLayer):
    """Linear between threshold and ceiling, leaky below the threshold."""

    activation = "relu"

    def configure(self, options: Options) -> None:
        self.max_value = options.maybe_number("max_value")
        self.negative_slope = options.number("negative_slope", 0.0)
        self.threshold = options.number("threshold", 0.0)

    def apply_to(self, x: Tensor) -> Tensor:
        low = self.negative_slope * (x - self.threshold)
        y = torch.where(x >= self.threshold, x, low)
        return y if self.max_value is None else torch.clamp(y, max=self.max_value)


class LeakyReLU(KerasLayer):
    """Identity above 0, slope alpha below."""

    activation = "leaky_relu"

    def configure(self, options: Options) -> None:
        self.alpha = options.number("alpha", 0.3)

    def apply_to(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(x, self.alpha)


class ELU(KerasLayer):
    """Identity above 0, alpha (exp(x) - 1) below."""

    activation = "elu"

    def configure(self, options: Options) -> None:
        self.alpha = options.number("alpha", 1.0)

    def apply_to(self, x: Tensor) -> Tensor:
        return functional.elu(x, self.alpha)


class ThresholdedReLU(KerasLayer):
    """Identity above theta, 0 elsewhere."""

    activation = "relu"

    def configure(self, options: Options) -> None:
        self.theta = options.number("theta", 1.0)

    def apply_to(self, x: Tensor) -> Tensor:
        return x * (x > self.theta)


class PReLU(KerasLayer):
    """Identity above 0, a learned slope below; shared axes have length 1 in the slopes."""

    activation = "prelu"
    weight_names = ("alpha",)
    alpha: Tensor

    def configure(self, options: Options) -> None:
        self.shared_axes = options.wholes("shared_axes", low=1)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        self.register_buffer("alpha", weights["alpha"])

    def apply_to(self, x: Tensor) -> Tensor:
        axes = range(1, x.ndim)
        expect_shape(
            "alpha", self.alpha, tuple(1 if k in self.shared_axes else x.shape[k] for k in axes)
        )
        return torch.where(x >= 0, x, self.alpha * x)


class BatchNormalization(KerasLayer):
    """Normalisation with the moving statistics along one axis."""

    ignored = frozenset({"momentum", "fused"})
    moving_names = ("moving_mean", "moving_variance")
    mean: Tensor
    variance: Tensor
    gamma: Tensor | None
    beta: Tensor | None

    def configure(self, options: Options) -> None:
        self.axis = options.axis("axis", -1)
        self.epsilon = options.number("epsilon", 1e-3)
        if self.epsilon < 0:
            raise SettingError(f"epsilon {self.epsilon} is negative")
        scale = ("gamma",) if options.flag("scale", True) else ()
        center = ("beta",) if options.flag("center", True) else ()
        self.weight_names = scale + center
        options.only("renorm", False)
        options.only("virtual_batch_size", None)
        options.only("adjustment", None)
        options.only("synchronized", False)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        length = weights["moving_mean"].numel()
        for name, tensor in weights.items():
            expect_shape(name, tensor, (length,))
        variance = weights["moving_variance"]
        if not variance.is_meta and bool((variance < 0).any()):
            raise SettingError("moving_variance has negative values")
        self.register_buffer("mean", weights["moving_mean"])
        self.register_buffer("variance", variance)
        self.register_buffer("gamma", weights.get("gamma"))
        self.register_buffer("beta", weights.get("beta"))

    def apply_to(self, x: Tensor) -> Tensor:
        axis = inner_axis(self.axis, x.ndim)
        expect_shape("moving_mean", self.mean, (x.shape[axis],))
        y = functional.batch_norm(
            x.movedim(axis, 1), self.mean, self.variance, self.gamma, self.beta, eps=self.epsilon
        )
        return y.movedim(1, axis)


class Dense(KerasLayer):
    """Affine map of the last axis."""

    kernel: Tensor
    bias: Tensor | None

    def configure(self, options: Options) -> None:
        self.units = options.whole("units")
        self.weight_names = ("kernel", "bias") if options.flag("use_bias", True) else ("kernel",)
        self.read_activation(options)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        for name, tensor in weights.items():
            expect_shape(name, tensor, (None, self.units) if name == "kernel" else (self.units,))
        self.register_buffer("kernel", weights["kernel"].t().contiguous())
        self.register_buffer("bias", weights.get("bias"))

    def apply_to(self, x: Tensor) -> Tensor:
        return self.activate(functional.linear(x, self.kernel, self.bias))


class Flatten(KerasLayer):
    """All axes of a sample in one, in Keras' (channels last) order."""

    def configure(self, options: Options) -> None:
        options.only("data_format", "channels_last", None)

    def apply_to(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], -1)


class Reshape(KerasLayer):
    """Another shape for each sample; one size may be -1."""

    def configure(self, options: Options) -> None:
        self.target = options.wholes("target_shape", low=-1)
        if 0 in self.target or self.target.count(-1) > 1:
            raise SettingError(f"target_shape {list(self.target)}")

    def apply_to(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.target)


class Permute(KerasLayer):
    """Axes of each sample in another order, counted from 1."""

    def configure(self, options: Options) -> None:
        self.order = options.wholes("dims", low=1)
        if sorted(self.order) != list(range(1, len(self.order) + 1)):
            raise SettingError(f"dims {list(self.order)} is not an order of axes")

    def apply_to(self, x: Tensor) -> Tensor:
        return x.permute(0, *self.order)


class Concatenate(KerasLayer):
    """Inputs one after the other along an axis."""

    def configure(self, options: Options) -> None:
        self.axis = options.axis("axis", -1)

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, dim=inner_axis(self.axis, inputs[0].ndim))


class Merge(KerasLayer):
    """Inputs combined element by element; lower ranks gain axes after the batch axis."""

    def forward(self, *inputs: Tensor) -> Tensor:
        rank = max(x.ndim for x in inputs)
        first, *others = (x[(slice(None),) + (None,) * (rank - x.ndim)] for x in inputs)
        if not others:
            raise SettingError("one input where at least two are merged")
        for other in others:
            first = self.combine(first, other)
        return first

    def combine(self, one: Tensor, other: Tensor) -> Tensor:
        """Combine the running result with the next input."""
        raise NotImplementedError


class Add(Merge):
    """Sum."""

    def combine(self, one: Tensor, other: Tensor) -> Tensor:
        return one + other


class Average(Add):
    """Mean."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return super().forward(*inputs) / len(inputs)


class Subtract(Merge):
    """Difference of two inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        if len(inputs) != 2:
            raise SettingError(f"{len(inputs)} inputs where exactly two are subtracted")
        return super().forward(*inputs)

    def combine(self, one: Tensor, other: Tensor) -> Tensor:
        return one - other


class Multiply(Merge):
    """Product."""

    def combine(self, one: Tensor, other: Tensor) -> Tensor:
        return one * other


class Maximum(Merge):
    """Largest."""

    def combine(self, one: Tensor, other: Tensor) -> Tensor:
        return torch.maximum(one, other)


class Minimum(Merge):
    """Smallest."""

    def combine(self, one: Tensor, other: Tensor) -> Tensor:
        return torch.minimum(one, other)

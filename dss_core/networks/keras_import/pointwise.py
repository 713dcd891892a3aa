"""Keras layers that act on each pixel or along one axis: activations, normalisation, Dense."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from dss_core.networks.keras_import.layers import KerasLayer, expect_shape, inner_axis
from dss_core.networks.keras_import.options import Options, SettingError


class Activation(KerasLayer):
    """An activation as a layer."""

    def configure(self, options: Options) -> None:
        self.read_activation(options)


class Softmax(KerasLayer):
    """Softmax along an axis; along the last it is the activation of that name."""

    def configure(self, options: Options) -> None:
        self.axis = options.axis("axis", -1)
        self.activation = "softmax" if self.axis == -1 else "linear"

    def apply_to(self, x: Tensor) -> Tensor:
        return x if self.axis == -1 else torch.softmax(x, dim=inner_axis(self.axis, x.ndim))


class ReLU(KerasLayer):
    """Linear between threshold and ceiling, leaky below the threshold."""

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

    def configure(self, options: Options) -> None:
        self.alpha = options.number("alpha", 0.3)

    def apply_to(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(x, self.alpha)


class ELU(KerasLayer):
    """Identity above 0, alpha (exp(x) - 1) below."""

    def configure(self, options: Options) -> None:
        self.alpha = options.number("alpha", 1.0)

    def apply_to(self, x: Tensor) -> Tensor:
        return functional.elu(x, self.alpha)


class ThresholdedReLU(KerasLayer):
    """Identity above theta, 0 elsewhere."""

    def configure(self, options: Options) -> None:
        self.theta = options.number("theta", 1.0)

    def apply_to(self, x: Tensor) -> Tensor:
        return x * (x > self.theta)


class PReLU(KerasLayer):
    """Identity above 0, a learned slope below; shared axes have length 1 in the slopes."""

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
        if bool((variance < 0).any()):
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
        return functional.linear(x, self.kernel, self.bias)

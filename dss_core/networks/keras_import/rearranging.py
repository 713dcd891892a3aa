"""Keras layers that rearrange a tensor or merge several; axes are Keras' own, channels last."""

import math

import torch
from torch import Tensor

from dss_core.networks.keras_import.layers import KerasLayer, inner_axis
from dss_core.networks.keras_import.options import Options, SettingError


class Flatten(KerasLayer):
    """All axes of a sample in one, in Keras' (channels last) order."""

    def configure(self, options: Options) -> None:
        options.only("data_format", "channels_last", None)

    def apply_to(self, x: Tensor) -> Tensor:
        return x.flatten(1)


class Reshape(KerasLayer):
    """Another shape for each sample; one size may be -1."""

    def configure(self, options: Options) -> None:
        self.target = options.wholes("target_shape", low=-1)
        if 0 in self.target or self.target.count(-1) > 1:
            raise SettingError(f"target_shape {list(self.target)}")

    def apply_to(self, x: Tensor) -> Tensor:
        given = math.prod(x.shape[1:])
        rest = given // math.prod(size for size in self.target if size != -1)
        shape = [rest if size == -1 else size for size in self.target]
        if math.prod(shape) != given:
            raise SettingError(f"{given} values do not fill target_shape {list(self.target)}")
        return x.reshape(x.shape[0], *shape)


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

    def before_activation(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, dim=inner_axis(self.axis, inputs[0].ndim))


class Merge(KerasLayer):
    """Inputs combined element by element; lower ranks gain axes after the batch axis."""

    def before_activation(self, *inputs: Tensor) -> Tensor:
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

    def before_activation(self, *inputs: Tensor) -> Tensor:
        return super().before_activation(*inputs) / len(inputs)


class Subtract(Merge):
    """Difference of two inputs."""

    def before_activation(self, *inputs: Tensor) -> Tensor:
        if len(inputs) != 2:
            raise SettingError(f"{len(inputs)} inputs where exactly two are subtracted")
        return super().before_activation(*inputs)

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

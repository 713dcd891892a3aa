"""Keras layers that slide a window over rows and columns, with TensorFlow's padding.

'same' padding gives ceil(size / stride) positions and puts the odd pixel at the bottom and right.
Convolutions pad with zeros, maximum pooling with minus infinity, and average pooling leaves
padded pixels out of its mean.

References
----------
TensorFlow documentation of `tf.nn.convolution`, `tf.nn.pool` and 'SAME' padding.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from dss_core.networks.keras_import.layers import KerasLayer, bounded, expect_shape
from dss_core.networks.keras_import.options import Options, SettingError

_PADDINGS = ("valid", "same")


def channels_first(x: Tensor) -> Tensor:
    """View (batch, rows, columns, channels) as torch's order; refuses other ranks."""
    if x.ndim != 4:
        raise SettingError(f"an input with {x.ndim - 1} axes where rows, columns, channels belong")
    return x.permute(0, 3, 1, 2)


def channels_last(x: Tensor) -> Tensor:
    """View (batch, channels, rows, columns) as Keras' order."""
    return x.permute(0, 2, 3, 1)


def same_margins(size: int, window: int, stride: int, dilation: int) -> tuple[int, int]:
    """Pixels that TensorFlow's 'same' padding adds before and after an axis of `size` pixels."""
    positions = -(-size // stride)
    reach = (window - 1) * dilation + 1
    total = max((positions - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


class Window(KerasLayer):
    """Base of the layers with a window, a stride and a padding."""

    dilation: tuple[int, int] = (1, 1)

    def read_window(
        self, options: Options, size_key: str, stride_default: tuple[int, int] | None
    ) -> None:
        """Read window, strides and padding; without a stride default the window is it."""
        options.only("data_format", "channels_last", None)
        self.window = options.pair(size_key, (2, 2) if size_key == "pool_size" else None)
        self.strides = options.pair("strides", stride_default or self.window)
        self.padding = options.choice("padding", _PADDINGS, "valid")

    def pad(self, x: Tensor, value: float) -> Tensor:
        """Pad (batch, rows, columns, channels) as the settings ask."""
        if x.ndim != 4 or self.padding == "valid":
            return x
        steps = zip(x.shape[1:3], self.window, self.strides, self.dilation, strict=True)
        (top, bottom), (left, right) = (same_margins(*step) for step in steps)
        if top == bottom == left == right == 0:
            return x
        return bounded(functional.pad(x, (0, 0, left, right, top, bottom), value=value))


class Convolution(Window):
    """Base of the convolutions: the window, an optional bias, an activation."""

    kernels: tuple[str, ...] = ("kernel",)
    bias: Tensor | None

    def configure(self, options: Options) -> None:
        self.read_window(options, "kernel_size", (1, 1))
        self.dilation = options.pair("dilation_rate", (1, 1))
        bias = ("bias",) if options.flag("use_bias", True) else ()
        self.weight_names = self.kernels + bias
        self.read_activation(options)

    def convolve(self, x: Tensor, kernel: Tensor, bias: Tensor | None, groups: int) -> Tensor:
        """Convolve channels-last `x`; `kernel` is (out, in / groups, rows, columns)."""
        padded = channels_first(self.pad(x, 0.0))
        y = functional.conv2d(
            padded, kernel, bias, self.strides, dilation=self.dilation, groups=groups
        )
        return channels_last(bounded(y))


class Conv2D(Convolution):
    """Convolution; Keras stores the kernel as (rows, columns, in, out)."""

    kernel: Tensor

    def configure(self, options: Options) -> None:
        super().configure(options)
        self.filters = options.whole("filters")
        self.groups = options.whole("groups", 1)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        expect_shape("kernel", weights["kernel"], (*self.window, None, self.filters))
        self.register_buffer("kernel", _torch_order(weights["kernel"]))
        self.register_buffer("bias", _bias(weights, self.filters))

    def apply_to(self, x: Tensor) -> Tensor:
        return self.convolve(x, self.kernel, self.bias, self.groups)


class DepthwiseConv2D(Convolution):
    """Each input channel convolved by itself; Keras' kernel is (rows, columns, in, multiplier)."""

    kernels: tuple[str, ...] = ("depthwise_kernel",)
    ignored = frozenset({"filters"})
    depthwise: Tensor

    def configure(self, options: Options) -> None:
        super().configure(options)
        options.only("groups", 1)
        self.multiplier = options.whole("depth_multiplier", 1)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        self.load_depthwise(weights["depthwise_kernel"])
        self.register_buffer("bias", _bias(weights, self.depthwise.shape[0]))

    def load_depthwise(self, kernel: Tensor) -> None:
        """Take the depthwise kernel: output channels run over multipliers within an input."""
        expect_shape("depthwise_kernel", kernel, (*self.window, None, self.multiplier))
        self.inputs = kernel.shape[2]
        stacked = kernel.permute(2, 3, 0, 1).reshape(-1, 1, *self.window)
        self.register_buffer("depthwise", stacked.contiguous())

    def apply_to(self, x: Tensor) -> Tensor:
        return self.convolve(x, self.depthwise, self.bias, self.inputs)


class SeparableConv2D(DepthwiseConv2D):
    """A depthwise convolution, then a 1x1 convolution with bias and activation."""

    kernels = ("depthwise_kernel", "pointwise_kernel")
    ignored = frozenset()
    pointwise: Tensor

    def configure(self, options: Options) -> None:
        super().configure(options)
        self.filters = options.whole("filters")

    def load(self, weights: Mapping[str, Tensor]) -> None:
        self.load_depthwise(weights["depthwise_kernel"])
        expected = (1, 1, self.depthwise.shape[0], self.filters)
        expect_shape("pointwise_kernel", weights["pointwise_kernel"], expected)
        self.register_buffer("pointwise", _torch_order(weights["pointwise_kernel"]))
        self.register_buffer("bias", _bias(weights, self.filters))

    def apply_to(self, x: Tensor) -> Tensor:
        y = channels_first(self.convolve(x, self.depthwise, None, self.inputs))
        return channels_last(functional.conv2d(y, self.pointwise, self.bias))


class MaxPooling2D(Window):
    """Largest value in each window."""

    def configure(self, options: Options) -> None:
        self.read_window(options, "pool_size", None)

    def apply_to(self, x: Tensor) -> Tensor:
        padded = channels_first(self.pad(x, -torch.inf))
        return channels_last(functional.max_pool2d(padded, self.window, self.strides))


class AveragePooling2D(Window):
    """Mean over the pixels of each window that lie inside the image."""

    def configure(self, options: Options) -> None:
        self.read_window(options, "pool_size", None)

    def apply_to(self, x: Tensor) -> Tensor:
        sums = self._sums(x)
        return sums / self._sums(torch.ones_like(x[:1, :, :, :1]))

    def _sums(self, x: Tensor) -> Tensor:
        padded = channels_first(self.pad(x, 0.0))
        pooled = functional.avg_pool2d(padded, self.window, self.strides, divisor_override=1)
        return channels_last(pooled)


class GlobalPooling(KerasLayer):
    """Base of the pooling over all rows and columns."""

    def configure(self, options: Options) -> None:
        options.only("data_format", "channels_last", None)
        self.keep = options.flag("keepdims", False)

    def apply_to(self, x: Tensor) -> Tensor:
        pooled = self.pool(channels_first(x))
        return channels_last(pooled) if self.keep else pooled.flatten(1)

    def pool(self, x: Tensor) -> Tensor:
        """Pool channels-first rows and columns to one pixel."""
        raise NotImplementedError


class GlobalAveragePooling2D(GlobalPooling):
    """Mean over rows and columns."""

    def pool(self, x: Tensor) -> Tensor:
        return x.mean(dim=(2, 3), keepdim=True)


class GlobalMaxPooling2D(GlobalPooling):
    """Largest over rows and columns."""

    def pool(self, x: Tensor) -> Tensor:
        return x.amax(dim=(2, 3), keepdim=True)


class ZeroPadding2D(KerasLayer):
    """Zeros around the image."""

    def configure(self, options: Options) -> None:
        options.only("data_format", "channels_last", None)
        self.margins = options.margins("padding")

    def apply_to(self, x: Tensor) -> Tensor:
        top, bottom, left, right = self.margins
        return channels_last(functional.pad(channels_first(x), (left, right, top, bottom)))


class Cropping2D(KerasLayer):
    """Rows and columns cut from the sides."""

    def configure(self, options: Options) -> None:
        options.only("data_format", "channels_last", None)
        self.margins = options.margins("cropping")

    def apply_to(self, x: Tensor) -> Tensor:
        top, bottom, left, right = self.margins
        rows, columns = channels_first(x).shape[2:]
        if top + bottom >= rows or left + right >= columns:
            raise SettingError(f"a crop that leaves nothing of {rows}x{columns} pixels")
        return x[:, top : rows - bottom, left : columns - right]


class UpSampling2D(KerasLayer):
    """Each pixel repeated."""

    def configure(self, options: Options) -> None:
        options.only("data_format", "channels_last", None)
        self.size = options.pair("size", (2, 2))
        options.only("interpolation", "nearest")

    def apply_to(self, x: Tensor) -> Tensor:
        rows, columns = self.size
        repeated = channels_first(x).repeat_interleave(rows, 2).repeat_interleave(columns, 3)
        return channels_last(repeated)


def _torch_order(kernel: Tensor) -> Tensor:
    return kernel.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)


def _bias(weights: Mapping[str, Tensor], length: int) -> Tensor | None:
    bias = weights.get("bias")
    if bias is not None:
        expect_shape("bias", bias, (length,))
    return bias

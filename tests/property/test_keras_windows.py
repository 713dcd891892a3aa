"""Windows of any size, stride, dilation and padding, against loops over positions."""

import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dss_core.networks.keras_import.options import Options
from dss_core.networks.keras_import.table import LAYERS
from tests import keras_reference as plain

small = st.integers(1, 4)
pairs = st.tuples(small, small)
sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
paddings = st.sampled_from(["same", "valid"])


def fits(size, window, dilation, padding):
    reach = [(w - 1) * d + 1 for w, d in zip(window, dilation, strict=True)]
    return padding == "same" or (reach[0] <= size[0] and reach[1] <= size[1])


def run(kind, config, weights, x):
    layer = LAYERS[kind](Options(config))
    layer.load({name: torch.from_numpy(values) for name, values in weights.items()})
    return layer(torch.from_numpy(x)).numpy()


@settings(deadline=None)
@given(sizes, pairs, pairs, pairs, paddings, st.integers(0, 2**32 - 1))
def test_convolution_of_any_window_agrees_with_loops(size, window, strides, dilation, pad, seed):
    assume(fits(size, window, dilation, pad))
    random = np.random.default_rng(seed)
    x = random.normal(size=(2, *size, 2)).astype(np.float32)
    kernel = random.normal(size=(*window, 2, 3)).astype(np.float32)
    config = {
        "filters": 3,
        "kernel_size": list(window),
        "strides": list(strides),
        "dilation_rate": list(dilation),
        "padding": pad,
        "use_bias": False,
    }
    result = run("Conv2D", config, {"kernel": kernel}, x)
    expected = plain.conv(x, kernel, None, strides, dilation, pad)
    np.testing.assert_allclose(result, expected, atol=1e-4)


@settings(deadline=None)
@given(sizes, pairs, pairs, pairs, paddings, small, st.integers(0, 2**32 - 1))
def test_depthwise_convolution_agrees_with_loops(size, window, strides, dilation, pad, m, seed):
    assume(fits(size, window, dilation, pad))
    random = np.random.default_rng(seed)
    x = random.normal(size=(2, *size, 3)).astype(np.float32)
    kernel = random.normal(size=(*window, 3, m)).astype(np.float32)
    config = {
        "kernel_size": list(window),
        "strides": list(strides),
        "dilation_rate": list(dilation),
        "padding": pad,
        "depth_multiplier": m,
        "use_bias": False,
    }
    result = run("DepthwiseConv2D", config, {"depthwise_kernel": kernel}, x)
    expected = plain.depthwise(x, kernel, None, strides, dilation, pad)
    np.testing.assert_allclose(result, expected, atol=1e-4)


@settings(deadline=None)
@given(sizes, pairs, pairs, paddings, st.integers(0, 2**32 - 1))
def test_pooling_leaves_padded_pixels_out(size, window, strides, pad, seed):
    assume(fits(size, window, (1, 1), pad))
    x = np.random.default_rng(seed).normal(-5, 1, size=(2, *size, 2)).astype(np.float32)
    config = {"pool_size": list(window), "strides": list(strides), "padding": pad}
    largest = run("MaxPooling2D", config, {}, x)
    mean = run("AveragePooling2D", config, {}, x)
    np.testing.assert_array_equal(largest, plain.pool(x, window, strides, pad, np.max))
    np.testing.assert_allclose(mean, plain.pool(x, window, strides, pad, np.mean), rtol=1e-5)

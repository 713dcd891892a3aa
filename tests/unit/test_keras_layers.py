"""Every supported Keras layer against a plain numpy implementation, in every file generation."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from dss_core.networks.keras_import.reader import import_keras
from dss_core.networks.keras_import.table import LAYERS
from tests import keras_reference as plain
from tests.keras_legacy import GENERATIONS, Layer, Net, chain, input_layer, write

RANDOM = np.random.default_rng(20)
X = RANDOM.normal(size=(3, 5, 6, 4)).astype(np.float32)
ALPHA = RANDOM.normal(size=(5, 6, 4)).astype(np.float32)
SHARED_ALPHA = RANDOM.normal(size=(1, 1, 4)).astype(np.float32)
KERNEL = RANDOM.normal(size=(3, 2, 4, 3)).astype(np.float32)
DEEP = RANDOM.normal(size=(3, 3, 4, 2)).astype(np.float32)
POINT = RANDOM.normal(size=(1, 1, 8, 3)).astype(np.float32)
BIAS = RANDOM.normal(size=8).astype(np.float32)
DENSE = RANDOM.normal(size=(4, 3)).astype(np.float32)
VARIANCE = RANDOM.uniform(1e-6, 1e-4, size=6).astype(np.float32)
MEAN, GAMMA, BETA = RANDOM.normal(size=(3, 6)).astype(np.float32)


@dataclass(frozen=True)
class Case:
    """A layer and what it should make of X, in float64."""

    kind: str
    config: dict
    expected: np.ndarray
    weights: dict = field(default_factory=dict)


def norm(axis, n, epsilon, scale=True, center=True):
    weights = {"gamma": GAMMA[:n]} if scale else {}
    weights |= {"beta": BETA[:n]} if center else {}
    weights |= {"moving_mean": MEAN[:n], "moving_variance": VARIANCE[:n]}
    expected = plain.batch_norm(
        X.astype(float),
        axis,
        epsilon,
        MEAN[:n],
        VARIANCE[:n].astype(float),
        GAMMA[:n] if scale else None,
        BETA[:n] if center else None,
    )
    config = {"axis": axis, "epsilon": epsilon, "scale": scale, "center": center, "momentum": 0.9}
    return Case("BatchNormalization", config, expected, weights)


CASES = {
    **{
        f"activation {name}": Case("Activation", {"activation": name}, function(X.astype(float)))
        for name, function in plain.ACTIVATIONS.items()
    },
    "softmax over rows": Case("Softmax", {"axis": 1}, plain.softmax(X, 1)),
    "softmax over channels": Case("Softmax", {"axis": -1}, plain.softmax(X)),
    "relu layer": Case(
        "ReLU",
        {"max_value": 0.8, "negative_slope": 0.1, "threshold": 0.2},
        np.where(X >= 0.8, 0.8, np.where(X >= 0.2, X, 0.1 * (X - 0.2))),
    ),
    "leaky relu": Case("LeakyReLU", {"alpha": 0.2}, np.where(X > 0, X, 0.2 * X)),
    "elu layer": Case("ELU", {"alpha": 0.7}, np.where(X > 0, X, 0.7 * (np.exp(X) - 1))),
    "thresholded relu": Case("ThresholdedReLU", {"theta": 0.4}, np.where(X > 0.4, X, 0)),
    "prelu": Case("PReLU", {"shared_axes": None}, np.where(X > 0, X, ALPHA * X), {"alpha": ALPHA}),
    "prelu shared over the image": Case(
        "PReLU",
        {"shared_axes": [1, 2]},
        np.where(X > 0, X, SHARED_ALPHA * X),
        {"alpha": SHARED_ALPHA},
    ),
    "norm of channels": norm(-1, 4, 1e-3),
    "norm axis 3, small epsilon": norm(3, 4, 1.1e-5),
    "norm of rows": norm(1, 5, 1e-3),
    "norm of columns": norm(2, 6, 1e-5),
    "norm without scale": norm(-1, 4, 1.1e-5, scale=False),
    "norm without center": norm(-1, 4, 1e-3, center=False),
    "norm without both": norm(-1, 4, 1e-6, scale=False, center=False),
    "convolution": Case(
        "Conv2D",
        {"filters": 3, "kernel_size": [3, 2], "strides": [2, 1], "activation": "elu"},
        plain.ACTIVATIONS["elu"](plain.conv(X, KERNEL, BIAS[:3], strides=(2, 1))),
        {"kernel": KERNEL, "bias": BIAS[:3]},
    ),
    "depthwise convolution": Case(
        "DepthwiseConv2D",
        {"kernel_size": [3, 3], "strides": [2, 2], "padding": "same", "depth_multiplier": 2},
        plain.depthwise(X, DEEP, BIAS, strides=(2, 2), padding="same"),
        {"depthwise_kernel": DEEP, "bias": BIAS},
    ),
    "separable convolution": Case(
        "SeparableConv2D",
        {
            "filters": 3,
            "kernel_size": [3, 3],
            "strides": [2, 2],
            "padding": "same",
            "depth_multiplier": 2,
            "activation": "relu",
        },
        plain.relu(
            plain.conv(plain.depthwise(X, DEEP, None, (2, 2), padding="same"), POINT, BIAS[:3])
        ),
        {"depthwise_kernel": DEEP, "pointwise_kernel": POINT, "bias": BIAS[:3]},
    ),
    "dense on every pixel": Case(
        "Dense",
        {"units": 3, "activation": "softmax", "use_bias": True},
        plain.softmax(X @ DENSE.astype(float) + BIAS[:3]),
        {"kernel": DENSE, "bias": BIAS[:3]},
    ),
    "max pooling": Case(
        "MaxPooling2D",
        {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"},
        plain.pool(X - 9, (3, 3), (2, 2), "same", np.max) + 9,
    ),
    "average pooling": Case(
        "AveragePooling2D",
        {"pool_size": [2, 3], "strides": None, "padding": "same"},
        plain.pool(X, (2, 3), (2, 3), "same", np.mean),
    ),
    "global max pooling": Case("GlobalMaxPooling2D", {}, X.max(axis=(1, 2))),
    "global average pooling": Case("GlobalAveragePooling2D", {}, X.mean(axis=(1, 2))),
    "global average, axes kept": Case(
        "GlobalAveragePooling2D", {"keepdims": True}, X.mean(axis=(1, 2), keepdims=True)
    ),
    "zero padding": Case(
        "ZeroPadding2D",
        {"padding": [[1, 2], [0, 3]]},
        np.pad(X, ((0, 0), (1, 2), (0, 3), (0, 0))),
    ),
    "cropping": Case("Cropping2D", {"cropping": [[1, 0], [1, 2]]}, X[:, 1:, 1:4]),
    "upsampling": Case("UpSampling2D", {"size": [2, 3]}, np.kron(X, np.ones((1, 2, 3, 1)))),
    "flatten": Case("Flatten", {}, X.ravel().reshape(3, -1)),
    "reshape": Case("Reshape", {"target_shape": [8, -1]}, X.ravel().reshape(3, 8, 15)),
    "permute": Case("Permute", {"dims": [3, 1, 2]}, np.einsum("nhwc->nchw", X)),
    **{
        f"{kind} does nothing": Case(kind, config, X)
        for kind, config in {
            "Dropout": {"rate": 0.5, "noise_shape": None, "seed": None},
            "SpatialDropout2D": {"rate": 0.5, "data_format": "channels_last"},
            "GaussianNoise": {"stddev": 0.5},
            "GaussianDropout": {"rate": 0.5},
            "AlphaDropout": {"rate": 0.5},
            "ActivityRegularization": {"l1": 0.5, "l2": 0.5},
        }.items()
    },
}
MERGES = {
    "Add": lambda a, b: a + b,
    "Average": lambda a, b: (a + b) / 2,
    "Subtract": lambda a, b: a - b,
    "Multiply": lambda a, b: a * b,
    "Maximum": np.fmax,
    "Minimum": np.fmin,
}


@pytest.mark.parametrize("name", CASES)
def test_a_layer_computes_what_its_definition_says(name, tmp_path):
    case = CASES[name]
    layer = Layer(case.kind, "layer_under_test", case.config, case.weights)
    generation = GENERATIONS[sorted(CASES).index(name) % len(GENERATIONS)]
    path = write(tmp_path / "one.h5", chain(layer, shape=X.shape[1:]), generation)
    result = import_keras(path).network(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(result, case.expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("kind", MERGES)
def test_merges_work_element_by_element_and_in_order(kind, tmp_path):
    y = RANDOM.normal(size=X.shape).astype(np.float32)
    a, b = input_layer("a", *X.shape[1:]), input_layer("b", *X.shape[1:])
    net = Net((b, a, Layer(kind, "merge", calls=(["a", "b"],))), ("a", "b"), ("merge",))
    result = import_keras(write(tmp_path / "m.h5", net)).network(*map(torch.from_numpy, (X, y)))
    np.testing.assert_allclose(result.numpy(), MERGES[kind](X, y), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2])
def test_concatenate_counts_axes_as_keras_does(axis, tmp_path):
    a, b = input_layer("a", *X.shape[1:]), input_layer("b", *X.shape[1:])
    layer = Layer("Concatenate", "join", {"axis": axis}, calls=(["a", "b", "a"],))
    path = write(tmp_path / "c.h5", Net((a, b, layer), ("a", "b"), ("join",)))
    result = import_keras(path).network(torch.from_numpy(X), torch.from_numpy(-X))
    np.testing.assert_array_equal(result.numpy(), np.concatenate([X, -X, X], axis=axis))


def test_a_merge_of_unequal_ranks_gives_the_lower_one_new_axes_after_the_batch(tmp_path):
    layers = (
        input_layer("a", 4, 4, 3),
        Layer("GlobalAveragePooling2D", "pool", calls=(["a"],)),
        Layer("Multiply", "gate", calls=(["a", "pool"],)),
    )
    x = RANDOM.normal(size=(2, 4, 4, 3)).astype(np.float32)
    network = import_keras(write(tmp_path / "g.h5", Net(layers, ("a",), ("gate",)))).network
    expected = x * x.mean(axis=(1, 2))[:, None, None, :]
    np.testing.assert_allclose(network(torch.from_numpy(x)).numpy(), expected, atol=1e-6)


def test_every_supported_layer_is_tried_here():
    tried = {case.kind for case in CASES.values()} | set(MERGES) | {"Concatenate"}
    assert set(LAYERS) - tried == {"BatchNormalizationV1"}

"""Networks on raw arrays: which arrays are taken, and which are refused."""

import numpy as np
import pytest
import torch

from dss_core.errors import InputError
from dss_core.networks.keras_import.imported_network import KerasNetwork
from dss_core.networks.keras_import.reader import import_keras
from dss_core.networks.raw_prediction import predict, read_arrays
from tests.keras_legacy import Layer, Net, chain, input_layer, write
from tests.keras_sres import random_sres

X = np.random.default_rng(23).normal(size=(3, 4, 4, 1)).astype(np.float32)
MEAN = X.mean(axis=(1, 2))


@pytest.fixture
def pooling(tmp_path):
    net = chain(Layer("GlobalAveragePooling2D", "pool"), shape=(4, 4, 1))
    return KerasNetwork(import_keras(write(tmp_path / "p.h5", net)).network, None)


@pytest.fixture
def two_inputs(tmp_path):
    layers = (
        input_layer("a", 4, 4, 1),
        input_layer("b", 4, 4, 1),
        Layer("Subtract", "minus", calls=(["a", "b"],)),
        Layer("Add", "plus", calls=(["a", "b"],)),
    )
    net = Net(layers, ("b", "a"), ("minus", "plus"))
    return KerasNetwork(import_keras(write(tmp_path / "t.h5", net)).network, None)


@pytest.mark.parametrize(
    "arrays",
    [{"input_1": X}, {"input_1": X, "more": X}, {"any": X}, {"input_1": X[..., 0]},
     {"input_1": X.astype(np.float64)}],
)  # fmt: skip
def test_a_lone_input_is_found(arrays, pooling):
    np.testing.assert_allclose(predict(pooling, arrays)["output"], MEAN, atol=1e-6)


def test_several_inputs_and_outputs_go_by_name(two_inputs):
    results = predict(two_inputs, {"a": 2 * X, "b": X})
    np.testing.assert_array_equal(results["minus"], X)
    np.testing.assert_array_equal(results["plus"], 3 * X)


def test_many_samples_are_run_in_batches_with_the_same_result(pooling):
    many = np.concatenate([X] * 50)
    expected = np.concatenate([MEAN] * 50)
    np.testing.assert_allclose(predict(pooling, {"input_1": many})["output"], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": X}, "inputs are 'b', 'a'; the file has 'a'"),
        ({"a": X, "b": X[:2]}, "same number of samples, at least 1; found 2, 3"),
        ({"a": X[:0], "b": X[:0]}, "at least 1; found 0, 0"),
        ({"a": X, "b": X[:, :2]}, r"'b' must have shape \(n, 4, 4, 1\)"),
        ({"a": X * np.nan, "b": X}, "'a' contains values that are not finite"),
        ({"a": X.astype(str), "b": X}, "'a' must be numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays, words, two_inputs):
    with pytest.raises(InputError, match=words):
        predict(two_inputs, arrays)


def test_our_own_network_takes_channels_last_and_gives_probabilities():
    network = random_sres(4)
    x = np.random.default_rng(24).normal(size=(2, 64, 64, 3)).astype(np.float32)
    with torch.no_grad():
        logits = network(torch.from_numpy(x.transpose(0, 3, 1, 2).copy()))
    expected = torch.softmax(logits, dim=1).numpy()
    np.testing.assert_allclose(predict(network, {"input": x})["output"], expected, atol=1e-6)


def test_files_that_are_not_plain_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "objects.npz", x=np.array([{}], dtype=object))
    np.save(tmp_path / "single.npy", X)
    (tmp_path / "text.npz").write_text("no")
    for name, words in {
        "objects.npz": "plain numeric arrays",
        "single.npy": "plain numeric arrays",
        "text.npz": "plain numeric arrays",
        "absent.npz": "cannot be read",
    }.items():
        with pytest.raises(InputError, match=words):
            read_arrays(tmp_path / name)

"""Models as Keras files describe them: shared layers, nested models, inputs in any order."""

import json

import h5py
import numpy as np
import pytest
import torch

from dss_core.networks.keras_import.architecture import Architecture
from dss_core.networks.keras_import.graph import build
from dss_core.networks.keras_import.reader import import_keras
from tests import keras_reference as plain
from tests.keras_legacy import GENERATIONS, Layer, Net, chain, input_layer, write

RANDOM = np.random.default_rng(21)
A, B, C = RANDOM.normal(size=(3, 2, 6, 6, 2)).astype(np.float32)
KERNEL = RANDOM.normal(size=(3, 3, 2, 2)).astype(np.float32)
BIAS = RANDOM.normal(size=2).astype(np.float32)
NORM = {
    "gamma": RANDOM.uniform(0.5, 1.5, 2),
    "beta": RANDOM.normal(size=2),
    "moving_mean": RANDOM.normal(size=2),
    "moving_variance": RANDOM.uniform(0.5, 2, 2),
}
SECOND = RANDOM.normal(size=(1, 1, 2, 3)).astype(np.float32)
NORM_3 = {name: np.resize(values, 3) * 1.5 for name, values in NORM.items()}
CONV = {"filters": 2, "kernel_size": [3, 3], "padding": "same"}


def stem(frozen: bool = False) -> tuple[Layer, ...]:
    """Two convolutions with norms: trained and moving weights interleave by layer."""
    flag = {"trainable": not frozen}
    one = {"filters": 3, "kernel_size": [1, 1], "use_bias": False}
    return (
        Layer("Conv2D", "conv", {**CONV, **flag}, {"kernel": KERNEL, "bias": BIAS}),
        Layer("BatchNormalization", "norm", {}, NORM),
        Layer("Conv2D", "conv_2", one, {"kernel": SECOND}),
        Layer("BatchNormalization", "norm_2", flag, NORM_3),
    )


def stem_by_hand(x: np.ndarray) -> np.ndarray:
    y = plain.conv(x, KERNEL, BIAS, padding="same")
    y = plain.batch_norm(y, -1, 1e-3, *_norm(NORM))
    y = plain.conv(y, SECOND)
    return plain.batch_norm(y, -1, 1e-3, *_norm(NORM_3))


def _norm(weights):
    return (weights[k] for k in ("moving_mean", "moving_variance", "gamma", "beta"))


def run(path, *arrays):
    """Outputs of the imported network, rebuilt from JSON and tensors alone."""
    imported = import_keras(path)
    text = json.dumps(imported.architecture.to_json())
    network = build(Architecture.from_json(json.loads(text)), imported.tensors)
    outputs = network(*map(torch.from_numpy, arrays))
    return outputs.numpy() if isinstance(outputs, torch.Tensor) else [y.numpy() for y in outputs]


def towers(nested: Layer) -> Net:
    """One nested model on three inputs that were made in another order than they are taken."""
    layers = (
        input_layer("a", 6, 6, 2),
        input_layer("b", 6, 6, 2),
        input_layer("c", 6, 6, 2),
        nested,
        Layer("Concatenate", "join", {"axis": -1}, calls=([("tower", 1), "tower", ("tower", 2)],)),
    )
    return Net(layers, ("c", "a", "b"), ("join",))


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("sequential", [False, True])
def test_a_nested_model_keeps_its_weights_whatever_is_frozen(
    generation, frozen, sequential, tmp_path
):
    net = Net(stem(frozen)) if sequential else chain(*stem(frozen), shape=(6, 6, 2))
    kind = "Sequential" if sequential else "Model"
    tower = Layer(kind, "tower", calls=(["b"], ["a"], ["c"]), nested=net)
    result = run(write(tmp_path / "t.h5", towers(tower), generation), C, A, B)
    expected = np.concatenate([stem_by_hand(x) for x in (A, B, C)], axis=-1)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_a_layer_shared_at_several_depths_is_one_layer(tmp_path):
    conv = Layer(
        "Conv2D",
        "conv",
        CONV,
        {"kernel": KERNEL, "bias": BIAS},
        (["x"], [("tanh", 0)], [("tanh", 1)]),
    )
    tanh = Layer("Activation", "tanh", {"activation": "tanh"}, calls=(["conv"], [("conv", 1)]))
    net = Net((input_layer("x", 6, 6, 2), tanh, conv), ("x",), (("conv", 2), ("tanh", 1)))
    last, middle = run(write(tmp_path / "z.h5", net), A)
    once = np.tanh(plain.conv(A, KERNEL, BIAS, padding="same"))
    twice = np.tanh(plain.conv(once, KERNEL, BIAS, padding="same"))
    np.testing.assert_allclose(middle, twice, atol=1e-5)
    np.testing.assert_allclose(last, plain.conv(twice, KERNEL, BIAS, padding="same"), atol=1e-5)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_sequential_file_runs_from_its_first_layers_shape(generation, tmp_path):
    first, *others = stem()
    shape = {**first.config, "batch_input_shape": [None, 6, 6, 2]}
    net = Net((Layer(first.kind, first.name, shape, first.weights), *others))
    path = write(tmp_path / "s.h5", net, generation)
    np.testing.assert_allclose(run(path, A), stem_by_hand(A), atol=1e-5)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_sequential_file_may_start_with_a_model(generation, tmp_path):
    net = Net(
        (
            Layer("Model", "base", nested=chain(*stem(), shape=(6, 6, 2))),
            Layer("GlobalAveragePooling2D", "pool"),
        )
    )
    path = write(tmp_path / "m.h5", net, generation)
    np.testing.assert_allclose(run(path, A), stem_by_hand(A).mean(axis=(1, 2)), atol=1e-5)


def test_a_model_nested_in_a_nested_model_is_reached(tmp_path):
    inner = Layer("Model", "inner", nested=chain(*stem(), shape=(6, 6, 2)))
    middle = Layer("Model", "middle", nested=chain(inner, shape=(6, 6, 2)))
    path = write(tmp_path / "n.h5", chain(middle, shape=(6, 6, 2)))
    np.testing.assert_allclose(run(path, A), stem_by_hand(A), atol=1e-5)
    assert "middle/inner/conv/kernel" in import_keras(path).tensors


@pytest.mark.parametrize("suffix", ["_1", "_2_1"])
def test_weights_are_found_by_the_names_the_file_lists(suffix, tmp_path):
    path = write(tmp_path / "w.h5", chain(*stem(), shape=(6, 6, 2)), suffix=suffix)
    np.testing.assert_allclose(run(path, A), stem_by_hand(A), atol=1e-5)


def test_names_that_keras_split_over_several_attributes_are_joined(tmp_path):
    # Keras cuts lists above 64 kB into key0, key1, ...; half-precision arrays are widened
    path = write(tmp_path / "c.h5", chain(*stem(), shape=(6, 6, 2)))
    with h5py.File(path, "a") as file:
        group = file["model_weights"]
        for owner, key in [(group, "layer_names"), *((g, "weight_names") for g in group.values())]:
            names = list(owner.attrs[key])
            del owner.attrs[key]
            for part, chunk in enumerate((names[:1], names[1:])):
                owner.attrs[f"{key}{part}"] = chunk
        kernel = group["conv_2/conv_2/kernel:0"]
        half = kernel[()].astype(np.float16)
        del group["conv_2/conv_2/kernel:0"]
        group["conv_2"].create_dataset("conv_2/kernel:0", data=half, compression="gzip")
    np.testing.assert_allclose(run(path, A), stem_by_hand(A), atol=5e-3)


def test_an_open_input_size_takes_images_of_any_size(tmp_path):
    path = write(tmp_path / "o.h5", chain(*stem(), shape=(None, None, 2)))
    for size in (5, 6, 9):
        x = RANDOM.normal(size=(1, size, size + 1, 2)).astype(np.float32)
        np.testing.assert_allclose(run(path, x), stem_by_hand(x), atol=1e-5)


def test_any_tensor_inside_can_be_kept_with_its_gradient(tmp_path):
    layers = (*stem(), Layer("GlobalMaxPooling2D", "pool"))
    network = import_keras(write(tmp_path / "k.h5", chain(*layers, shape=(6, 6, 2)))).network
    trace = network.trace([torch.from_numpy(A)], "conv")
    kept = trace.kept.detach().numpy()
    np.testing.assert_allclose(kept, plain.conv(A, KERNEL, BIAS, padding="same"), atol=1e-5)
    (gradient,) = torch.autograd.grad(trace.outputs[0].sum(), trace.kept)

    def score(activation):
        y = plain.batch_norm(activation, -1, 1e-3, *_norm(NORM))
        y = plain.batch_norm(plain.conv(y, SECOND), -1, 1e-3, *_norm(NORM_3))
        return y.max(axis=(1, 2)).sum()

    step = np.zeros(kept.shape)
    step[0, 2, 3, 1] = 1e-5
    slope = (score(kept + step) - score(kept - step)) / 2e-5
    assert gradient[0, 2, 3, 1].item() == pytest.approx(slope, abs=1e-3)

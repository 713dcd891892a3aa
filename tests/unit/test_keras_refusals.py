"""What is not a whole, plain Keras 2 model is refused in one sentence, and nothing is executed."""

import json
import re

import h5py
import numpy as np
import pytest

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.architecture import Architecture
from dss_core.networks.keras_import.graph import build
from dss_core.networks.keras_import.reader import import_keras
from tests.keras_legacy import Layer, chain, write

CONV = {"filters": 2, "kernel_size": [3, 3]}
WEIGHTS = {"kernel": np.ones((3, 3, 2, 2)), "bias": np.zeros(2)}
SMALL = chain(
    Layer("Conv2D", "conv", CONV, WEIGHTS),
    Layer("Flatten", "flat"),
    Layer("Dense", "dense", {"units": 2}, {"kernel": np.ones((32, 2)), "bias": np.zeros(2)}),
    shape=(6, 6, 2),
)


@pytest.fixture
def small(tmp_path):
    return write(tmp_path / "small.h5", SMALL)


def change_config(path, change):
    """Rewrite the model description of a file."""
    with h5py.File(path, "a") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"])
        file.attrs["model_config"] = json.dumps(config)


def test_all_that_is_not_supported_is_named_at_once(tmp_path):
    net = chain(
        Layer("Lambda", "cut", {"function": ["4wEAAA==", None, None]}),
        Layer("Conv2D", "first", {**CONV, "data_format": "channels_first"}, WEIGHTS),
        Layer("Conv2DTranspose", "up", CONV, WEIGHTS),
        Layer("InstanceNormalization", "own"),
        Layer("UpSampling2D", "smooth", {"size": [2, 2], "interpolation": "bilinear"}),
        Layer("Activation", "act", {"activation": "my_swish"}),
        shape=(6, 6, 2),
    )
    with pytest.raises(WeightsError) as refusal:
        import_keras(write(tmp_path / "many.h5", net))
    for words in (
        "cut (Lambda layer)",
        "first (Conv2D with data_format 'channels_first')",
        "up (Conv2DTranspose layer)",
        "own (InstanceNormalization layer)",
        "smooth (UpSampling2D with interpolation 'bilinear')",
        "act (Activation with activation 'my_swish'",
    ):
        assert words in str(refusal.value)


def test_operators_between_layers_are_named_with_the_rest(tmp_path, small):
    def write_operators(config):
        # as tf.keras writes `x * 2.0` between layers: one flat call, the number beside it
        call = ["flat", 0, 0, {"y": 2.0, "name": None}]
        operator = {"class_name": "TFOpLambda", "name": "tf.math.multiply", "config": {}}
        config["layers"].insert(3, {**operator, "inbound_nodes": [call]})
        config["layers"][1]["class_name"] = "Conv3D"

    change_config(small, write_operators)
    with pytest.raises(WeightsError) as refusal:
        import_keras(small)
    for words in ("conv (Conv3D layer)", "tf.math.multiply (TFOpLambda layer)"):
        assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"padding": "causal"}, "padding 'causal'"),
        ({"dtype": "float16"}, "dtype 'float16'"),
        ({"kernel_size": [3, 10**9]}, "is not a whole number"),
        ({"strides": [0, 1]}, "is not a whole number"),
        ({"spectral": True}, "unknown setting 'spectral'"),
        ({"use_bias": "no"}, "use_bias 'no' is not true or false"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused(config, words, tmp_path):
    net = chain(Layer("Conv2D", "conv", {**CONV, **config}, WEIGHTS), shape=(6, 6, 2))
    with pytest.raises(WeightsError, match=words):
        import_keras(write(tmp_path / "odd.h5", net))


def test_a_layer_called_as_in_training_is_refused(small):
    def train(config):
        config["layers"][1]["inbound_nodes"][0][0][3] = {"training": True}

    change_config(small, train)
    with pytest.raises(WeightsError, match=r"conv \(called with training\)"):
        import_keras(small)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["layers"][2].update(inbound_nodes=[[["dense", 0, 0, {}]]]), "circle"),
        (lambda c: c["layers"][2].update(inbound_nodes=[[["conv", 7, 0, {}]]]), "not described"),
        (lambda c: c["layers"][2].update(inbound_nodes=[[["ghost", 0, 0, {}]]]), "not described"),
        (lambda c: c.pop("output_layers"), "cannot be followed"),
        (lambda c: c["layers"].append(c["layers"][1]), "same name"),
        (lambda c: c["layers"][0]["config"].pop("batch_input_shape"), "shape of its input"),
        (lambda c: c["layers"][3]["config"].update(units=3), "kernel should be anyx3 and is 32x2"),
        (
            lambda c: c["layers"][0]["config"].update(batch_input_shape=[None, 7, 6, 2]),
            "'dense' does not fit its input of 40",
        ),
        (
            lambda c: c["layers"][0]["config"].update(batch_input_shape=[None, 60000, 60000, 2]),
            "values for one sample",
        ),
        (lambda c: c["layers"][3]["config"].update(use_bias=False), "needs 1 weights"),
    ],
)
def test_a_description_that_contradicts_itself_or_the_weights_is_refused(change, words, small):
    change_config(small, change)
    with pytest.raises(WeightsError, match=words):
        import_keras(small)


@pytest.mark.parametrize(
    "layer",
    [
        Layer("Conv2D", "bad", CONV, {"kernel": np.ones((3, 3, 4, 2)), "bias": np.ones(2)}),
        Layer("Conv2D", "bad", {"filters": 2, "kernel_size": [7, 1], "use_bias": False},
              {"kernel": np.ones((7, 1, 2, 2))}),
        Layer("DepthwiseConv2D", "bad", {"kernel_size": [1, 1], "use_bias": False},
              {"depthwise_kernel": np.ones((1, 1, 3, 1))}),
        Layer("BatchNormalization", "bad", {"scale": False, "center": False},
              {"moving_mean": np.ones(1), "moving_variance": np.ones(1)}),
        Layer("PReLU", "bad", {"shared_axes": [1, 2]}, {"alpha": np.ones((1, 1, 1))}),
        Layer("Dense", "bad", {"units": 2, "use_bias": False}, {"kernel": np.ones((3, 2))}),
        Layer("MaxPooling2D", "bad", {"pool_size": [7, 7]}),
        Layer("Reshape", "bad", {"target_shape": [5, 5]}),
        Layer("Reshape", "bad", {"target_shape": [5, -1]}),
        Layer("Permute", "bad", {"dims": [2, 1]}),
        Layer("Cropping2D", "bad", {"cropping": [[3, 3], [0, 0]]}),
        Layer("BatchNormalization", "bad", {"axis": 0, "scale": False, "center": False},
              {"moving_mean": np.ones(1), "moving_variance": np.ones(1)}),
        Layer("UpSampling2D", "bad", {"size": [512, 512]}),
    ],
    ids=lambda layer: f"{layer.kind} {layer.config}",
)  # fmt: skip
def test_a_layer_that_does_not_fit_its_input_is_refused_at_import(layer, tmp_path):
    before = Layer("UpSampling2D", "up", {"size": [40, 40]})
    layers = [before, layer] if layer.kind == "UpSampling2D" else [layer]
    with pytest.raises(WeightsError, match=r"Layer 'bad' does not fit its input of \d+x\d+x2: "):
        import_keras(write(tmp_path / "bad.h5", chain(*layers, shape=(6, 6, 2))))


def test_padding_that_would_fill_the_memory_is_refused_unallocated(tmp_path):
    weights = {"kernel": np.ones((40, 40, 2, 1)), "bias": np.zeros(1)}
    config = {"filters": 1, "kernel_size": [40, 40], "padding": "same", "dilation_rate": [500, 500]}
    net = chain(Layer("Conv2D", "wide", config, weights), shape=(6, 6, 2))
    with pytest.raises(WeightsError, match=r"'wide' .* needs more than"):
        import_keras(write(tmp_path / "wide.h5", net))


@pytest.mark.parametrize(
    ("description", "fault"),
    [
        ('{"config":' * 100_000, "nested deeper"),
        ('{"config":' * 100_000 + "0" + "}" * 100_000, "nested deeper"),
        ('{"config":' * 51 + "0" + "}" * 51, "nested deeper"),
        ('{"class_name": "Model", "config": {"rate": NaN}}', "finite numbers only, found NaN"),
        ('{"config": {"rate": -Infinity}}', "finite numbers only, found -Infinity"),
        ('{"config": {"rate": 1e999}}', "finite numbers only, found 1e999"),
        ('{"config": {"units": 1' + "0" * 5000 + "}}", "finite numbers only"),
        ('{"config": {}, "config": {}}', "'config' given twice"),
        ('{"config": ', "not valid JSON: line 1"),
        ("[1]", "not a JSON object"),
    ],
    ids=lambda text: text[:24],
)
def test_a_description_that_is_not_strict_json_is_refused_in_one_sentence(
    small, description, fault
):
    """By the one reader of all JSON; the command says it in one line."""
    with h5py.File(small, "a") as file:
        file.attrs["model_config"] = description
    with pytest.raises(WeightsError, match=re.escape(fault)) as refusal:
        import_keras(small)
    assert "model description" in str(refusal.value) and "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_a_network_description_from_a_bundle_is_checked_too(small):
    imported = import_keras(small)
    value = imported.architecture.to_json()
    value["calls"][0]["inputs"] = [9]
    with pytest.raises(WeightsError, match="call conv uses what does not exist"):
        Architecture.from_json(value)
    with pytest.raises(WeightsError, match="damaged"):
        Architecture.from_json({"format": 1, "inputs": "x"})
    with pytest.raises(WeightsError, match=r"'dense' .* misses its bias"):
        build(
            imported.architecture,
            {k: v for k, v in imported.tensors.items() if k != "dense/bias"},
        )

"""Imported networks in the place of ours: inputs, logits, attention layer, scores."""

import numpy as np
import pytest
import torch

from dss_core.bundles.bundle import load_bundle
from dss_core.bundles.keras_bundle import import_weights
from dss_core.errors import WeightsError
from dss_core.networks.keras_import.imported_network import (
    KerasNetwork,
    attention_layer,
    scoring_problem,
)
from dss_core.networks.keras_import.reader import import_keras
from dss_core.records import Task
from dss_core.scoring.score import score_slices
from tests.keras_legacy import Layer, Net, chain, input_layer, write
from tests.keras_sres import as_keras, random_sres

RANDOM = np.random.default_rng(22)
X = RANDOM.normal(size=(3, 3, 64, 64)).astype(np.float32)
CONV = {"filters": 4, "kernel_size": [3, 3], "padding": "same"}
WEIGHTS = {"kernel": RANDOM.normal(size=(3, 3, 3, 4)), "bias": RANDOM.normal(size=4)}
NORM = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), np.ones(4))


def dense(units, activation):
    weights = {"kernel": RANDOM.normal(size=(4, units)), "bias": RANDOM.normal(size=units)}
    return Layer("Dense", "head", {"units": units, "activation": activation}, weights)


def network_of(tmp_path, *layers, shape=(8, 8, 3)):
    graph = import_keras(write(tmp_path / "net.h5", chain(*layers, shape=shape))).network
    return KerasNetwork(graph, attention_layer(graph))


@pytest.fixture
def user_home(tmp_path, monkeypatch):
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    return tmp_path


def test_our_network_written_as_keras_gives_our_logits_and_activation(tmp_path):
    ours = random_sres(1)
    net, last = as_keras(ours)
    imported = import_keras(write(tmp_path / "sres.h5", net))
    adapted = KerasNetwork(imported.network, attention_layer(imported.network))
    assert adapted.attention == last
    assert sum(t.numel() for t in imported.tensors.values()) == 1_393_474
    x = torch.from_numpy(X)
    with torch.no_grad():
        torch.testing.assert_close(adapted(x), ours(x), rtol=1e-4, atol=1e-4)
        expected = ours.activation(x)
        torch.testing.assert_close(adapted.activation(x), expected, rtol=1e-4, atol=1e-4)


def test_the_gradient_at_the_attention_layer_is_that_of_our_network(tmp_path):
    ours = random_sres(2)
    net, _ = as_keras(ours)
    graph = import_keras(write(tmp_path / "sres.h5", net)).network
    trace = KerasNetwork(graph, attention_layer(graph)).trace(torch.from_numpy(X))
    (gradient,) = torch.autograd.grad(trace.logits[:, 1].sum(), trace.activation)
    expected = ours.head.weight[1].detach() / 64
    torch.testing.assert_close(gradient, expected.expand(3, 8, 8, 256), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("units", [1, 2])
def test_a_sigmoid_head_gives_its_probability_in_the_second_column(units, tmp_path):
    pool = Layer("GlobalAveragePooling2D", "pool")
    network = network_of(
        tmp_path, Layer("Conv2D", "c", CONV, WEIGHTS), pool, dense(units, "sigmoid")
    )
    x = torch.from_numpy(X[:, :, :8, :8].copy())
    probability = network.keras(x.permute(0, 2, 3, 1))[:, -1]
    torch.testing.assert_close(torch.softmax(network(x), dim=1)[:, 1], probability)


def test_three_inputs_of_one_channel_take_pet_ct_and_fusion_in_the_models_order(tmp_path):
    layers = (
        *(input_layer(name, 8, 8, 1) for name in "fpc"),
        Layer("Concatenate", "join", {"axis": -1}, calls=(["p", "c", "f"],)),
        Layer("Conv2D", "conv", CONV, WEIGHTS, (["join"],)),
        Layer("GlobalAveragePooling2D", "pool", calls=(["conv"],)),
        Layer(**{**vars(dense(2, "softmax")), "calls": (["pool"],)}),
    )
    graph = import_keras(write(tmp_path / "p.h5", Net(layers, ("p", "c", "f"), ("head",)))).network
    x = torch.from_numpy(X[:, :, :8, :8].copy())
    pet, ct, fusion = (x[:, k, :, :, None] for k in range(3))
    result = torch.softmax(KerasNetwork(graph, "conv")(x), dim=1)
    torch.testing.assert_close(result, graph(pet, ct, fusion))


@pytest.mark.parametrize(
    ("layers", "shape", "words"),
    [
        ([Layer("GlobalAveragePooling2D", "pool"), dense(2, "softmax")], (8, 8, 4), "takes 8x8x4"),
        ([Layer("GlobalAveragePooling2D", "pool"), dense(2, "softmax")], (8, 6, 4), "takes 8x6x4"),
        ([Layer("GlobalAveragePooling2D", "pool")], (8, 8, 3), "ends in pool"),
        (
            [
                Layer("Conv2D", "conv", CONV, WEIGHTS),
                Layer("GlobalAveragePooling2D", "pool"),
                dense(2, None),
            ],
            (8, 8, 3),
            "ends in head",
        ),
    ],
)
def test_a_network_that_cannot_score_a_case_says_why(layers, shape, words, tmp_path):
    network = network_of(tmp_path, *layers, shape=shape)
    assert words in scoring_problem(network.keras)
    with pytest.raises(WeightsError, match=words):
        network(torch.zeros(1, 3, 8, 8))


TAIL = (dense(2, "softmax"),)
POOLINGS = {
    "global average": (Layer("GlobalAveragePooling2D", "gap"),),
    "global max": (Layer("GlobalMaxPooling2D", "gmp"),),
    "average over all, flattened": (
        Layer("AveragePooling2D", "avg", {"pool_size": [8, 8]}),
        Layer("Flatten", "flat"),
    ),
    "max, dropout, average, flattened": (
        Layer("MaxPooling2D", "max", {"pool_size": [2, 2]}),
        Layer("SpatialDropout2D", "drop", {"rate": 0.1}),
        Layer("AveragePooling2D", "avg", {"pool_size": [4, 4]}),
        Layer("Flatten", "flat"),
    ),
    "average, then a 1x1 convolution": (
        Layer("AveragePooling2D", "avg", {"pool_size": [8, 8]}),
        Layer("Conv2D", "one", {"filters": 4, "kernel_size": [1, 1], "use_bias": False},
              {"kernel": np.ones((1, 1, 4, 4))}),
        Layer("Reshape", "flat", {"target_shape": [4]}),
    ),
}  # fmt: skip
BODIES = {
    "act": (
        Layer("Conv2D", "conv", CONV, WEIGHTS),
        Layer("BatchNormalization", "norm", {}, NORM),
        Layer("Activation", "act", {"activation": "relu"}),
    ),
    "prelu": (
        Layer("Conv2D", "conv", CONV, WEIGHTS),
        Layer("PReLU", "prelu", {"shared_axes": [1, 2]}, {"alpha": np.ones((1, 1, 4))}),
    ),
    "conv": (Layer("Conv2D", "conv", {**CONV, "activation": "relu"}, WEIGHTS),),
}


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("body", BODIES)
def test_the_attention_layer_is_the_last_feature_map_before_pooling(body, pooling, tmp_path):
    network = network_of(tmp_path, *BODIES[body], *POOLINGS[pooling], *TAIL)
    assert network.attention == body


def test_an_imported_bundle_scores_like_the_network_it_came_from(user_home):
    ours = random_sres(3)
    path = write(user_home / "own.h5", as_keras(ours)[0])
    import_weights([path], Task.EGFR, "own")
    path.unlink()
    model = load_bundle("own").models[Task.EGFR]
    assert model.cutoff == 0.5
    with torch.no_grad():
        expected = torch.softmax(ours(torch.from_numpy(X)), dim=1)[:, 1].numpy()
    np.testing.assert_allclose(score_slices(X, model), expected, atol=1e-5)


def test_a_second_task_joins_the_bundle_with_its_own_cutoff(user_home):
    path = write(user_home / "own.h5", as_keras(random_sres(3))[0])
    import_weights([path], Task.EGFR, "own")
    import_weights([path], Task.PDL1, "own")
    models = load_bundle("own").models
    assert [(task, model.cutoff) for task, model in models.items()] == [
        (Task.EGFR, 0.5),
        (Task.PDL1, 0.54),
    ]
    with pytest.raises(WeightsError, match="already has a network for pdl1"):
        import_weights([path], Task.PDL1, "own")


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "x" * 65])
def test_an_id_that_is_not_a_plain_name_is_refused(name, user_home):
    with pytest.raises(WeightsError, match="id is letters, digits"):
        import_weights([user_home / "absent.h5"], Task.EGFR, name)


def test_the_bundles_that_come_with_the_program_are_not_replaced(user_home):
    with pytest.raises(WeightsError, match="comes with the program"):
        import_weights([user_home / "absent.h5"], Task.EGFR, "demo")


def test_an_attention_layer_can_be_named_but_must_be_a_feature_map(user_home):
    net, _ = as_keras(random_sres(3))
    first = next(layer.name for layer in net.layers if layer.kind == "Activation")
    path = write(user_home / "own.h5", net)
    import_weights([path], Task.EGFR, "named", layer=first)
    assert load_bundle("named").models[Task.EGFR].members[0].attention == first
    with pytest.raises(WeightsError, match="'flatten' is not a layer"):
        import_weights([path], Task.EGFR, "other", layer="flatten")
    assert not (user_home / "home/weights/other").exists()

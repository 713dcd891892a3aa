"""Attention maps against independent computations, and what they refuse to show."""

from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn

from dss_core.attention.attention_map import attend, class_map, localised, strongest_channels
from dss_core.attention.attribution import integrated_gradients, occlusion
from dss_core.attention.cam import grad_cam, grad_cam_plus_plus
from dss_core.bundles.bundle import TaskModel
from dss_core.networks.keras_import.imported_network import KerasNetwork, attention_layer
from dss_core.networks.keras_import.reader import import_keras
from dss_core.networks.receptive_fields import Positions, enlarge
from dss_core.networks.response import Response, log_odds, respond
from dss_core.networks.srescnn import SResCNN
from dss_core.records import AttentionMethod, NetworkInput, Task
from tests.keras_legacy import write
from tests.keras_sres import as_keras, random_sres

N = 3
POSITIONS = Positions(SResCNN.centres_px, SResCNN.centres_px)


def random_network() -> SResCNN:
    """Random weights; statistics and head set so that both classes respond."""
    torch.manual_seed(7)
    made = SResCNN()
    with torch.no_grad():
        for module in made.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0.0, 0.2)
                module.running_var.uniform_(0.5, 2.0)
    return made.eval()


def random_input() -> Tensor:
    return torch.randn(N, 3, 64, 64, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def network() -> SResCNN:
    return random_network()


@pytest.fixture
def x() -> Tensor:
    return random_input()


def hooks_in(network: nn.Module) -> int:
    return sum(
        len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks)
        for m in network.modules()
    )


def model_of(*members: nn.Module) -> TaskModel:
    return TaskModel(Task.EGFR, 0.5, "test", members, {})


def input_of(x: Tensor) -> NetworkInput:
    n = len(x)
    mask = np.zeros((n, 64, 64), dtype=bool)
    mask[:, 24:40, 24:40] = True
    return NetworkInput(x.numpy(), np.arange(float(n)), np.zeros((n, 2)), np.full(n, 64.0), mask)


def plain_grad_cam(network: SResCNN, x: Tensor, column: int) -> np.ndarray:
    """The published recipe: softmax output, mean over space, mean over channels, ReLU, max."""
    maps = []
    for image in x:
        activation = network.activation(image[None]).detach().requires_grad_()
        features = activation.mean(dim=(2, 3)) @ network.head.weight.T + network.head.bias
        output = torch.softmax(features, dim=1)[0, column]
        output.backward()
        weights = activation.grad[0].mean(dim=(1, 2))
        heat = np.zeros((8, 8))
        for k in range(activation.shape[1]):
            heat += float(weights[k]) * activation[0, k].detach().numpy()
        heat = np.maximum(heat / activation.shape[1], 0.0)
        maps.append(heat / heat.max())
    return np.stack(maps)


@pytest.mark.parametrize(("column", "side"), [(1, "positive"), (0, "negative")])
def test_grad_cam_is_the_published_recipe_for_both_classes(
    network: SResCNN, x: Tensor, column: int, side: str
) -> None:
    found = attend(input_of(x), model_of(network), AttentionMethod.GRADCAM)
    plain = torch.from_numpy(plain_grad_cam(network, x, column)).float()
    one = getattr(found, side)
    there = one.localised
    assert there.sum() >= 2
    assert np.abs(one.maps - enlarge(plain, POSITIONS, 64).numpy())[there].max() < 1e-4
    # The rule for a localised response, on the plain maps.
    assert (((plain >= 0.5).float().mean(dim=(1, 2)) <= 0.5).numpy() == there).all()


def test_grad_cam_agrees_with_captum_where_both_are_defined(network: SResCNN, x: Tensor) -> None:
    class Odds(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: Tensor) -> Tensor:
            return log_odds(self.network(images))

    captum = LayerGradCam(Odds(), network.stage_4).attribute(x)[:, 0].detach()
    assert torch.allclose(grad_cam(respond(network, x)), captum, atol=1e-5)


def test_grad_cam_adds_up_to_the_log_odds_without_the_bias(network: SResCNN, x: Tensor) -> None:
    response = respond(network, x)
    bias = float((network.head.bias[1] - network.head.bias[0]).detach())
    total = grad_cam(response).sum(dim=(1, 2)) + bias
    with torch.no_grad():
        assert torch.allclose(total, log_odds(network(x)), atol=1e-4)


def test_grad_cam_does_not_vanish_where_the_softmax_is_saturated(
    network: SResCNN, x: Tensor
) -> None:
    before = attend(input_of(x), model_of(network), AttentionMethod.GRADCAM)
    with torch.no_grad():
        network.head.bias[1] += 200.0
    after = attend(input_of(x), model_of(network), AttentionMethod.GRADCAM)
    assert np.array_equal(before.positive.maps, after.positive.maps)
    assert after.log_odds.min() > 150.0


def test_grad_cam_plus_plus_weights_follow_the_paper_on_one_channel() -> None:
    activation = torch.tensor([[[[1.0, 2.0], [0.0, 1.0]]]])
    gradient = torch.tensor([[[[0.5, -1.0], [0.25, 0.0]]]])
    # By hand: sum of A is 4; alpha = g^2 / (2 g^2 + 4 g^3); weight = sum of alpha relu(g).
    weight = 0.25 / (0.5 + 0.5) * 0.5 + 0.0625 / (0.125 + 0.0625) * 0.25
    found = grad_cam_plus_plus(Response(activation, gradient, torch.zeros(1), "", POSITIONS), 1.0)
    assert torch.allclose(found[0], weight * activation[0, 0])


def test_integrated_gradients_add_up_to_the_change_of_log_odds(network: SResCNN, x: Tensor) -> None:
    found = integrated_gradients([network], x, steps=64)
    with torch.no_grad():
        change = log_odds(network(x)) - log_odds(network(torch.zeros_like(x[:1])))
    total = found.channels.sum(dim=(1, 2, 3))
    assert torch.allclose(total - change, found.error, atol=1e-4)
    assert (found.error.abs() < 0.05 * change.abs().clamp_min(1.0)).all()


def test_integrated_gradients_of_a_linear_network_are_weight_times_input(x: Tensor) -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2))
    found = integrated_gradients([linear], x, steps=4)
    weight = (linear[1].weight[1] - linear[1].weight[0]).detach().view(3, 64, 64)
    assert torch.allclose(found.channels, x * weight, atol=1e-5)
    assert found.error.abs().max() < 1e-4


def test_occlusion_of_a_linear_network_is_the_share_of_each_square(x: Tensor) -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2))
    weight = (linear[1].weight[1] - linear[1].weight[0]).detach().view(3, 64, 64)
    part = (x * weight).sum(dim=1)
    found = occlusion([linear], x)
    # The corner pixel is hidden by one square only: rows and columns 0 to 7.
    assert torch.allclose(found[:, 0, 0], part[:, :8, :8].sum(dim=(1, 2)), atol=1e-4)


def test_an_ensemble_map_is_the_mean_of_its_members(network: SResCNN, x: Tensor) -> None:
    torch.manual_seed(8)
    other = SResCNN().eval()
    parts = [
        attend(input_of(x), model_of(m), AttentionMethod.GRADCAM).positive for m in (network, other)
    ]
    both = attend(input_of(x), model_of(network, other), AttentionMethod.GRADCAM).positive
    assert np.allclose(both.response, (parts[0].response + parts[1].response) / 2.0, atol=1e-6)


def test_a_network_that_does_not_look_has_no_localised_response(
    network: SResCNN, x: Tensor
) -> None:
    nn.init.zeros_(network.head.weight)
    for method in AttentionMethod:
        found = attend(input_of(x[:1]), model_of(network), method)
        for side in (found.positive, found.negative):
            assert not side.localised.any() and not side.maps.any() and side.peak == 0.0


def test_an_even_response_is_not_stretched_into_a_map() -> None:
    even = torch.full((1, 8, 8), 3.0)
    even[0, 0, 0] = 3.1
    found = class_map(even, POSITIONS, 64)
    assert not found.localised[0] and not found.maps.any()
    assert found.scale[0] == pytest.approx(3.1)


def test_a_single_bright_cell_is_localised_only_when_it_can_move_the_score() -> None:
    response = torch.zeros(2, 8, 8)
    response[0, 2, 5], response[1, 2, 5] = 1.0, 0.001
    assert localised(response).tolist() == [True, False]


def test_channels_contribute_to_the_score_what_they_say(network: SResCNN, x: Tensor) -> None:
    found = strongest_channels(input_of(x), model_of(network), count=256)
    bias = float((network.head.bias[1] - network.head.bias[0]).detach())
    with torch.no_grad():
        mean = float(log_odds(network(x)).mean())
    assert sum(one.contribution for one in found) + bias == pytest.approx(mean, abs=1e-3)
    weight = (network.head.weight[1] - network.head.weight[0]).detach()
    for one in found:
        assert one.weight == pytest.approx(float(weight[one.channel]), abs=1e-5)
    contributions = [one.contribution for one in found if one.contribution > 0.0]
    assert contributions == sorted(contributions, reverse=True)
    strongest = found[0]
    with torch.no_grad():
        values = network.activation(x)[:, strongest.channel]
    assert strongest.scale == pytest.approx(float(values.max()), rel=1e-5)


def test_progress_counts_the_slices(network: SResCNN, x: Tensor) -> None:
    told: list[tuple[int, int]] = []
    many = torch.cat([x, x])
    attend(
        input_of(many),
        model_of(network),
        AttentionMethod.INTEGRATED_GRADIENTS,
        lambda done, total: told.append((done, total)),
    )
    assert told == [(4, 6), (6, 6)]


@pytest.mark.parametrize("method", [AttentionMethod.GRADCAM, AttentionMethod.GRADCAM_PLUS_PLUS])
def test_an_imported_keras_twin_has_the_maps_and_channels_of_our_network(
    tmp_path: Path, x: Tensor, method: AttentionMethod
) -> None:
    ours = random_sres(4)
    net, last = as_keras(ours)
    graph = import_keras(write(tmp_path / "sres.h5", net)).network
    imported = KerasNetwork(graph, attention_layer(graph))
    expected = attend(input_of(x), model_of(ours), method)
    found = attend(input_of(x), model_of(imported), method)
    assert found.layer == last
    assert np.allclose(found.positive.scale, expected.positive.scale, rtol=1e-3, atol=1e-5)
    assert np.abs(found.positive.maps - expected.positive.maps).max() < 5e-3
    first, second = (
        strongest_channels(input_of(x), model_of(m), count=1)[0] for m in (ours, imported)
    )
    assert first.channel == second.channel
    assert first.contribution == pytest.approx(second.contribution, rel=1e-3)
    assert hooks_in(imported) == 0

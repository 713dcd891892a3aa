"""Attention leaves a network as it was, whatever happens."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dss_core.attention.attention_map import attend
from dss_core.errors import WeightsError
from dss_core.networks.srescnn import SResCNN
from dss_core.records import AttentionMethod
from tests.unit.test_attention import hooks_in, input_of, model_of, random_input, random_network


@pytest.fixture
def network() -> SResCNN:
    return random_network()


@pytest.fixture
def x() -> Tensor:
    return random_input()


class Failing(nn.Module):
    """Fails after some runs, as a network out of memory does."""

    def __init__(self, network: nn.Module, runs: int) -> None:
        super().__init__()
        self.network, self.runs = network, runs

    def forward(self, images: Tensor) -> Tensor:
        self.runs -= 1
        if self.runs < 0:
            raise RuntimeError("out of memory")
        return self.network(images)


@pytest.mark.parametrize("method", list(AttentionMethod))
def test_no_hook_and_no_gradient_is_left_in_the_network(
    network: SResCNN, x: Tensor, method: AttentionMethod
) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    attend(input_of(x[:1]), model_of(network), method)
    assert hooks_in(network) == 0
    assert all(p.grad is None for p in network.parameters())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    "method", [AttentionMethod.INTEGRATED_GRADIENTS, AttentionMethod.OCCLUSION]
)
def test_no_hook_is_left_after_a_failure(
    network: SResCNN, x: Tensor, method: AttentionMethod
) -> None:
    failing = Failing(network, runs=1)
    with pytest.raises(RuntimeError, match="out of memory"):
        attend(input_of(x[:1]), model_of(failing), method)
    assert hooks_in(failing) == 0
    assert all(p.grad is None for p in network.parameters())


def test_a_class_activation_map_that_fails_leaves_the_network_as_it_was(
    network: SResCNN, x: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(activation: Tensor) -> Tensor:
        raise RuntimeError("out of memory")

    before = attend(input_of(x[:1]), model_of(network), AttentionMethod.GRADCAM)
    with monkeypatch.context() as patched:
        patched.setattr(network, "classify", fail)
        with pytest.raises(RuntimeError, match="out of memory"):
            attend(input_of(x[:1]), model_of(network), AttentionMethod.GRADCAM)
    assert hooks_in(network) == 0
    assert all(p.grad is None for p in network.parameters())
    after = attend(input_of(x[:1]), model_of(network), AttentionMethod.GRADCAM)
    assert np.array_equal(before.positive.maps, after.positive.maps)


def test_a_class_activation_map_of_an_unknown_network_is_refused(x: Tensor) -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2))
    with pytest.raises(WeightsError, match="no known attention layer"):
        attend(input_of(x), model_of(linear), AttentionMethod.GRADCAM)

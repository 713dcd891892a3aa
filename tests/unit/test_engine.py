"""Fast inference gives the network's own numbers, or the network itself."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from dss_core.bundles.bundle import load_bundle
from dss_core.networks import engine
from dss_core.networks.engine import CHUNK, fast, run_all
from dss_core.networks.srescnn import SResCNN
from dss_core.networks.winograd_convolution import filters, from_tiles, to_tiles
from dss_core.records import Task
from dss_core.scoring.score import score_members, score_tasks


def network(seed: int) -> SResCNN:
    """Random weights and batch statistics far from the defaults."""
    generator = torch.Generator().manual_seed(seed)
    made = SResCNN().eval()
    with torch.no_grad():
        for module in made.modules():
            if isinstance(module, nn.BatchNorm2d):
                for tensor in (module.weight, module.bias, module.running_mean):
                    tensor.normal_(generator=generator)
                module.running_var.uniform_(0.2, 3.0, generator=generator)
            elif isinstance(module, nn.Conv2d | nn.Linear):
                module.weight.normal_(0, module.weight[0].numel() ** -0.5, generator=generator)
                module.bias.normal_(generator=generator)
    return made


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [1, CHUNK + 3])
def test_probabilities_are_those_of_the_network(seed: int, n: int) -> None:
    made = network(seed)
    x = torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(seed))
    run = fast(made)
    assert run is not made
    with torch.inference_mode():
        torch.testing.assert_close(run(x).softmax(1), made(x).softmax(1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("task", list(Task))
def test_shipped_weights_score_as_plain_torch_does(task: Task) -> None:
    model = load_bundle().models[task]
    x = np.random.default_rng(1).standard_normal((9, 3, 64, 64), dtype=np.float32)
    with torch.inference_mode():
        plain = [m(torch.from_numpy(x)).softmax(1)[:, 1].numpy() for m in model.members]
    np.testing.assert_allclose(score_members(x, model), plain, atol=1e-5)


def test_networks_that_differ_in_the_head_alone_share_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, stranger = network(0), network(1)
    second = deepcopy(first)
    with torch.no_grad():
        second.head.weight.normal_(generator=torch.Generator().manual_seed(3))
    networks = [first, second, stranger]
    engines = [fast(made) for made in networks]
    ran = []
    logits = engine._Trunk.logits
    monkeypatch.setattr(
        engine._Trunk, "logits", lambda trunk, *given: ran.append(trunk) or logits(trunk, *given)
    )
    x = torch.randn(5, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        found = run_all([*engines, nn.Flatten()], x)
        assert len(ran) == len(set(ran)) == 2
        for made, logits in zip(networks, found[:3], strict=True):
            torch.testing.assert_close(logits.softmax(1), made(x).softmax(1), atol=1e-5, rtol=0)
    assert torch.equal(found[3], x.flatten(1))


@pytest.mark.parametrize("n", [1, 2, 7, 2 * CHUNK + 5])
def test_logits_are_the_same_to_the_last_bit_with_any_number_of_threads(n: int) -> None:
    run = fast(network(0))
    x = torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(n))
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            with torch.inference_mode():
                found.append(run(x))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


def test_the_tasks_of_a_bundle_score_together_as_alone() -> None:
    bundle = load_bundle()
    x = np.random.default_rng(4).standard_normal((7, 3, 64, 64), dtype=np.float32)
    for task, found in score_tasks(x, bundle).items():
        np.testing.assert_array_equal(found, score_members(x, bundle.models[task]))


def test_the_transformed_convolution_is_the_convolution() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 5, 8, 8, generator=generator, dtype=torch.float32)
    weight = torch.randn(7, 5, 3, 3, generator=generator)
    pixels = x.flatten(2).permute(2, 0, 1).contiguous()
    tiles = torch.bmm(to_tiles(pixels), filters(weight))
    found = from_tiles(tiles).permute(1, 2, 0).reshape(3, 7, 8, 8)
    expected = functional.conv2d(x.double(), weight.double(), padding=1)
    torch.testing.assert_close(found.double(), expected, atol=1e-4, rtol=0)


def test_a_network_of_another_kind_runs_as_it_is() -> None:
    other = nn.Flatten()
    assert fast(other) is other


def test_a_network_that_the_fast_way_does_not_repeat_runs_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_scaled", lambda weight, scale: weight)
    made = network(0)
    assert fast(made) is made

"""Networks that see a slice with its neighbours: what they are given, and what loads them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from dss_core.attention.attention_map import attend
from dss_core.bundles.bundle import load_bundle
from dss_core.bundles.bundle_writer import Taught, add_trained_task
from dss_core.bundles.verification import verify_bundle
from dss_core.errors import WeightsError
from dss_core.geometry import Grid
from dss_core.networks.engine import fast
from dss_core.networks.srescnn import SResCNN
from dss_core.preprocessing.network_slices import network_slices, network_slices_under
from dss_core.preprocessing.normalisation import normalise
from dss_core.preprocessing.tensor import network_input as network_input_alone
from dss_core.preprocessing.tensor import region_images, surroundings
from dss_core.records import AttentionMethod, Quantity, Roi, Task, Volume
from dss_core.settings import AdjacentSlices, Preprocessing
from dss_core.training.augmentation import normalise_batch
from dss_core.training.dataset import SliceDataset
from tests.keras_sres import random_sres

SETTINGS, THREE = Preprocessing(), AdjacentSlices(4.0)
ENTRY = {"cutoff": 0.5, "cutoff_origin": "of this test", "metrics": {}}


@pytest.fixture(scope="module")
def case() -> tuple[Volume, Volume, Roi]:
    """Noise, and a region of a cone's shape, so that no two slices or squares are alike."""
    grid = Grid((12, 60, 60), (1.5, 1.5, 2.0), (-45.0, -45.0, 0.0))
    rng = np.random.default_rng(0)
    ct = Volume(rng.normal(-300, 200, grid.shape_zyx).astype(np.float32), grid, Quantity.HU, "")
    pet = Volume(rng.gamma(2.0, 2.0, grid.shape_zyx).astype(np.float32), grid, Quantity.SUVBW, "")
    k, j, i = np.indices(grid.shape_zyx)
    mask = (np.hypot(j - 30, i - 28) < 2 + 0.7 * k) & (k > 1) & (k < 10)
    return ct, pet, Roi("cone", mask, grid)


def test_neighbours_are_the_regions_slices_so_far_away_or_its_last() -> None:
    rows = AdjacentSlices(2.0).rows(5, spacing_mm=1.0)
    assert rows.tolist() == [[0, 0, 2], [1, 0, 3], [2, 0, 4], [3, 1, 4], [4, 2, 4]]
    assert AdjacentSlices(2.0).rows(5, 1.0, at_most=3)[:, 0].tolist() == [0, 2, 4]
    assert AdjacentSlices().rows(3, 1.0).tolist() == [[0], [1], [2]]


def test_channels_are_those_of_the_slices_below_and_above_in_millimetres(
    case: tuple[Volume, Volume, Roi],
) -> None:
    """Found again by the height of each slice in the patient, not by counting."""
    images = region_images(*case, SETTINGS)
    found = network_slices(network_input_alone(*case, SETTINGS), SETTINGS, THREE)
    alone = normalise(images.pet, images.ct)
    first, last = images.z_mm[0], images.z_mm[-1]
    for n, z in enumerate(images.z_mm):
        for place, away in enumerate((0.0, -4.0, 4.0)):
            wanted = np.flatnonzero(images.z_mm == np.clip(z + away, first, last))
            channels = found.x[n, 3 * place : 3 * place + 3]
            np.testing.assert_allclose(channels, alone[wanted[0]], atol=1e-6)
    assert THREE.channels[3:] == (
        "PET 4 mm below", "CT 4 mm below", "fusion 4 mm below",
        "PET 4 mm above", "CT 4 mm above", "fusion 4 mm above",
    )  # fmt: skip


def test_training_stacks_before_the_normalisation_what_scoring_stacks_after_it(
    case: tuple[Volume, Volume, Roi],
) -> None:
    """Two patients, so that no neighbour comes from the other."""
    images = region_images(*case, SETTINGS)
    pairs = np.stack([images.pet, images.ct], axis=1).astype(np.float32)
    n = len(pairs)
    data = SliceDataset(
        np.concatenate([pairs, pairs[::-1]]), np.repeat([0, 1], n), np.repeat([0, 1], n)
    ).stacked(THREE, SETTINGS.spacing_mm)
    x = normalise_batch(torch.from_numpy(data.images)).numpy()
    expected = network_slices(network_input_alone(*case, SETTINGS), SETTINGS, THREE).x
    np.testing.assert_allclose(x[:n], expected, atol=1e-4)
    np.testing.assert_allclose(x[n:, :3], expected[::-1, :3], atol=1e-4)
    np.testing.assert_allclose(x[n:, 3:6], expected[::-1, 6:9], atol=1e-4)


def test_few_slices_of_an_outline_are_those_of_all(case: tuple[Volume, Volume, Roi]) -> None:
    around = surroundings(*case, SETTINGS)
    for adjacent_slices in (AdjacentSlices(), THREE):
        every = network_slices_under(around.mask_zyx, around, SETTINGS, adjacent_slices)
        some = network_slices_under(around.mask_zyx, around, SETTINGS, adjacent_slices, at_most=5)
        kept = np.linspace(0, len(every) - 1, 5).round().astype(int)
        np.testing.assert_array_equal(some, every[kept])


def test_first_layers_add_up_what_each_slice_gives_alone() -> None:
    """Convolutions are linear: by three three-channel convolutions, padded here by hand."""
    network = random_sres(5, channels=9)
    x = torch.randn(4, 9, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        firsts = []
        for layer, stride in ((network.stem, 2), (network.side_a, 2), (network.side_b, 4)):
            weight, bias = layer[0].weight, layer[0].bias
            pad = (0, 1, 0, 1) if weight.shape[-1] == 3 else (0, 0, 0, 0)
            total = bias[:, None, None] + sum(
                functional.conv2d(functional.pad(part, pad), w, stride=stride)
                for part, w in zip(x.split(3, 1), weight.split(3, 1), strict=True)
            )
            firsts.append(layer[1](total))
        y = network.stage_2(torch.cat([network.stage_1(firsts[0]), firsts[1]], 1))
        y = network.stage_4(network.stage_3(torch.cat([y, firsts[2]], 1)))
        expected = torch.softmax(network.head(y.mean(dim=(2, 3))), 1)
        plain, quick = torch.softmax(network(x), 1), torch.softmax(fast(network)(x), 1)
    assert fast(network) is not network
    torch.testing.assert_close(plain, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(quick, expected, atol=1e-5, rtol=0)


@pytest.fixture
def bundle_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    folder, members = tmp_path / "weights" / "three", (random_sres(1, channels=9),)
    add_trained_task(folder, Task.EGFR, ENTRY, members, SETTINGS, THREE, Taught(2))
    return folder


def test_a_bundle_of_three_slices_is_proved_and_explained(
    bundle_folder: Path, case: tuple[Volume, Volume, Roi]
) -> None:
    assert verify_bundle("three").reference_outputs[Task.EGFR].passed
    bundle = load_bundle("three")
    assert bundle.adjacent_slices == THREE
    found = network_slices(network_input_alone(*case, SETTINGS), SETTINGS, bundle.adjacent_slices)
    tensor = replace(found, x=found.x[:3])
    attention = attend(tensor, bundle.models[Task.EGFR], AttentionMethod.INTEGRATED_GRADIENTS)
    (network,) = bundle.models[Task.EGFR].members
    with torch.no_grad():
        odds = network(torch.from_numpy(tensor.x)).diff(dim=1)[:, 0]
        blank = network(torch.zeros(1, 9, 64, 64)).diff(dim=1)[0, 0]
    assert attention.channels is not None
    change = attention.channels.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(change, (odds - blank).numpy(), atol=0.05)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"architecture": "SResCNN", "neighbour_mm": None}, r"\(8, 9, .*'SResCNN' has \(8, 3,"),
        ({"architecture": "SResCNN"}, "sees one slice at a time"),
        ({"neighbour_mm": None}, "neighbour_mm: expected the distance of the neighb"),
        ({"neighbour_mm": 0}, "found 0"),
        ({"neighbour_mm": "4"}, "found '4'"),
    ],
)
def test_a_card_that_disagrees_with_its_network_is_refused(
    bundle_folder: Path, change: dict[str, object], sentence: str
) -> None:
    path = bundle_folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(WeightsError, match=sentence):
        load_bundle("three")


def test_a_network_of_one_slice_under_a_card_of_three_is_refused(bundle_folder: Path) -> None:
    add_trained_task(
        bundle_folder.with_name("one"), Task.EGFR, ENTRY, (SResCNN().eval(),), SETTINGS,
        AdjacentSlices(), Taught(2),
    )  # fmt: skip
    path = bundle_folder.with_name("one") / "card.json"
    path.write_text(
        json.dumps(
            json.loads(path.read_text()) | {"architecture": "SResCNN-2.5D", "neighbour_mm": 4.0}
        )
    )
    with pytest.raises(WeightsError, match=r"\(8, 3, .*'SResCNN-2\.5D' has \(8, 9,"):
        load_bundle("one")


def test_a_task_of_another_stack_does_not_join_a_bundle(bundle_folder: Path) -> None:
    with pytest.raises(WeightsError, match=r"has architecture 'SResCNN-2\.5D'"):
        add_trained_task(
            bundle_folder,
            Task.PDL1,
            ENTRY,
            (SResCNN().eval(),),
            SETTINGS,
            AdjacentSlices(),
            Taught(2),
        )

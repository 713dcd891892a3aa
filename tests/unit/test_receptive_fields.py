"""Where a position of the attention layer lies: against probes of undefined pixels, in millimetres.

A pixel that is NaN makes exactly those positions NaN that can see it, so probing every pixel gives
the receptive fields without any of the arithmetic under test.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dss_core.attention.explanation import explain
from dss_core.bundles.bundle import Bundle, TaskModel
from dss_core.bundles.model_card import ModelCard
from dss_core.geometry import Grid
from dss_core.networks.keras_import.imported_receptive_fields import positions_of
from dss_core.networks.keras_import.reader import import_keras
from dss_core.networks.receptive_fields import Positions, enlarge, evenly
from dss_core.networks.srescnn import SameConv2d, SResCNN
from dss_core.records import Quantity, Roi, SuvRecord, Task, Volume
from dss_core.settings import Preprocessing
from dss_core.spatial.alignment import ReadImages, align
from tests.keras_legacy import Layer, Net, chain, input_layer, write
from tests.keras_sres import as_keras, random_sres

SIZE = 40


def probed_centres(run: Callable[[Tensor], Tensor], size: int, axis: int) -> dict[int, float]:
    """Middle of what each position sees along an axis, without those whose view the border cuts.

    `run` takes (1, size, size, 3) and returns (1, rows, columns, channels).
    """
    seen: dict[int, list[int]] = {}
    for pixel in range(size):
        x = torch.zeros(1, size, size, 3)
        x.select(axis + 1, pixel).fill_(torch.nan)
        hit = torch.isnan(run(x)[0]).any(dim=-1).any(dim=1 - axis)
        for position in hit.nonzero()[:, 0].tolist():
            seen.setdefault(position, []).append(pixel)
    return {
        position: (min(pixels) + max(pixels)) / 2.0
        for position, pixels in seen.items()
        if min(pixels) > 0 and max(pixels) < size - 1
    }


def test_cells_of_our_network_are_centred_where_they_look() -> None:
    # The field is 167 pixels wide, so it is probed on a larger image with the same padding.
    network = SResCNN().eval()
    with torch.no_grad():
        found = probed_centres(
            lambda x: network.activation(x[:, :, :8].permute(0, 3, 1, 2)).permute(0, 2, 3, 1),
            256,
            0,
        )
    assert len(found) > 5
    assert all(centre == 8.0 * position + 7.0 for position, centre in found.items())
    assert network.centres_px == tuple(8.0 * position + 7.0 for position in range(8))


def test_cells_of_an_imported_twin_are_those_of_our_network(tmp_path: Path) -> None:
    net, last = as_keras(random_sres(2))
    graph = import_keras(write(tmp_path / "sres.h5", net)).network
    found = positions_of(graph, last, 64)
    assert found.rows_px == found.columns_px == SResCNN.centres_px


def conv(name: str, size: int, **config: object) -> Layer:
    settings = {"filters": 3, "kernel_size": [size, size], **config}
    weights = {"kernel": np.ones((size, size, 3, 3)), "bias": np.zeros(3)}
    return Layer("Conv2D", name, settings, weights)


CHAINS = {
    "valid strides": (conv("a", 3, strides=[2, 2]), conv("b", 3, strides=[2, 2])),
    "same strides": (
        conv("a", 3, strides=[2, 2], padding="same"),
        conv("b", 5, strides=[2, 2], padding="same"),
    ),
    "even kernel": (conv("a", 2, strides=[2, 2]), conv("b", 4, padding="same")),
    "dilation": (conv("a", 3, dilation_rate=[2, 2], padding="same"), conv("b", 3)),
    "pooling": (
        conv("a", 3, padding="same"),
        Layer("MaxPooling2D", "pool", {"pool_size": [2, 2], "strides": [2, 2]}),
        conv("b", 3, padding="same"),
    ),
    "padding and cropping": (
        Layer("ZeroPadding2D", "pad", {"padding": [[3, 0], [1, 2]]}),
        conv("a", 3, strides=[2, 2]),
        Layer("Cropping2D", "crop", {"cropping": [[1, 2], [2, 0]]}),
        conv("b", 1),
    ),
}


@pytest.mark.parametrize("layers", CHAINS.values(), ids=list(CHAINS))
@pytest.mark.parametrize("axis", [0, 1])
def test_cells_of_imported_layers_are_where_probes_find_them(
    tmp_path: Path, layers: tuple[Layer, ...], axis: int
) -> None:
    graph = import_keras(write(tmp_path / "n.h5", chain(*layers, shape=(SIZE, SIZE, 3)))).network
    positions = positions_of(graph, layers[-1].name, SIZE)
    found = probed_centres(graph, SIZE, axis)
    assert len(found) > 4
    ours = (positions.rows_px, positions.columns_px)[axis]
    assert {position: ours[position] for position in found} == pytest.approx(found)


def test_where_branches_meet_the_field_holds_both(tmp_path: Path) -> None:
    wide, narrow = conv("wide", 3, strides=[2, 2], padding="same"), conv("n", 1, strides=[2, 2])
    layers = (
        input_layer("input_1", SIZE, SIZE, 3),
        Layer(wide.kind, wide.name, wide.config, wide.weights, (["input_1"],)),
        Layer(narrow.kind, narrow.name, narrow.config, narrow.weights, (["input_1"],)),
        Layer("Concatenate", "both", {"axis": 3}, {}, (["n", "wide"],)),
    )
    graph = import_keras(write(tmp_path / "n.h5", Net(layers, ("input_1",), ("both",)))).network
    positions = positions_of(graph, "both", SIZE)
    found = probed_centres(graph, SIZE, 0)
    assert {position: positions.rows_px[position] for position in found} == pytest.approx(found)


def test_upsampled_cells_lie_evenly_inside_the_cell_they_repeat(tmp_path: Path) -> None:
    layers = (conv("a", 4, strides=[4, 4]), Layer("UpSampling2D", "up", {"size": [2, 2]}))
    graph = import_keras(write(tmp_path / "n.h5", chain(*layers, shape=(SIZE, SIZE, 3)))).network
    # Four pixels a position, halved: evenly two pixels a position.
    assert positions_of(graph, "up", SIZE).rows_px == pytest.approx(evenly(20, SIZE))


def test_a_map_is_linear_between_centres_and_flat_beyond_them() -> None:
    positions = Positions((7.0, 15.0, 23.0), (3.5, 19.5))
    maps = torch.tensor([[[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]])
    found = enlarge(maps, positions, 32)[0].numpy()
    pixels = np.arange(32.0)
    down = np.interp(pixels, positions.rows_px, [1.0, 2.0, 3.0])
    across = np.interp(pixels, positions.columns_px, [0.0, 4.0])
    assert np.allclose(found, down[:, None] + across[None, :], atol=1e-5)


def test_an_even_division_is_torchs_own() -> None:
    maps = torch.rand(2, 8, 8, generator=torch.Generator().manual_seed(0))
    theirs = nn.functional.interpolate(maps[:, None], (64, 64), mode="bilinear")[:, 0]
    assert torch.allclose(
        enlarge(maps, Positions(evenly(8, 64), evenly(8, 64)), 64), theirs, atol=1e-6
    )


def tap_network() -> SResCNN:
    """Passes the PET through the middle tap of every shortcut and nothing else."""
    network = SResCNN().eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, SameConv2d):
                module.weight.zero_()
                module.bias.zero_()
        shortcuts = [m.shortcut for m in network.modules() if hasattr(m, "shortcut")]
        for layer in (network.stem[0], *shortcuts):
            layer.weight[0, 0, 1, 1] = 1.0
        network.head.weight.zero_()
        network.head.bias.zero_()
        network.head.weight[1, 0] = 1.0
    return network


def test_the_tap_network_shows_a_point_at_its_own_pixel() -> None:
    network = tap_network()
    x = torch.zeros(1, 3, 64, 64)
    x[0, 0, 23, 47] = 9.0
    with torch.no_grad():
        positions = network.activation(x)[0, 0]
    assert np.argwhere(positions.numpy() > 0.1).tolist() == [[2, 5]]
    assert (network.centres_px[2], network.centres_px[5]) == (23.0, 47.0)


def test_a_hot_spot_at_known_millimetres_is_shown_there() -> None:
    """CT and PET stored from left to right and from front to back reversed; spot in the rim."""
    spot_mm = np.array([27.0, -21.0, 4.0])
    ct_grid = Grid((21, 130, 130), (1.0, 1.0, 2.0), (64.5, -64.5, -20.0),
                   ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))  # fmt: skip
    pet_grid = Grid((21, 66, 66), (2.0, 2.0, 2.0), (-65.0, 65.0, 20.0),
                    ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)))  # fmt: skip

    def distance(grid: Grid, centre: np.ndarray) -> np.ndarray:
        k, j, i = np.meshgrid(*[np.arange(n, dtype=float) for n in grid.shape_zyx], indexing="ij")
        world = grid.to_world(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
        return np.linalg.norm(world - centre, axis=1).reshape(grid.shape_zyx)

    noise = np.random.default_rng(4).normal(0.0, 30.0, ct_grid.shape_zyx)
    hu = noise - np.where(distance(ct_grid, np.zeros(3)) <= 14.0, 0.0, 800.0)  # a ball in lung
    pet = 1.0 + 12.0 * np.exp(-0.5 * (distance(pet_grid, spot_mm) / 7.0) ** 2)
    images = align(
        ReadImages(
            Volume(hu.astype(np.float32), ct_grid, Quantity.HU, "ct"),
            Volume(pet.astype(np.float32), pet_grid, Quantity.SUVBW, "pet"),
            SuvRecord("SUVbw", "test", ""),
        )
    )
    roi = Roi("ball", distance(ct_grid, np.zeros(3)) <= 14.0, ct_grid)
    model = TaskModel(Task.EGFR, 0.5, "test", (tap_network(),), {})
    card = ModelCard(
        format=1, title="tap", demo=False, architecture="SResCNN", preprocessing=Preprocessing(),
        tasks={},
    )  # fmt: skip
    bundle = Bundle("tap", "", card, {Task.EGFR: model})
    side = explain(images, roi, bundle, Task.EGFR).positive
    level = 12  # z = 4 mm
    values = side.placed.on(ct_grid)[level]
    assert side.slices.localised.all()
    rows, columns = np.nonzero(values >= 0.5 * values.max())
    found = np.average(
        ct_grid.to_world(
            np.stack([columns, rows, np.full(rows.size, level)], axis=1).astype(float)
        ),
        axis=0,
        weights=values[rows, columns],
    )
    assert found == pytest.approx(spot_mm, abs=2.5)

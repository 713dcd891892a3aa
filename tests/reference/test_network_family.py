"""Our layers against a real trained network of the authors.

`Pancreas.hdf5` (github lungproject/Pancreas) is a Keras 2.1.3 file built of the same residual
blocks; its released inputs and outputs are the only known pair. The network is rebuilt here
from the project's own layers, so padding, shortcut and norms are proved on it.
"""

from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

from dss_core.networks.srescnn import NormReLU, ResidualBlock, SameConv2d


def test_residual_blocks_reproduce_the_released_pancreas_network(shared_data: Path) -> None:
    folder = shared_data / "keras" / "pancreas"
    widths = [(16, 16, 1), (16, 16, 1), (16, 16, 2), (16, 16, 1)]
    widths += [(16, 32, 2), (32, 32, 1), (32, 64, 1), (64, 64, 1)]
    blocks = [ResidualBlock(*w) for w in widths]
    stem, head = nn.Sequential(SameConv2d(1, 16, 3, 2), NormReLU(16)), nn.Linear(64, 2)
    with h5py.File(folder / "Pancreas.hdf5") as file:
        layers = file["model_weights"]

        def tensors(name: str) -> list[torch.Tensor]:
            group = layers[name]
            names = [n.decode() if isinstance(n, bytes) else n for n in group.attrs["weight_names"]]
            return [torch.from_numpy(group[n][()]) for n in names]

        def fill_conv(conv: nn.Conv2d, number: int) -> None:
            kernel, bias = tensors(f"conv2d_{number}")
            conv.weight.data, conv.bias.data = kernel.permute(3, 2, 0, 1), bias

        def fill_norm(norm: nn.BatchNorm2d, number: int) -> None:
            gamma, beta, mean, variance = tensors(f"batch_normalization_{number}")
            norm.weight.data, norm.bias.data = gamma, beta
            norm.running_mean, norm.running_var = mean, variance

        fill_conv(stem[0], 1)
        fill_norm(stem[1][0], 1)
        for i, block in enumerate(blocks):
            fill_conv(block.body[0], 3 * i + 2)
            fill_norm(block.body[1][0], 3 * i + 2)
            fill_conv(block.body[2], 3 * i + 3)
            fill_conv(block.shortcut, 3 * i + 4)
            fill_norm(block.body[3], 3 * i + 3)
            fill_norm(block.out[0], 3 * i + 4)
        kernel, bias = tensors("dense_1")
        head.weight.data, head.bias.data = kernel.T, bias
    network = nn.Sequential(stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).eval()
    x = torch.from_numpy(np.load(folder / "sample_64.npy")).float()[:, None]
    with torch.inference_mode():
        ours = torch.softmax(network(x), dim=1).numpy()
    released = np.loadtxt(folder / "predicttest.txt")
    assert released.shape == (31, 2)
    assert np.abs(ours - released).max() < 1e-5

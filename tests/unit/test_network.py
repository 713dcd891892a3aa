"""The network: its published size, TensorFlow's padding, and the score it gives."""

import numpy as np
import pytest
import torch

from dss_core.networks.srescnn import SameConv2d, SResCNN, parameter_count


def test_network_has_the_published_number_of_parameters() -> None:
    """1,393,474: the inferred EGFR layout as Keras counts it (moving statistics included)."""
    assert parameter_count(SResCNN()) == 1_393_474


@pytest.mark.parametrize(("size", "stride"), [(8, 1), (8, 2), (7, 2), (9, 2), (8, 3)])
def test_padding_is_that_of_tensorflow(size: int, stride: int) -> None:
    """Slow and plain: TensorFlow's SAME puts the odd pixel right and below."""
    torch.manual_seed(0)
    conv = SameConv2d(1, 1, 3, stride)
    image = torch.randn(1, 1, size, size)
    out = -(-size // stride)
    total = max((out - 1) * stride + 3 - size, 0)
    padded = np.zeros((size + total, size + total))
    before = total // 2
    padded[before : before + size, before : before + size] = image[0, 0].numpy()
    kernel, bias = conv.weight[0, 0].detach().numpy(), float(conv.bias.detach()[0])
    plain = [
        [
            (padded[r * stride : r * stride + 3, c * stride : c * stride + 3] * kernel).sum() + bias
            for c in range(out)
        ]
        for r in range(out)
    ]
    assert np.abs(conv(image)[0, 0].detach().numpy() - np.array(plain)).max() < 1e-5


def test_one_by_one_convolution_with_stride_takes_every_nth_pixel() -> None:
    conv = SameConv2d(1, 1, 1, 4)
    image = torch.arange(64.0).reshape(1, 1, 8, 8)
    expected = image[:, :, ::4, ::4] * conv.weight + conv.bias[:, None, None]
    assert torch.allclose(conv(image), expected)

"""SResCNN, the small residual network of the 2020 system, in torch.

Layout of the EGFR network as inferred from the authors' released code and models: narrow
ResNet with a 3x3 convolution in every shortcut and two strided 1x1 side inputs. Padding and
batch normalisation follow TensorFlow, which the authors used.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Fig. 3a; layer shapes from the public code
(github.com/lungproject/lungegfr) and the released Keras model of the same family.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from dss_core.settings import OWN_CHANNELS

N_FEATURES = 256


class SameConv2d(nn.Conv2d):
    """3x3 or 1x1 convolution with TensorFlow 'same' padding: the odd pixel goes right and below.

    Input (n, channels, rows, columns); output rows = ceil(rows / stride).
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel, stride)
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return self.convolve(input, self.weight, self.bias)

    def convolve(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with other numbers of the same shape."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        pads = []
        for size in (input.shape[-1], input.shape[-2]):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        if pads[0] == pads[1] == pads[2] == pads[3]:
            return functional.conv2d(input, weight, bias, self.stride, pads[0])
        return functional.conv2d(functional.pad(input, pads), weight, bias, self.stride)


class NormReLU(nn.Sequential):
    """Batch normalisation as in Keras (epsilon 1e-3, momentum 0.99), then ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__(nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01), nn.ReLU())


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to a 3x3 convolution shortcut, then norm and ReLU."""

    def __init__(self, channels_in: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            SameConv2d(channels_in, channels, 3, stride),
            NormReLU(channels),
            SameConv2d(channels, channels, 3),
            nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01),
        )
        self.shortcut = SameConv2d(channels_in, channels, 3, stride)
        self.out = NormReLU(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, rows, columns) to (n, channels, rows / stride, columns / stride)."""
        result: Tensor = self.out(self.body(x) + self.shortcut(x))
        return result


class SResCNN(nn.Module):
    """64x64 PET, CT and fusion to two logits; softmax column 2 is the positive class.

    Parameters
    ----------
    channels : int
        Of the images: PET, CT and fusion [published], or more when neighbouring slices follow
        (`AdjacentSlices.channels`).

    Attributes
    ----------
    channels : int
    centres_px : tuple of float
        Rows (and columns) of the image on which the receptive fields of the last residual
        activation are centred: 8 k + 7, because each of the three strided 3x3 convolutions pads
        right and below only.
    """

    centres_px = tuple(8.0 * k + 7.0 for k in range(8))

    def __init__(self, channels: int = len(OWN_CHANNELS)) -> None:
        super().__init__()
        self.channels = channels
        self.side_a = nn.Sequential(SameConv2d(channels, 8, 1, 2), NormReLU(8))
        self.side_b = nn.Sequential(SameConv2d(channels, 8, 1, 4), NormReLU(8))
        self.stem = nn.Sequential(SameConv2d(channels, 8, 3, 2), NormReLU(8))
        self.stage_1 = nn.Sequential(ResidualBlock(8, 8), ResidualBlock(8, 8))
        self.stage_2 = nn.Sequential(ResidualBlock(16, 8, 2), ResidualBlock(8, 8))
        self.stage_3 = nn.Sequential(ResidualBlock(16, 16, 2), ResidualBlock(16, 16))
        self.stage_4 = nn.Sequential(ResidualBlock(16, 128), ResidualBlock(128, N_FEATURES))
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(N_FEATURES, 2)

    def activation(self, x: Tensor) -> Tensor:
        """Last residual activation (n, 256, 8, 8) of images (n, channels, 64, 64)."""
        y = torch.cat([self.stage_1(self.stem(x)), self.side_a(x)], dim=1)
        y = torch.cat([self.stage_2(y), self.side_b(x)], dim=1)
        result: Tensor = self.stage_4(self.stage_3(y))
        return result

    def classify(self, activation: Tensor) -> Tensor:
        """Logits (n, 2) of the last residual activation (n, 256, 8, 8)."""
        logits: Tensor = self.head(self.dropout(activation.mean(dim=(2, 3))))
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 2) of images (n, channels, 64, 64), PET, CT and fusion first."""
        return self.classify(self.activation(x))


def parameter_count(network: nn.Module) -> int:
    """Number of values as Keras counts them: weights and the moving statistics."""
    tensors = network.state_dict()
    return sum(t.numel() for name, t in tensors.items() if not name.endswith("num_batches_tracked"))

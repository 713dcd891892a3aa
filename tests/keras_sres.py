"""Our SResCNN as the Keras model its authors would have written, sharing its weights."""

import numpy as np
import torch
from torch import nn

from dss_core.networks.srescnn import NormReLU, ResidualBlock, SameConv2d, SResCNN
from tests.keras_legacy import Layer, Net, input_layer


class _Author:
    """Layers written so far; every method adds some and returns the last one's name."""

    def __init__(self) -> None:
        self.layers = [input_layer("input_1", 64, 64, 3)]

    def add(self, kind: str, inputs: list[str], config: dict | None = None, **weights) -> str:
        name = f"{kind.lower()}_{len(self.layers)}"
        values = {key: value.detach().numpy() for key, value in weights.items()}
        self.layers.append(Layer(kind, name, config or {}, values, (inputs,)))
        return name

    def conv(self, module: SameConv2d, x: str) -> str:
        config = {
            "filters": module.out_channels,
            "kernel_size": list(module.kernel_size),
            "strides": list(module.stride),
            "padding": "same",
        }
        kernel = module.weight.permute(2, 3, 1, 0)
        return self.add("Conv2D", [x], config, kernel=kernel, bias=module.bias)

    def norm(self, module: nn.BatchNorm2d, x: str) -> str:
        return self.add(
            "BatchNormalization",
            [x],
            {"axis": -1, "epsilon": module.eps},
            gamma=module.weight,
            beta=module.bias,
            moving_mean=module.running_mean,
            moving_variance=module.running_var,
        )

    def norm_relu(self, module: NormReLU, x: str) -> str:
        return self.add("Activation", [self.norm(module[0], x)], {"activation": "relu"})

    def conv_norm_relu(self, module: nn.Sequential, x: str) -> str:
        return self.norm_relu(module[1], self.conv(module[0], x))

    def block(self, module: ResidualBlock, x: str) -> str:
        first, act, second, norm = module.body
        body = self.norm(norm, self.conv(second, self.norm_relu(act, self.conv(first, x))))
        return self.norm_relu(module.out, self.add("Add", [body, self.conv(module.shortcut, x)]))

    def blocks(self, modules: nn.Sequential, x: str) -> str:
        for module in modules:
            x = self.block(module, x)
        return x


def as_keras(network: SResCNN) -> tuple[Net, str]:
    """The model and the name of its last residual activation."""
    author = _Author()
    x = "input_1"
    y = author.blocks(network.stage_1, author.conv_norm_relu(network.stem, x))
    y = author.add("Concatenate", [y, author.conv_norm_relu(network.side_a, x)], {"axis": 3})
    y = author.blocks(network.stage_2, y)
    y = author.add("Concatenate", [y, author.conv_norm_relu(network.side_b, x)], {"axis": 3})
    last = author.blocks(network.stage_4, author.blocks(network.stage_3, y))
    y = author.add("AveragePooling2D", [last], {"pool_size": [8, 8], "strides": [8, 8]})
    y = author.add("Dropout", [author.add("Flatten", [y])], {"rate": 0.5})
    head = {"units": 2, "activation": "softmax"}
    kernel = network.head.weight.t()
    out = author.add("Dense", [y], head, kernel=kernel, bias=network.head.bias)
    return Net(tuple(author.layers), ("input_1",), (out,)), last


def random_sres(seed: int, channels: int = 3) -> SResCNN:
    """SResCNN with random weights and non-trivial moving statistics."""
    random = np.random.default_rng(seed)
    network = SResCNN(channels).eval()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                low, high = (0.5, 2.0) if name.endswith("var") else (-1.0, 1.0)
                values = random.uniform(low, high, tuple(tensor.shape))
                fan_in = max(tensor[0].numel(), 1)
                tensor.copy_(torch.from_numpy(values / fan_in**0.5))
    return network

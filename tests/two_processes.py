"""What each of two training processes finds, for `test_hardware`: torchrun ... FOLDER."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dss_core.networks.multitask_network import MultitaskNetwork
from dss_core.training.hardware import Hardware
from dss_core.training.training_loop import train
from tests.unit.test_training import QUICK, cohort


def pupil_and_batch() -> tuple[MultitaskNetwork, tuple[torch.Tensor, ...]]:
    """One network with fixed normalisation and no dropout, and eight slices, the same anywhere."""
    torch.manual_seed(5)
    network = MultitaskNetwork(3, tasks=2, auxiliary_targets=0).eval()
    images, labels = torch.randn(8, 3, 64, 64), torch.randint(0, 2, (8, 2))
    return network, (images, labels, torch.empty(8, 0), torch.ones(2, 2))


def gradients(hardware: Hardware) -> dict[str, Any]:
    """Of the loss over this process's share of the batch, shared with the others."""
    network, (images, labels, auxiliary_targets, weights) = pupil_and_batch()
    mine = hardware.share(np.arange(len(images)))
    loss_of = hardware.loss_of(network)  # which must outlive the backward pass
    loss, _ = loss_of(images[mine], labels[mine], auxiliary_targets[mine], weights, 0.0)
    loss.backward()
    return {f"gradient {n}": p.grad.numpy() for n, p in network.named_parameters()}


def main() -> None:
    folder, told = Path(sys.argv[1]), []
    with Hardware.named("cpu", mixed_precision=False) as hardware:
        with hardware.one_after_the_first():
            alone = (folder / "taken in").exists()
            (folder / "taken in").touch()
        found = gradients(hardware)
        (network,) = train(
            cohort(12), replace(QUICK, max_epochs=2), told.append, folder / "state", hardware
        )
        found |= {f"trained {n}": p.detach().numpy() for n, p in network.named_parameters()}
        numbers = hardware.of_first([hardware.rank + 0.5, hardware.rank + 7.0])
    np.savez(
        folder / f"{hardware.rank}.npz", came_second=alone, told=len(told), numbers=numbers, **found
    )


if __name__ == "__main__":
    main()

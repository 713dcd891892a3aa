"""Training hardware: one device, or several that share every batch.

Several processes, one for each device, are started by torch's own launcher:
`torchrun --nproc-per-node 2 -m dss_core train ...`. Each computes its share of a batch, torch
averages the gradients (`DistributedDataParallel`), and the first process alone decides when the
rate falls and when to stop, reports, and writes.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from dss_core.errors import InputError
from dss_core.networks.multitask_network import MultitaskNetwork

PATIENCE = timedelta(days=1)
"""How long the processes wait for the first one to take the scans in."""


@dataclass(frozen=True)
class Hardware:
    """Where to compute; one device instead of another changes the result only by rounding.

    Attributes
    ----------
    device : str
        As torch names it: "cpu", "cuda", "cuda:1", "mps".
    mixed_precision : bool
        Convolutions in bfloat16 (torch.autocast); weights, losses and scores stay float32.
    rank, ranks : int
        Which process this is, and how many there are. With several, batch normalisation sees a
        process's share of the batch.
    """

    device: str = "cpu"
    mixed_precision: bool = False
    rank: int = 0
    ranks: int = 1

    @classmethod
    @contextmanager
    def named(cls, device: str, mixed_precision: bool) -> "Iterator[Hardware]":
        """Hardware by name, "auto" being CUDA if there is any, else the CPU.

        Under `torchrun` the process joins the others, and "cuda" is a device of its own.

        Raises
        ------
        InputError
            If the device is not there, or the other processes are not.
        """
        rank, ranks, local = _place()
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and ranks > 1:
            device = f"cuda:{local}"
        try:
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError) as problem:
            raise InputError(
                f"The device {device!r} cannot be used ({str(problem).splitlines()[0]}); "
                "give --device cpu, or auto."
            ) from problem
        hardware = cls(device, mixed_precision, rank, ranks)
        if ranks == 1:
            yield hardware
            return
        if hardware._cuda:
            torch.cuda.set_device(device)
        try:
            distributed.init_process_group("nccl" if hardware._cuda else "gloo", timeout=PATIENCE)
        except (RuntimeError, ValueError) as problem:
            raise InputError(
                f"WORLD_SIZE says {ranks} processes, but they cannot be connected "
                f"({str(problem).splitlines()[0]}); start them with torchrun, or unset it."
            ) from problem
        try:
            yield hardware
        finally:
            distributed.destroy_process_group()

    @property
    def first(self) -> bool:
        """Whether this process decides, reports and writes."""
        return self.rank == 0

    @property
    def _cuda(self) -> bool:
        return torch.device(self.device).type == "cuda"

    def precision(self) -> AbstractContextManager[object]:
        """Context of the forward pass."""
        kind = torch.device(self.device).type
        return torch.autocast(kind, torch.bfloat16, enabled=self.mixed_precision)

    def share(self, batch: NDArray[np.int64]) -> NDArray[np.int64]:
        """The part of a batch that this process computes."""
        return batch[self.rank :: self.ranks]

    def loss_of(self, network: MultitaskNetwork) -> nn.Module:
        """`network.loss` as a module, whose gradients are the mean over the processes.

        It must outlive the backward pass.
        """
        module = _Loss(network)
        if self.ranks == 1:
            return module
        return DistributedDataParallel(module, device_ids=[self.device] if self._cuda else None)

    def of_first(self, numbers: Sequence[float]) -> list[float]:
        """The first process's numbers, so that all decide alike."""
        found = list(numbers)
        if self.ranks > 1:
            distributed.broadcast_object_list(found, device=torch.device(self.device))
        return found

    @contextmanager
    def one_after_the_first(self) -> Iterator[None]:
        """The first process does what is inside; the others follow when it is done or refused."""
        if not self.first:
            distributed.barrier()
        try:
            yield
        finally:
            if self.first and self.ranks > 1:
                distributed.barrier()


def _place() -> tuple[int, int, int]:
    """Rank, number of processes and rank on this machine, as `torchrun` sets them."""
    alone = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}
    said = {name: os.environ.get(name) or default for name, default in alone.items()}
    try:
        rank, ranks, local = map(int, said.values())
        if not 0 <= rank < ranks or local < 0:
            raise ValueError
    except ValueError:
        raise InputError(
            "RANK and WORLD_SIZE in the environment say which of how many processes this is, from "
            f"0 on; found {said}. Unset them, or start with torchrun."
        ) from None
    return rank, ranks, local


class _Loss(nn.Module):
    """Only what is called as a module is shared out by torch."""

    def __init__(self, network: MultitaskNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: Tensor | float) -> tuple[Tensor, Tensor]:
        return self.network.loss(*given)  # type: ignore[arg-type]

"""Training state: network, optimiser and early stopping, saved after every epoch."""

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from dss_core.errors import InputError
from dss_core.networks.multitask_network import MultitaskNetwork
from dss_core.networks.srescnn import SResCNN
from dss_core.storage import read_if_there, write_whole, writing
from dss_core.training.training_config import Schedule, TrainingConfig


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training patients gave.

    Attributes
    ----------
    validation_loss, validation_auc : float
        Of the patients' scores on validation patients, mean over the tasks.
    """

    number: int
    learning_rate: float
    train_loss: float
    validation_loss: float
    validation_auc: float


class TrainingState:
    """A network in training."""

    def __init__(self, training_config: TrainingConfig, network: MultitaskNetwork) -> None:
        self.training_config = training_config
        self.network = network
        kernels = [p for p in network.parameters() if p.ndim > 1]
        others = [p for p in network.parameters() if p.ndim <= 1]
        # Keras' L2(a) adds a * w^2 to the loss, so its gradient is 2 a w.
        groups = [
            {"params": kernels, "weight_decay": 2.0 * training_config.l2},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.Adam(
            groups, lr=training_config.learning_rate, betas=training_config.betas
        )
        self.epoch = 0
        self.waiting = 0
        self.since_drop = 0
        self.best_loss = float("inf")
        self.best: dict[str, Tensor] = {}

    @property
    def rate(self) -> float:
        """Learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def set_rate(self, rate: float) -> None:
        """Change the learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    @property
    def over(self) -> bool:
        """Whether the training configuration says to stop."""
        return (
            self.epoch >= self.training_config.max_epochs
            or self.waiting >= self.training_config.stop_epochs
        )

    def after(self, validation_loss: float) -> None:
        """Book an epoch: keep the best network, lower the rate on a plateau."""
        self.epoch += 1
        if validation_loss < self.best_loss:
            self.best_loss, self.waiting, self.since_drop = validation_loss, 0, 0
            self.best = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
            return
        self.waiting += 1
        self.since_drop += 1
        plateau = self.training_config.schedule is Schedule.PLATEAU
        if plateau and self.since_drop >= self.training_config.plateau_epochs:
            self.since_drop = 0
            self.set_rate(self.rate * self.training_config.plateau_factor)

    def best_networks(self) -> tuple[SResCNN, ...]:
        """The network of each task at the lowest validation loss, on the CPU."""
        if self.best:
            self.network.load_state_dict(self.best)
        self.network.cpu()
        return tuple(self.network.network(task) for task in range(len(self.network.heads)))

    def save(self, folder: Path, epoch: Epoch) -> None:
        """Write `state.pt` and a line of `log.csv`."""
        content = io.BytesIO()
        torch.save(
            {
                "made_with": self._made_with(),
                "pupil": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "best": self.best,
                "numbers": [self.epoch, self.waiting, self.since_drop, self.best_loss],
            },
            content,
        )
        write_whole(folder / "state.pt", content.getvalue())
        log = folder / "log.csv"
        with writing(log), log.open("a", newline="") as stream:
            new = stream.tell() == 0
            writer = csv.DictWriter(stream, fieldnames=list(asdict(epoch)))
            if new:
                writer.writeheader()
            writer.writerow(asdict(epoch))

    def resume(self, folder: Path) -> None:
        """Go on from a folder that `save` wrote, if there is one.

        Raises
        ------
        InputError
            If it is damaged, or was made with another training configuration or for other data.
        """
        path = folder / "state.pt"
        if (stored := read_if_there(path)) is None:
            return
        try:
            saved: dict[str, Any] = torch.load(
                io.BytesIO(stored), weights_only=True, map_location="cpu"
            )
        except (RuntimeError, UnpicklingError, EOFError, ValueError, KeyError) as fault:
            raise InputError(
                f"The checkpoint {path} is damaged; remove its folder to train from the start."
            ) from fault
        if saved["made_with"] != self._made_with():
            raise InputError(
                f"The checkpoint in {folder.name!r} was made with another training configuration; "
                "give an empty folder or the same settings."
            )
        self.network.load_state_dict(saved["pupil"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.best = saved["best"]
        self.epoch, self.waiting, self.since_drop, self.best_loss = saved["numbers"]

    def _made_with(self) -> str:
        shapes = {name: list(value.shape) for name, value in self.network.state_dict().items()}
        return json.dumps([asdict(self.training_config), shapes])

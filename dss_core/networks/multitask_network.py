"""Multitask training network: one trunk, a head for each task, a head for auxiliary targets.

Two tasks on the same images can share what they see; each leaves as a network of its own.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from dss_core.networks.srescnn import N_FEATURES, SResCNN


class MultitaskNetwork(nn.Module):
    """A network under training.

    Parameters
    ----------
    channels : int
        Of the network's images.
    tasks, auxiliary_targets : int
        How many of each.
    """

    def __init__(self, channels: int, tasks: int, auxiliary_targets: int) -> None:
        super().__init__()
        self.trunk = SResCNN(channels)
        self.heads = nn.ModuleList(
            [self.trunk.head, *(nn.Linear(N_FEATURES, 2) for _ in range(tasks - 1))]
        )
        self.auxiliary_targets = (
            nn.Linear(N_FEATURES, auxiliary_targets) if auxiliary_targets else None
        )

    def pooled(self, x: Tensor) -> Tensor:
        """Features (n, 256) of images, before dropout."""
        return self.trunk.activation(x).mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, tasks, 2)."""
        features = self.trunk.dropout(self.pooled(x))
        return torch.stack([head(features) for head in self.heads], dim=1)

    def loss(
        self,
        x: Tensor,
        labels: Tensor,
        auxiliary_targets: Tensor,
        class_weight: Tensor,
        auxiliary_weight: float,
    ) -> tuple[Tensor, Tensor]:
        """Loss to descend, and the tasks' part of it.

        Parameters
        ----------
        x : (n, channels, 64, 64)
        labels : int64 (n, tasks)
        auxiliary_targets : (n, auxiliary_targets), 0 to 1
        class_weight : (tasks, 2)
        """
        features = self.trunk.dropout(self.pooled(x))
        of_tasks = torch.stack(
            [
                functional.cross_entropy(head(features).float(), labels[:, t], class_weight[t])
                for t, head in enumerate(self.heads)
            ]
        ).mean()
        if self.auxiliary_targets is None or auxiliary_weight == 0.0:
            return of_tasks, of_tasks
        seen = self.auxiliary_targets(features).float()
        return of_tasks + auxiliary_weight * functional.binary_cross_entropy_with_logits(
            seen, auxiliary_targets
        ), of_tasks

    def network(self, task: int) -> SResCNN:
        """A task's network, on its own and ready to score."""
        network = copy.deepcopy(self.trunk)
        network.head.load_state_dict(self.heads[task].state_dict())
        return network.eval()

"""The score: mean over the region's slices of the positive-class probability.

References
----------
Mu et al., Nat Commun 11:5228 (2020): EGFR-DLS; the PDL1-DLS follows the same recipe.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from dss_core.errors import WeightsError
from dss_core.records import Group, NetworkInput, SliceScore, TaskScore
from dss_core.scoring.keras.network import KerasNetwork, scoring_problem
from dss_core.scoring.weights import Bundle, TaskModel


def score_slices(x: NDArray[np.float32], model: TaskModel) -> NDArray[np.float64]:
    """Probability of the positive class per slice, averaged over the ensemble.

    Parameters
    ----------
    x : float32 array (n, 3, 64, 64)
    model : TaskModel

    Returns
    -------
    float64 array (n,), higher means more likely positive (mutant, PD-L1 positive).
    """
    batch = torch.from_numpy(np.ascontiguousarray(x))
    with torch.inference_mode():
        members = [torch.softmax(m(batch).double(), dim=1)[:, 1] for m in model.members]
    return np.asarray(torch.stack(members).mean(dim=0).numpy(), dtype=np.float64)


def require_scoring(bundle: Bundle) -> None:
    """Refuse a bundle whose networks take something else than PET, CT and fusion.

    Raises
    ------
    WeightsError
        Naming the bundle, the task and what the network takes or gives.
    """
    for task, model in bundle.models.items():
        for member in model.members:
            problem = scoring_problem(member.keras) if isinstance(member, KerasNetwork) else ""
            if problem:
                raise WeightsError(f"Weights {bundle.id!r}, {task}: {problem}")


def score_patient(tensor: NetworkInput, bundle: Bundle) -> tuple[TaskScore, ...]:
    """Scores of one region for every task of the bundle, in the bundle's order.

    Raises
    ------
    WeightsError
        See `require_scoring`.
    """
    require_scoring(bundle)
    return tuple(_score(tensor, model) for model in bundle.models.values())


def _score(tensor: NetworkInput, model: TaskModel) -> TaskScore:
    slices = score_slices(tensor.x, model)
    dls = float(slices.mean())
    return TaskScore(
        task=model.task,
        dls=dls,
        cutoff=model.cutoff,
        cutoff_origin=model.cutoff_origin,
        group=Group.HIGH if dls >= model.cutoff else Group.LOW,
        slices=tuple(
            SliceScore(float(z), float(s)) for z, s in zip(tensor.z_mm, slices, strict=True)
        ),
    )

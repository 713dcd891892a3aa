"""The score: mean over the region's slices of the positive-class probability, and its interval.

References
----------
Mu et al., Nat Commun 11:5228 (2020): EGFR-DLS; the PDL1-DLS follows the same recipe.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from dss_core.errors import WeightsError
from dss_core.records import NetworkInput, SliceScore, TaskScore
from dss_core.scoring.keras.network import KerasNetwork, scoring_problem
from dss_core.scoring.uncertainty import group_of, interval, spread
from dss_core.scoring.weights import Bundle, TaskModel


def score_slices(x: NDArray[np.float32], model: TaskModel) -> NDArray[np.float64]:
    """Probability of the positive class per slice, averaged over the ensemble.

    Parameters
    ----------
    x : float32 array (n, channels, 64, 64)
    model : TaskModel

    Returns
    -------
    float64 array (n,), higher means more likely positive (mutant, PD-L1 positive).
    """
    return np.asarray(score_members(x, model).mean(axis=0))


def score_members(x: NDArray[np.float32], model: TaskModel) -> NDArray[np.float64]:
    """As `score_slices`, one row for each network of the ensemble: (networks, n)."""
    batch = torch.from_numpy(np.ascontiguousarray(x))
    with torch.inference_mode():
        members = [torch.softmax(run(batch).double(), dim=1)[:, 1] for run in model.engines]
    return np.asarray(torch.stack(members).numpy(), dtype=np.float64)


def require_scoring(bundle: Bundle) -> None:
    """Refuse a bundle whose networks take something else than PET, CT and fusion of slices.

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


def score_patient(
    tensor: NetworkInput, bundle: Bundle, outlines: Sequence[NDArray[np.float32]] = ()
) -> tuple[TaskScore, ...]:
    """Scores of one region for every task of the bundle, in the bundle's order.

    Parameters
    ----------
    tensor : NetworkInput
    bundle : Bundle
    outlines : sequence of float32 arrays (n, channels, 64, 64)
        The same tumour under other outlines, for the interval.

    Raises
    ------
    WeightsError
        See `require_scoring`.
    """
    require_scoring(bundle)
    x = np.concatenate([tensor.x, *outlines])
    ends = np.cumsum([len(tensor.x), *(len(outline) for outline in outlines)])
    return tuple(_score(tensor, model, x, ends) for model in bundle.models.values())


def _score(
    tensor: NetworkInput, model: TaskModel, x: NDArray[np.float32], ends: NDArray[np.int64]
) -> TaskScore:
    """The score of a task; `x` holds the region's slices, then each outline's, up to `ends`."""
    own, *others = np.split(score_members(x, model), ends[:-1], axis=1)
    slices = own.mean(axis=0)
    dls = float(slices.mean())
    parts = spread(own, np.asarray([other.mean() for other in others]))
    found = interval(dls, parts)
    return TaskScore(
        task=model.task,
        dls=dls,
        interval=found,
        cutoff=model.cutoff,
        cutoff_origin=model.cutoff_origin,
        group=group_of(dls, found, model.cutoff),
        slices=tuple(
            SliceScore(float(z), float(s)) for z, s in zip(tensor.z_mm, slices, strict=True)
        ),
    )

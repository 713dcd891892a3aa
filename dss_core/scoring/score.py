"""Scores: mean over the region's slices of the positive-class probability, with interval.

References
----------
Mu et al., Nat Commun 11:5228 (2020): EGFR-DLS; the PDL1-DLS follows the same method.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from dss_core.bundles.bundle import Bundle, TaskModel
from dss_core.errors import WeightsError
from dss_core.networks.engine import run_all
from dss_core.networks.keras_import.imported_network import KerasNetwork, scoring_problem
from dss_core.records import NetworkInput, SliceScore, Task, TaskScore
from dss_core.scoring.score_interval import group_of, interval, sources_of_variation


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
    return _score_models(x, [model])[0]


def score_tasks(x: NDArray[np.float32], bundle: Bundle) -> dict[Task, NDArray[np.float64]]:
    """`score_members` of every task of a bundle; what their networks share is computed once."""
    models = bundle.models
    return dict(zip(models, _score_models(x, list(models.values())), strict=True))


def _score_models(x: NDArray[np.float32], models: Sequence[TaskModel]) -> list[NDArray[np.float64]]:
    batch = torch.from_numpy(np.ascontiguousarray(x))
    with torch.inference_mode():
        logits = torch.stack(run_all([run for m in models for run in m.engines], batch))
    positive = softmax(logits.double().numpy(), axis=2)[:, :, 1]
    ends = np.cumsum([len(model.engines) for model in models])
    return np.split(positive, ends[:-1])


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
    members = score_tasks(x, bundle)
    return tuple(
        _score(tensor, model, np.split(members[task], ends[:-1], axis=1))
        for task, model in bundle.models.items()
    )


def _score(
    tensor: NetworkInput, model: TaskModel, members: Sequence[NDArray[np.float64]]
) -> TaskScore:
    """The score of a task from (networks, slices) of the region, then of each other outline."""
    own, *others = members
    slices = own.mean(axis=0)
    dls = float(slices.mean())
    parts = sources_of_variation(own, np.asarray([other.mean() for other in others]))
    found = interval(dls, parts, model.interval_multiple)
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

"""Out-of-distribution reference: distance of images from those of the training.

The appearance of a region (`preprocessing.image_statistics`, mean over its slices) is compared
with that of the training patients by its Mahalanobis distance. Two thresholds are set on patients
held out: beyond the first the score comes with a quiet warning, beyond the second it is withheld:
such images are faulty or of something else. Training patients, simulated ones above all, vary less
than patients do, so the second lies twice as far as they reach. The reference is part of the
weights bundle; one borrowed from another bundle only warns.

References
----------
Mahalanobis, Proc Natl Inst Sci India 2:49 (1936). Ledoit and Wolf, J Multivar Anal 88:365 (2004).
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dss_core.bundles.model_card import ListedFile, OodReferenceCard, OodThreshold
from dss_core.errors import WeightsError
from dss_core.preprocessing.image_statistics import FEATURES, image_statistics
from dss_core.records import RegionImages
from dss_core.settings import Preprocessing

FILE = "novelty.safetensors"
WARNED, REACHED = 0.05, 0.001
"""Shares of held-out training-like patients beyond the first threshold, and beyond their reach."""
ROOM = 2.0
"""A score is withheld beyond this many times their reach."""
_RANGE = (1.0, 99.0)
_LEAST = 0.01
"""Least spread of a feature, for those that never change in the training."""
_NAMED = 3

Numbers = NDArray[np.float64]


class OodResult(StrEnum):
    """How far the images are from the training patients'."""

    USUAL = "usual"
    UNUSUAL = "unusual"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class OodDistance:
    """The distance of a case from the training patients.

    Attributes
    ----------
    distance : float
        Mahalanobis distance, in standard deviations.
    result : OodResult
    reasons : tuple of str
        The numbers most outside the training patients' range, the worst first, each with both.
    """

    distance: float
    result: OodResult
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """The appearance of the training patients.

    Attributes
    ----------
    mean, low, high : float64 arrays (features,)
        Mean, 1st and 99th percentile over patients.
    precision : float64 array (features, features)
        Inverse of the covariance.
    warn, stop : float
        Distances beyond which a case is unusual or foreign.
    compared_with : str
        Who the training patients are, in words.
    borrowed : bool
        They are another bundle's, so they can warn but not stop a score.
    """

    mean: Numbers
    low: Numbers
    high: Numbers
    precision: Numbers
    warn: float
    stop: float
    compared_with: str
    borrowed: bool = False

    def distance(self, features: Numbers) -> Numbers:
        """Mahalanobis distance of each row (n, features)."""
        away = features - self.mean
        return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", away, self.precision, away)))


@dataclass(frozen=True)
class PackedReference:
    """A reference ready for a bundle: its part of the card and its file."""

    card: OodReferenceCard
    files: dict[str, bytes]


def ood_distance(
    images: RegionImages, reference: Reference, settings: Preprocessing
) -> OodDistance:
    """Compare the images around a region with the training patients'."""
    features = image_statistics(images.pet, images.ct, settings).mean(axis=0)
    distance = float(reference.distance(features[None])[0])
    result = OodResult.USUAL
    if distance > reference.warn:
        foreign = distance > reference.stop and not reference.borrowed
        result = OodResult.FOREIGN if foreign else OodResult.UNUSUAL
    low, high = reference.low, reference.high
    beyond = np.maximum(low - features, features - high) / np.maximum(high - low, _LEAST)
    worst = [i for i in np.argsort(-beyond)[:_NAMED] if beyond[i] > 0]
    reasons = (
        f"{FEATURES[i]} {features[i]:.2f}, there {low[i]:.2f} to {high[i]:.2f}" for i in worst
    )
    return OodDistance(distance, result, tuple(reasons))


def pack_reference(
    training: "PatientImages", held_out: "PatientImages", settings: Preprocessing, who: str
) -> PackedReference:
    """Make the reference of a bundle.

    Parameters
    ----------
    training, held_out : PatientImages
        Windowed slices by patient; the thresholds are set on the second.
    settings : Preprocessing
    who : str
        The training patients in words, e.g. "the simulated patients of the training".
    """
    features, unseen = (p.features(settings) for p in (training, held_out))
    spread = np.maximum(features.std(axis=0), _LEAST)
    from sklearn.covariance import ledoit_wolf  # a second to import, and only making one needs it

    covariance, _ = ledoit_wolf((features - features.mean(axis=0)) / spread)
    precision = np.linalg.inv(covariance) / np.outer(spread, spread)
    low, high = np.percentile(features, _RANGE, axis=0)
    tensors = {"mean": features.mean(axis=0), "low": low, "high": high, "precision": precision}
    raw: bytes = save({name: np.ascontiguousarray(v) for name, v in tensors.items()})
    found = Reference(**tensors, warn=0.0, stop=0.0, compared_with=who).distance(unseen)
    warn, reach = np.quantile(found, [1.0 - WARNED, 1.0 - REACHED])
    stop = ROOM * reach
    card = OodReferenceCard(
        file=ListedFile(name=FILE, sha256=hashlib.sha256(raw).hexdigest()),
        features=FEATURES,
        compared_with=who,
        training_patients=len(features),
        held_out_patients=len(unseen),
        warn=OodThreshold(distance=round(float(warn), 3), false_alarms=WARNED),
        stop=OodThreshold(
            distance=round(float(stop), 3), false_alarms=round(float((found > stop).mean()), 4)
        ),
    )
    return PackedReference(card, {FILE: raw})


@dataclass(frozen=True)
class PatientImages:
    """Windowed PET and CT (n, 2, size, size) and which patient (n,) each slice is of."""

    images: NDArray[np.float32]
    patient: NDArray[np.int64]

    def features(self, settings: Preprocessing) -> Numbers:
        """Mean appearance of every patient (patients, features)."""
        slices = image_statistics(self.images[:, 0], self.images[:, 1], settings)
        _, row, count = np.unique(self.patient, return_inverse=True, return_counts=True)
        sums = [np.bincount(row, weights=column) for column in slices.T]
        return np.asarray(np.stack(sums, axis=1) / count[:, None])


def read_reference(card: OodReferenceCard, content: bytes) -> Reference:
    """The reference from the card and its file.

    Raises
    ------
    WeightsError
        If they do not fit each other or this program.
    """
    try:
        tensors = {name: np.asarray(v, dtype=np.float64) for name, v in load(content).items()}
        reference = Reference(
            tensors["mean"],
            tensors["low"],
            tensors["high"],
            tensors["precision"],
            warn=card.warn.distance,
            stop=card.stop.distance,
            compared_with=card.compared_with,
        )
        n = len(FEATURES)
        shapes = {reference.mean.shape, reference.low.shape, reference.high.shape}
        finite = all(np.isfinite(v).all() for v in tensors.values())
        if card.features != tuple(FEATURES) or shapes != {(n,)} or not finite:
            raise WeightsError("it describes other features")
        if reference.precision.shape != (n, n):
            raise WeightsError("its matrix is impossible")
    except (SafetensorError, KeyError, TypeError, ValueError, WeightsError) as problem:
        raise WeightsError(
            f"The reference of the training images cannot be used ({problem}); restore the bundle."
        ) from problem
    return reference

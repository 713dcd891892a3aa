"""Training dataset: slices with reference labels, split and drawn by patient."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import InputError
from dss_core.settings import AdjacentSlices, CaseNumbers


@dataclass(frozen=True)
class SliceDataset:
    """Slices of many patients with labels that are equal within a patient.

    Attributes
    ----------
    images : float16 or float32 array (n, 2, 64, 64)
        Windowed PET and CT, not yet normalised; with neighbouring slices as further pairs
        (n, 2 k, 64, 64).
    patient : int64 array (n,)
        Which patient a slice belongs to.
    label : int64 array (n,) or (n, tasks)
        1 positive (mutant, PD-L1 positive), 0 negative; a column for each task learned at once.
    auxiliary_targets : float32 array (n, k)
        Other facts of the patient, 0 to 1, that help learning and are not needed afterwards;
        k may be 0.
    """

    images: NDArray[np.float32] | NDArray[np.float16]
    patient: NDArray[np.int64]
    label: NDArray[np.int64]
    auxiliary_targets: NDArray[np.float32] | None = None

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n, tasks), also where there is one task."""
        return self.label.reshape(len(self.label), -1)

    def stacked(self, adjacent_slices: AdjacentSlices, spacing_mm: float) -> "SliceDataset":
        """Each slice with those that a network sees at once with it, as further channels.

        Every patient's slices must stand together, from below to above, `spacing_mm` apart.
        """
        _, first, count = np.unique(self.patient, return_index=True, return_counts=True)
        rows = np.concatenate(
            [
                start + adjacent_slices.rows(n, spacing_mm)
                for start, n in zip(first, count, strict=True)
            ]
        )
        own = self._rows(rows[:, 0])
        return replace(own, images=adjacent_slices.gather(self.images, rows))

    def of_patients(self, patients: NDArray[np.int64]) -> "SliceDataset":
        """The slices of some of the patients."""
        return self._rows(np.flatnonzero(np.isin(self.patient, patients)))

    def thinned(self, per_patient: int, seed: int) -> "SliceDataset":
        """Up to so many random slices of each patient."""
        return self._rows(
            np.sort(draw_rows(self.patient, per_patient, np.random.default_rng(seed)))
        )

    def _rows(self, rows: NDArray[np.int64]) -> "SliceDataset":
        auxiliary_targets = None if self.auxiliary_targets is None else self.auxiliary_targets[rows]
        return SliceDataset(
            self.images[rows], self.patient[rows], self.label[rows], auxiliary_targets
        )


@dataclass(frozen=True)
class TrainingCohort:
    """The patients of a manifest, in its order.

    Attributes
    ----------
    slices : LabelledSlices
        One by one, not yet stacked; patients are counted from 0.
    numbers : tuple of (CaseNumbers or None)
        One for each patient.
    """

    slices: SliceDataset
    numbers: tuple[CaseNumbers | None, ...]


def split_patients(
    data: SliceDataset, share: float, seed: int
) -> tuple[SliceDataset, SliceDataset]:
    """Training and validation slices: no patient in both, the same class balance in each.

    Raises
    ------
    InputError
        If a class of a task has fewer than two patients.
    """
    patients, first = np.unique(data.patient, return_index=True)
    labels = data.labels[first]
    for column in labels.T:
        for label in (0, 1):
            count = int((column == label).sum())
            if count < 2:
                raise InputError(
                    f"Training needs at least two patients of each class, found {count} with "
                    f"label {label}. Add labelled patients."
                )
    generator = np.random.default_rng(seed)
    held: list[NDArray[np.int64]] = []
    for combination in np.unique(labels, axis=0):
        mine = patients[(labels == combination).all(axis=1)]
        held.append(generator.permutation(mine)[: max(1, round(share * mine.size))])
    validation = np.concatenate(held)
    return data.of_patients(np.setdiff1d(patients, validation)), data.of_patients(validation)


def draw_rows(
    patient: NDArray[np.int64], per_patient: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Up to `per_patient` random rows of every patient, shuffled."""
    order = generator.permutation(patient.size)
    by_patient = order[np.argsort(patient[order], kind="stable")]
    sizes = np.bincount(np.unique(patient, return_inverse=True)[1])
    rank = np.arange(patient.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return generator.permutation(by_patient[rank < per_patient])

"""Files of the authors' public releases, each by itself: clinical tables, numbers, scores."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import loadmat

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Floats, Ints


def clinical_table(path: Path) -> pd.DataFrame:
    """A clinical table with its columns in lower case."""
    if path.suffix == ".mat":
        content = matlab(path)
        try:
            names = [str(np.squeeze(name).item()) for name in content["Property"].ravel()]
            table = pd.DataFrame(content["ClinicalInfo"], columns=names)
        except (KeyError, ValueError) as problem:
            raise CohortError(
                f"{path.name} should hold ClinicalInfo and as many names in Property, but does "
                "not. Use an unchanged clone of the release."
            ) from problem
    else:
        try:
            raw = pd.read_excel(path, header=None)
        except Exception as problem:  # of damage every layer of the reader raises its own
            raise CohortError(
                f"{path.name} cannot be read as an Excel table. Clone the release again."
            ) from problem
        header = int(np.argmax([str(v) == "mrn" for v in raw[0]]))
        table = raw.iloc[header + 1 :].reset_index(drop=True)
        table.columns = pd.Index([str(v) for v in raw.iloc[header]])
        table = table[table["mrn"].notna()] if "mrn" in table else table
    table.columns = pd.Index([str(c).lower() for c in table.columns])
    if "mrn" not in table:
        raise CohortError(f"{path.name} has no column mrn. Use an unchanged clone of the release.")
    table["mrn"] = pd.to_numeric(table["mrn"], errors="coerce")
    return table[table["mrn"].notna()].reset_index(drop=True)


def matlab(path: Path) -> dict[str, np.ndarray]:
    try:
        return dict(loadmat(path))
    except Exception as problem:  # as above
        raise CohortError(
            f"The release's file {path.name} is missing or damaged. Clone the release again."
        ) from problem


def numbers_of(content: Mapping[str, np.ndarray], name: str, file: str) -> Ints:
    if name not in content:
        raise CohortError(f"{file} has no {name}. Use an unchanged clone of the release.")
    return np.asarray(content[name]).ravel().astype(np.int64)


def slice_scores(path: Path, n_slices: int) -> Floats:
    """Probability of the positive class, one a slice."""
    try:
        pairs = np.loadtxt(path, ndmin=2)
    except (OSError, ValueError) as problem:
        raise CohortError(
            f"The release's file {path.name} is missing or damaged. Clone the release again."
        ) from problem
    if pairs.shape != (n_slices, 2):
        raise CohortError(
            f"{path.name} should hold {n_slices} rows of 2, found {pairs.shape}. "
            "Use files of the same release."
        )
    return np.asarray(pairs[:, 1])

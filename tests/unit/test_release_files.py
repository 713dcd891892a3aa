"""Files of a release that are damaged are refused in one sentence, whatever their reader says."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from dss_core.cohort.release_files import clinical_table, matlab
from dss_core.errors import CohortError


def _excel() -> bytes:
    stream = io.BytesIO()
    pd.DataFrame({"mrn": [1, 2], "age": [60, 70]}).to_excel(stream, index=False)
    return stream.getvalue()


def _mat() -> bytes:
    stream = io.BytesIO()
    savemat(stream, {"mrn": np.arange(40)}, do_compression=True)
    return stream.getvalue()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "content", "read"),
    [("a.xlsx", _excel(), clinical_table), ("a.mat", _mat(), matlab)],
)
def test_a_damaged_file_of_a_release_is_refused(name, content, read, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    read(path)
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(60):
        damaged = bytearray(content[: rng.integers(1, len(content) + 1)])
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            read(path)
        except CohortError as refusal:
            assert str(refusal).endswith("."), refusal
            refused += 1
    assert refused > 30

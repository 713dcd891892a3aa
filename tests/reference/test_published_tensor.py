"""The published normalisation, against the arrays and images the authors released.

Source of every expected number: the release's `Sampledata` arrays (github lungproject/lungegfr)
and the PNG pairs they were made from (lungproject/lungio).
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dss_core.preprocessing.normalisation import normalise


@pytest.fixture(scope="module")
def released(shared_data: Path) -> dict[str, np.ndarray]:
    folder = shared_data / "lungegfr" / "Sampledata"
    return {name: np.load(folder / f"xpsample{name}.npy") for name in ("pet", "ct", "fuse")}


@pytest.fixture(scope="module")
def ours(shared_data: Path) -> np.ndarray:
    folder = shared_data / "lungio" / "data" / "Image"
    names = sorted(p.name for p in (folder / "CT").iterdir())
    assert [n.rsplit("_z_", 1)[0] for n in names] == [
        "0_15", "0_1", "0_2", "0_3", "1_25", "1_27", "1_288", "1_32",
    ]  # fmt: skip

    def stack(kind: str) -> np.ndarray:
        images = [np.asarray(Image.open(folder / kind / n), dtype=np.float64) for n in names]
        return np.stack(images)[:, 1::2, 1::2]

    return normalise(stack("PET"), stack("CT"))


@pytest.mark.parametrize(
    ("channel", "name", "tolerance"), [(0, "pet", 1e-12), (1, "ct", 1e-12), (2, "fuse", 1e-9)]
)
def test_released_images_give_the_released_arrays(
    ours: np.ndarray, released: dict[str, np.ndarray], channel: int, name: str, tolerance: float
) -> None:
    assert np.abs(ours[:, channel] - released[name]).max() <= tolerance


def test_fusion_is_not_the_sum_of_the_z_scores(
    ours: np.ndarray, released: dict[str, np.ndarray]
) -> None:
    wrong = ours[:, 0] + ours[:, 1]
    wrong /= wrong.std(axis=(1, 2), ddof=1, keepdims=True)
    assert np.abs(wrong - released["fuse"]).max() > 0.1

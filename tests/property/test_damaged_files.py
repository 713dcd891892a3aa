"""Thousands of damaged files over a fixed corpus: a value or a refusal, never anything else."""

import numpy as np
import pytest

from dss_core.reading import decoder
from tests.damaged_files import FEWER, IMAGES, TEXTS, Kind, kinds, refused

MUTATIONS_EACH = 400
MUTATIONS_OF_FEWER = 100

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    return kinds(tmp_path_factory.mktemp("damaged"), *IMAGES, *TEXTS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*IMAGES, *TEXTS])
def test_damaged_file_is_read_or_refused(
    corpus: dict[str, Kind], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded by a small voxel limit, which a blown-up size must run into."""
    monkeypatch.setenv("DSS_MAX_VOXELS", "1000000")
    monkeypatch.setenv("DSS_MAX_INFLATED_MB", "10")
    monkeypatch.setattr(decoder, "MAX_SECONDS", 2.0)  # some damage makes a decoder run on and on
    rng = np.random.default_rng(sorted(IMAGES).index(name) if name in IMAGES else len(name))
    count = MUTATIONS_OF_FEWER if name in FEWER or name in TEXTS else MUTATIONS_EACH
    assert sum(refused(corpus[name], rng) for _ in range(count)) > 0
    monkeypatch.undo()
    corpus[name].read(corpus[name].files)

"""What the page on the authors' weights tells users to type pairs with the published cohort."""

from pathlib import Path

from dss_core.cohort.releases import WEIGHTS_ID

ROOT = Path(__file__).resolve().parents[2]


def test_the_documented_id_is_the_one_the_published_cohort_carries() -> None:
    for name in ("docs/authors_weights.md", "README.md"):
        text = (ROOT / name).read_text()
        for file, task in (("LungEGFR.hdf5", "egfr"), ("LungIO.hdf5", "pdl1")):
            assert f"weights import {file} --task {task} --id {WEIGHTS_ID}" in text

"""Real PET/CT of sarcomas outside the lung gets no lung tumour score from the shipped weights."""

from pathlib import Path

import pytest

from dss_core.pipeline import load_images, propose_series, read_regions, score_case, take_region
from dss_core.preprocessing.dicom import take_inventory
from dss_core.preprocessing.sources import from_paths
from dss_core.scoring.weights import load_bundle


@pytest.mark.parametrize("case", ["sts_001", "sts_037"])
def test_a_sarcoma_outside_the_lung_is_withheld_and_the_reason_names_its_tissue(
    shared_data: Path, case: str
) -> None:
    folder = shared_data / "cases" / case
    ct, pet, roi = (
        take_inventory(from_paths([folder / name])) for name in ("ct", "pet", "rtstruct_ct.dcm")
    )
    images = load_images(propose_series(ct, "CT"), propose_series(pet, "PT"))
    region = take_region(read_regions(roi.structure_sets), None, images)
    result = score_case(images, region, load_bundle())
    assert result.scores == ()
    assert result.withheld is not None
    assert "soft tissue" in result.withheld.reason
    assert "on a lung tumour" in result.withheld.reason

"""What the shipped weights say of real PET/CT of sarcomas outside the lung."""

from pathlib import Path

from dss_core.pipeline import (
    CaseResult,
    load_images,
    propose_series,
    read_regions,
    score_case,
    take_region,
)
from dss_core.preprocessing.dicom import take_inventory
from dss_core.preprocessing.sources import from_paths
from dss_core.scoring.weights import load_bundle


def scored(folder: Path) -> CaseResult:
    ct, pet, roi = (
        take_inventory(from_paths([folder / name])) for name in ("ct", "pet", "rtstruct_ct.dcm")
    )
    images = load_images(propose_series(ct, "CT"), propose_series(pet, "PT"))
    region = take_region(read_regions(roi.structure_sets), None, images)
    return score_case(images, region, load_bundle())


def test_a_tumour_of_the_thigh_is_withheld_and_the_reason_names_its_tissue(
    shared_data: Path,
) -> None:
    result = scored(shared_data / "cases" / "sts_001")
    assert result.scores == ()
    assert result.withheld is not None
    assert "soft tissue" in result.withheld.reason
    assert "on a lung tumour" in result.withheld.reason


def test_a_tumour_beside_the_lung_is_scored_with_a_warning_that_names_its_tissue(
    shared_data: Path,
) -> None:
    result = scored(shared_data / "cases" / "sts_037")
    assert result.withheld is None and len(result.scores) == 2
    said = {caution.code: caution.message for caution in result.cautions}
    assert "soft tissue" in said["unusual_images"]

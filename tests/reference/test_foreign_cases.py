"""What the shipped weights say of real PET/CT of sarcomas, and of the same with a wrong unit."""

from dataclasses import replace
from pathlib import Path

from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.case_result import CaseResult
from dss_core.case.open_case import open_images, take_region
from dss_core.case.score_case import score_case
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths


def scored(folder: Path, suv_factor: float = 1.0) -> CaseResult:
    ct, pet, roi = (
        take_inventory(from_paths([folder / name])) for name in ("ct", "pet", "rtstruct_ct.dcm")
    )
    images = open_images(ImageSeries(propose_series(ct, "CT"), propose_series(pet, "PT")))
    region = take_region(read_regions(roi.structure_sets), None, images)
    values = images.pet.values_zyx * suv_factor
    images = replace(images, pet=replace(images.pet, values_zyx=values))
    return score_case(images, region, load_bundle()).result


def test_a_tumour_of_the_thigh_is_withheld_for_want_of_lung(shared_data: Path) -> None:
    result = scored(shared_data / "cases" / "sts_001")
    assert result.scores == ()
    assert result.withheld is not None and result.withheld.code == "no_lung"
    assert "0.00 mL of aerated lung within 30 mm" in result.withheld.reason


def test_a_tumour_beside_the_lung_is_scored_with_a_warning_that_names_its_tissue(
    shared_data: Path,
) -> None:
    """Between shoulder blade and ribs: the lung lies within 30 mm."""
    result = scored(shared_data / "cases" / "sts_037")
    assert result.withheld is None and len(result.scores) == 2
    said = {caution.code: caution.message for caution in result.warnings}
    assert "soft tissue" in said["unusual_images"]


def test_a_pet_in_another_unit_is_withheld_and_the_reason_names_the_uptake(
    shared_data: Path,
) -> None:
    result = scored(shared_data / "cases" / "sts_037", suv_factor=10.0)
    assert result.scores == ()
    assert result.withheld is not None
    assert "log10 SUV" in result.withheld.reason

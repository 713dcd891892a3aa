"""Series that fit equally are refused with what tells them apart, never chosen by their order."""

from pathlib import Path

import pydicom
import pytest

from dss_core.errors import InputError
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import fitting_series, propose_series, series_labels
from dss_core.reading.sources import from_paths
from dss_core.reading.volume_roles import Role
from dss_ui.shell.proposal import fitting_images, obvious_choice, propose
from dss_ui.shell.run_case import read_intake
from tests.dicom_case import WrittenCase, write_case
from tests.unit.test_series_choice import add_series


@pytest.fixture
def case(tmp_path: Path) -> WrittenCase:
    return write_case(tmp_path)


def inventory(case: WrittenCase) -> Inventory:
    return take_inventory(from_paths([case.ct.parent]))


@pytest.mark.parametrize(("modality", "flag"), [("CT", "--ct-series"), ("PT", "--pet-series")])
def test_two_series_that_fit_equally_are_asked(case: WrittenCase, modality: str, flag: str) -> None:
    folder = case.ct if modality == "CT" else case.pet
    other = add_series(folder, "again", SeriesDescription="soft tissue")
    first = pydicom.dcmread(next(folder.iterdir())).SeriesInstanceUID
    with pytest.raises(InputError, match=r"2 .* series fit equally") as refusal:
        propose_series(inventory(case), modality)
    for word in (flag, other, first, "soft tissue"):
        assert word in str(refusal.value)
    assert propose_series(inventory(case), modality, other).uid == other
    assert {s.uid for s in fitting_series(inventory(case), modality)} == {first, other}


def test_series_of_one_description_are_told_apart_by_kernel_then_number_then_place(
    case: WrittenCase,
) -> None:
    add_series(case.ct, "sharp", ConvolutionKernel=["B60f", "3"], SeriesNumber=4)
    add_series(case.ct, "smooth", ConvolutionKernel="B30f", SeriesNumber=5)
    add_series(case.ct, "smooth again", ConvolutionKernel="B30f", SeriesNumber=6)
    labels = series_labels(fitting_series(inventory(case), "CT"))
    assert len(set(labels)) == 4
    joined = "\n".join(labels)
    assert "kernel B60f 3" in joined
    assert "kernel B30f · series 5" in joined and "kernel B30f · series 6" in joined
    add_series(case.ct, "smooth thrice", ConvolutionKernel="B30f", SeriesNumber=6)
    labels = series_labels(fitting_series(inventory(case), "CT"))
    assert len(set(labels)) == 5


def test_a_kernel_that_names_the_patient_is_masked(tmp_path: Path) -> None:
    case = write_case(tmp_path)
    name = str(pydicom.dcmread(next(case.ct.iterdir())).PatientName)
    add_series(case.ct, "sharp", ConvolutionKernel=name[:16])
    labels = series_labels(fitting_series(inventory(case), "CT"))
    assert any("***" in label for label in labels)
    assert not any(part in label for label in labels for part in name.split("^") if part)


def test_the_order_of_files_decides_nothing_on_the_page_either(case: WrittenCase) -> None:
    add_series(case.pet, "again")
    intake = read_intake(from_paths([case.ct.parent]))
    selection = propose(intake)
    assert selection.ct_uid is not None and selection.pet_uid is None
    assert selection.complete is None
    assert len(fitting_images(intake, Role.PET)) == 2
    with pytest.raises(InputError, match="2 PET series fit equally"):
        obvious_choice(intake)


def test_a_ct_without_pet_is_proposed_alone(tmp_path: Path) -> None:
    case = write_case(tmp_path)
    intake = read_intake(from_paths([case.ct]))
    selection = propose(intake)
    assert selection.ct_uid is not None and selection.pet_uid is None
    with pytest.raises(InputError, match="PET is missing"):
        obvious_choice(intake)

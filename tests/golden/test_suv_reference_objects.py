"""SUV against independent sources: IBSI's digital reference objects and a real raw PET.

Expected values: `expected.csv` of the reference objects (github oncoray/suv_computation,
CC BY 4.0) and the SUV volume that TCIA published for the same patient (CC BY 3.0).
"""

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from dss_core.preprocessing.dicom import take_inventory
from dss_core.preprocessing.sources import from_paths
from dss_core.preprocessing.suv import Pet, read_pet

OBJECTS = """DRO_0_0 DRO_1_0 DRO_2_0 DRO_2_1 DRO_2_4 DRO_3_0 DRO_3_1 DRO_3_2 DRO_3_4 DRO_4_0
DRO_4_1""".split()


def pet_of(folder: Path) -> Pet:
    return read_pet(take_inventory(from_paths([folder])).of_modality("PT")[0])


@pytest.mark.parametrize("name", OBJECTS)
def test_reference_object_has_its_published_suv(shared_data: Path, name: str) -> None:
    folder = shared_data / "suv_dro"
    with (folder / "expected.csv").open() as stream:
        row = next(r for r in csv.DictReader(stream) if r["ID"] == name)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(next((folder / name / "mask").iterdir()))))
    suv = pet_of(folder / name / "PT").volume.values_zyx[mask > 0]
    found = [suv.min(), np.median(suv), suv.max()]
    wanted = [float(row[f"SUV{k}_expected"]) for k in ("min", "med", "max")]
    assert found == pytest.approx(wanted, rel=0.01)


def test_every_reference_object_is_tested(shared_data: Path) -> None:
    assert {p.name for p in (shared_data / "suv_dro").glob("DRO_*")} == set(OBJECTS)


def test_multi_bed_raw_pet_equals_the_published_suv_volume(shared_data: Path) -> None:
    cases = shared_data / "cases"
    pet = pet_of(cases / "sts_001_pet_raw")
    truth = sitk.ReadImage(str(cases / "sts_001" / "truth" / "pet_suv.nii.gz"))
    wanted = sitk.GetArrayFromImage(truth)
    i, j, k = np.rint(pet.volume.grid.to_index(np.array([truth.GetOrigin()]))[0]).astype(int)
    nz, ny, nx = wanted.shape
    found = pet.volume.values_zyx[k : k + nz, j : j + ny, i : i + nx]
    assert np.abs(found - wanted).max() < 1e-3
    assert wanted.max() == pytest.approx(25.412, abs=1e-3)
    assert pet.record.rule == "series_time"


def test_dose_in_mbq_is_said(shared_data: Path) -> None:
    record = pet_of(shared_data / "suv_dro" / "DRO_3_0" / "PT").record
    assert [c.code for c in record.cautions] == ["dose_in_mbq"]

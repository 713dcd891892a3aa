"""SUV against independent sources: IBSI's digital reference objects and a real raw PET.

Expected values: `expected.csv` of the reference objects (github oncoray/suv_computation,
CC BY 4.0) and the SUV volume that TCIA published for the same patient (CC BY 3.0).
"""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from dss_core.errors import InputError
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from dss_core.reading.suv import Pet, read_pet

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
    assert [c.code for c in record.warnings] == ["dose_in_mbq"]


# Variants of the objects, each a member of the same family: the tags are changed so that the
# same SUV must come out by another rule.

Change = Callable[[pydicom.Dataset], None]
HALF_LIFE_S = 6586.2
JAMES = 1.10 * 70 - 128 * (70 / 175) ** 2
JANMA = 9270 * 70 / (6680 + 216 * 70 / 1.75**2)
IBW = 48.0 + 1.06 * 23
SURFACE = 7.184e-3 * 70**0.425 * 175**0.725 * 10.0


def by_body_size(suv_type: str, measure: float, units: str = "GML") -> Change:
    def change(item: pydicom.Dataset) -> None:
        item.Units, item.SUVType = units, suv_type
        item.RescaleSlope = float(item.RescaleSlope) * measure / JAMES

    return change


def by_philips_activity(item: pydicom.Dataset) -> None:
    item.Units = "CNTS"
    item.add_new((0x7053, 0x0010), "LO", "Philips PET Private Group")
    item.add_new((0x7053, 0x1009), "DS", "4.0")
    item.RescaleSlope = float(item.RescaleSlope) / 4.0


def at(injected: str, scanned: str, stated: str | None, scan_day: str = "20250101") -> Change:
    def change(item: pydicom.Dataset) -> None:
        drug = item.RadiopharmaceuticalInformationSequence[0]
        drug.RadiopharmaceuticalStartTime = injected
        drug.RadiopharmaceuticalStartDateTime = stated or ""
        item.SeriesTime = item.AcquisitionTime = scanned
        item.SeriesDate = item.AcquisitionDate = scan_day

    return change


def of_tracer(
    code: str, half_life_s: float, stated: str = "20250101100000", waited_s: float = 3600
) -> Change:
    """The tracer by its SNOMED RT code, its dose such that as much is left at the scan."""

    def change(item: pydicom.Dataset) -> None:
        drug = item.RadiopharmaceuticalInformationSequence[0]
        left = float(drug.RadionuclideTotalDose) * 2 ** (-3600 / HALF_LIFE_S)
        drug.RadionuclideTotalDose = f"{left * 2 ** (waited_s / half_life_s):.9e}"
        drug.RadionuclideHalfLife = half_life_s
        drug.RadionuclideCodeSequence[0].CodeValue = code
        drug.RadiopharmaceuticalStartDateTime = stated

    return change


def undated_after_midnight(item: pydicom.Dataset) -> None:
    at("230000", "000000", None)(item)
    item.SeriesTime, item.AcquisitionDate = "235959.9", ""


VARIANTS: list[tuple[str, str, Change]] = [
    ("lean body mass of Janmahasatian", "DRO_2_1", by_body_size("LBMJANMA", JANMA)),
    ("ideal body weight", "DRO_2_1", by_body_size("IBW", IBW)),
    ("body surface", "DRO_2_1", by_body_size("BSA", SURFACE, "CM2ML")),
    ("Philips activity scale", "DRO_0_0", by_philips_activity),
    ("midnight, time only", "DRO_0_0", at("233000", "003000", None, "20250102")),
    ("midnight, date", "DRO_0_0", at("233000", "003000", "20250101233000", "20250102")),
    ("injection date a year off", "DRO_0_0", at("100000", "110000", "20240101100000")),
    ("injection date after the scan", "DRO_0_0", at("100000", "110000", "20250102100000")),
    ("acquired after midnight, undated", "DRO_0_0", undated_after_midnight),
    ("carbon 11", "DRO_0_0", of_tracer("C-105A1", 1223.4, "20250101104000", 1200.0)),
    ("gallium 68", "DRO_0_0", of_tracer("C-131A3", 4062.6)),
    ("copper 64", "DRO_0_0", of_tracer("C-127A2", 45_723.6)),
    ("zirconium 89", "DRO_0_0", of_tracer("C-168A4", 282_276.0, "20241229110000", 3 * 86_400.0)),
]


def changed(source: Path, target: Path, change: Change) -> Path:
    target.mkdir()
    for path in sorted(source.iterdir()):
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(target / path.name)
    return target


@pytest.mark.parametrize(
    ("name", "change"), [v[1:] for v in VARIANTS], ids=[v[0] for v in VARIANTS]
)
def test_variant_of_a_reference_object_has_the_same_suv(
    shared_data: Path, tmp_path: Path, name: str, change: Change
) -> None:
    folder = shared_data / "suv_dro" / name
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(next((folder / "mask").iterdir()))))
    pet = pet_of(changed(folder / "PT", tmp_path / "PT", change))
    suv = pet.volume.values_zyx[mask > 0]
    assert [suv.min(), np.median(suv), suv.max()] == pytest.approx([0.2, 1.0, 4.0], rel=0.01)


def test_long_lived_tracer_without_injection_date_is_refused(
    shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "suv_dro" / "DRO_0_0" / "PT"
    folder = changed(source, tmp_path / "PT", of_tracer("C-168A4", 282_276.0, ""))
    with pytest.raises(InputError, match="injection date is missing: with a half-life of 78 h"):
        pet_of(folder)

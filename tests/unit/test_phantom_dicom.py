"""The written study, read back with pydicom and with formulas written out here."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dss_core.cli import main
from dss_core.geometry import Grid
from dss_core.phantom.demo_case import DemoCase, DemoScan, write_demo_case
from dss_core.phantom.dicom_common import Study, decimal
from dss_core.phantom.dicom_images import CtWriter, write_pet
from dss_core.phantom.subject import PetStorage, Subject
from tests.dicom_objects import validator_errors

SMALL = DemoScan(
    n_slices=44,
    ct_rows=96,
    ct_spacing_mm=5.0,
    pet_rows=72,
    pet_spacing_mm=6.5,
    foot_mm=-32.0,
)


@pytest.fixture(scope="module")
def small_case(tmp_path_factory: pytest.TempPathFactory) -> DemoCase:
    return write_demo_case(tmp_path_factory.mktemp("small"), Subject(seed=11), scan=SMALL)


@pytest.fixture
def study() -> Study:
    return Study(
        seed=5,
        sex="F",
        age_years=61,
        weight_kg=64.5,
        height_m=1.66,
        dose_bq=3.1e8,
        injected=datetime(2020, 1, 15, 23, 40, 0),
        scanned=datetime(2020, 1, 16, 0, 41, 0),
    )


def _read(folder: Path) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]


def _textbook_suv(ds: pydicom.Dataset) -> np.ndarray:
    """SUVbw = activity * weight / dose at the start of the series (QIBA profile)."""
    tracer = ds.RadiopharmaceuticalInformationSequence[0]
    form = "%Y%m%d%H%M%S.%f"
    start = datetime.strptime(ds.SeriesDate + ds.SeriesTime, form)
    injected = datetime.strptime(tracer.RadiopharmaceuticalStartDateTime, form)
    waited_s = (start - injected) / timedelta(seconds=1)
    left_bq = tracer.RadionuclideTotalDose * 0.5 ** (waited_s / tracer.RadionuclideHalfLife)
    activity = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    return activity * float(ds.PatientWeight) * 1000 / left_bq


def test_two_runs_with_one_seed_write_the_same_bytes(small_case: DemoCase, tmp_path: Path) -> None:
    again = write_demo_case(tmp_path, Subject(seed=11), scan=SMALL)
    names = sorted(p.relative_to(small_case.folder) for p in small_case.folder.rglob("*.dcm"))
    assert len(names) == small_case.n_files == 89
    for name in names:
        mine = hashlib.sha256((small_case.folder / name).read_bytes()).digest()
        theirs = hashlib.sha256((again.folder / name).read_bytes()).digest()
        assert mine == theirs, name


def test_another_seed_is_another_patient_with_other_identifiers(
    small_case: DemoCase, tmp_path: Path
) -> None:
    other = write_demo_case(tmp_path, Subject(seed=12), scan=SMALL)
    mine, theirs = _read(small_case.ct_folder)[20], _read(other.ct_folder)[20]
    assert mine.StudyInstanceUID != theirs.StudyInstanceUID
    assert mine.FrameOfReferenceUID != theirs.FrameOfReferenceUID
    assert mine.SOPInstanceUID != theirs.SOPInstanceUID
    assert np.abs(mine.pixel_array.astype(int) - theirs.pixel_array).mean() > 20


def test_every_object_says_that_it_is_simulated(small_case: DemoCase) -> None:
    for path in small_case.folder.rglob("*.dcm"):
        ds = pydicom.dcmread(path, stop_before_pixels=True)
        assert ds.PatientName == "SIMULATED^DEMO"
        assert ds.PatientID == "SIM-0001"
        assert ds.SeriesDescription.startswith("SIMULATED")


def test_ct_and_pet_lie_on_different_grids_of_one_frame(small_case: DemoCase) -> None:
    ct, pet = _read(small_case.ct_folder), _read(small_case.pet_folder)
    structures = pydicom.dcmread(small_case.rtstruct)
    frame = structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID
    assert {d.FrameOfReferenceUID for d in (*ct, *pet)} == {frame}
    assert len({d.StudyInstanceUID for d in (*ct, *pet, structures)}) == 1
    assert ct[0].PixelSpacing != pet[0].PixelSpacing
    assert ct[0].ImagePositionPatient[2] != pet[0].ImagePositionPatient[2]
    for series in (ct, pet):
        gaps = np.diff([float(d.ImagePositionPatient[2]) for d in series])
        assert gaps == pytest.approx(np.full(43, 2.5))
        assert len({d.SOPInstanceUID for d in series}) == 44
    assert pet[0].NumberOfSlices == 44


def test_ct_numbers_survive_writing_and_reading(study: Study, tmp_path: Path) -> None:
    grid = Grid((1, 3, 4), (1.0, 1.5, 2.0), (-1.0, -2.0, 3.0))
    hu = np.asarray([[-1024, -1000, -850, -1], [0, 1, 40, 60], [300, 1500, 3000, 3071]], np.int16)
    path, instance = CtWriter(study, tmp_path, grid, "SOFT").write(0, hu)
    ds = pydicom.dcmread(path)
    assert np.array_equal(ds.pixel_array * ds.RescaleSlope + ds.RescaleIntercept, hu)
    assert ds.SOPInstanceUID == instance
    assert list(ds.PixelSpacing) == [1.5, 1.0]  # row spacing (y) first, DICOM PS3.3 10.7.1.3
    assert list(ds.ImagePositionPatient) == [-1.0, -2.0, 3.0]


def test_suv_by_the_textbook_formula_is_the_intended_map_across_midnight(
    study: Study, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    suv = (rng.gamma(1.0, 2.0, size=(6, 9, 8)) * np.arange(1, 7)[:, None, None]).astype(np.float32)
    suv[4] = 0.0
    grid = Grid((6, 9, 8), (4.0, 4.0, 3.0), (0.0, 0.0, 0.0))
    series = write_pet(study, tmp_path, grid, suv)
    for plane, path in zip(suv, series.files, strict=True):
        ds = pydicom.dcmread(path)
        half_step = 0.51 * plane.max() / 32767
        assert np.abs(_textbook_suv(ds) - plane).max() <= half_step + 1e-6


def test_each_pet_slice_has_its_own_slope(small_case: DemoCase) -> None:
    slopes = {str(d.RescaleSlope) for d in _read(small_case.pet_folder)}
    assert len(slopes) > 30


def test_beds_back_compute_to_one_reference_time_that_the_decay_factor_confirms(
    small_case: DemoCase,
) -> None:
    """Reference time = acquisition - frame reference time + time of average decay (QIBA)."""
    references = []
    for ds in _read(small_case.pet_folder):
        tracer = ds.RadiopharmaceuticalInformationSequence[0]
        decay = np.log(2) / float(tracer.RadionuclideHalfLife)
        frame_s = float(ds.ActualFrameDuration) / 1000
        average_s = np.log(decay * frame_s / (1 - np.exp(-decay * frame_s))) / decay
        begin = datetime.strptime(ds.AcquisitionTime, "%H%M%S.%f")
        offset = average_s - float(ds.FrameReferenceTime) / 1000
        references.append(begin + timedelta(seconds=offset))
        expected = np.exp(decay * float(ds.FrameReferenceTime) / 1000)
        assert float(ds.DecayFactor) == pytest.approx(expected, rel=1e-6)
    assert len({d.AcquisitionTime for d in _read(small_case.pet_folder)}) == 3
    spread = max(references) - min(references)
    assert spread < timedelta(seconds=0.01)
    series = datetime.strptime(_read(small_case.pet_folder)[0].SeriesTime, "%H%M%S.%f")
    assert abs(references[0] - series) < timedelta(seconds=0.01)


def test_the_written_pet_peaks_at_the_recorded_maximum(small_case: DemoCase) -> None:
    truth = small_case.truth
    best = 0.0
    for ds in _read(small_case.pet_folder):
        x, y, z = (float(v) for v in ds.ImagePositionPatient)
        columns = x + np.arange(ds.Columns) * float(ds.PixelSpacing[1])
        rows = y + np.arange(ds.Rows) * float(ds.PixelSpacing[0])
        cx, cy, cz = truth.centre_mm
        d2 = (columns - cx) ** 2 + (rows[:, None] - cy) ** 2 + (z - cz) ** 2
        near = d2 < (0.6 * truth.diameter_mm) ** 2
        if near.any():
            best = max(best, float(_textbook_suv(ds)[near].max()))
    assert best == pytest.approx(truth.suv_max_noisy, rel=1e-3)
    assert best == pytest.approx(truth.suv_max, rel=0.25)


def test_a_mislabelled_pet_holds_microcurie_per_ml_and_is_called_suv(
    small_case: DemoCase, tmp_path: Path
) -> None:
    subject = Subject(seed=11, pet=PetStorage.MISLABELLED)
    case = write_demo_case(tmp_path, subject, scan=SMALL)
    for wrong, right in zip(_read(case.pet_folder), _read(small_case.pet_folder), strict=True):
        assert (wrong.Units, right.Units) == ("GML", "BQML")
        bq_ml = right.pixel_array * float(right.RescaleSlope)
        stored = wrong.pixel_array * float(wrong.RescaleSlope)
        np.testing.assert_allclose(stored * 37_000, bq_ml, rtol=0, atol=bq_ml.max() / 1000 + 1.2)


def test_the_structure_set_refers_to_ct_slices_at_its_contours(small_case: DemoCase) -> None:
    ds = pydicom.dcmread(small_case.rtstruct)
    height = {
        d.SOPInstanceUID: float(d.ImagePositionPatient[2]) for d in _read(small_case.ct_folder)
    }
    roi = ds.StructureSetROISequence[0]
    assert roi.ROIName == "GTV"
    contours = ds.ROIContourSequence[0].ContourSequence
    assert len(contours) == small_case.truth.n_contours
    for contour in contours:
        assert contour.ContourGeometricType == "CLOSED_PLANAR"
        assert len(contour.ContourData) == 3 * contour.NumberOfContourPoints
        image = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        assert {float(z) for z in contour.ContourData[2::3]} == {height[image]}
    frame = ds.ReferencedFrameOfReferenceSequence[0]
    series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert {i.ReferencedSOPInstanceUID for i in series.ContourImageSequence} == set(height)


def test_a_decimal_string_never_exceeds_sixteen_characters() -> None:
    for value in (1 / 3, -1e-7 / 3, 123456789.123456789, 6586.2, 2.5):
        text = decimal(value)
        assert len(text) <= 16
        assert float(text) == pytest.approx(value, rel=1e-8)


def test_the_demo_command_writes_the_whole_study_and_prints_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", str(tmp_path / "case")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["simulated"] is True
    assert printed["files"] == 301
    ct = _read(tmp_path / "case" / "CT")
    assert (len(ct), ct[0].Rows, ct[0].Columns) == (150, 512, 512)
    assert len(list((tmp_path / "case" / "PET").glob("*.dcm"))) == 150
    assert 27 < printed["truth"]["diameter_mm"] < 34
    assert 8 <= printed["truth"]["suv_max"] <= 10
    # equal-volume sphere of the stated diameter; the pleura may cut a little off
    sphere_ml = np.pi / 6000 * printed["truth"]["diameter_mm"] ** 3
    assert printed["truth"]["gtv_ml"] == pytest.approx(sphere_ml, rel=0.08)


def test_the_demo_command_refuses_a_folder_that_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    assert main(["demo", str(tmp_path)]) == 2
    assert "error: The demo case needs a new or empty folder" in capsys.readouterr().err
    assert main(["demo", str(tmp_path / "new"), "--seed", "-1"]) == 2
    assert "error: The seed must be 0 or more; found -1" in capsys.readouterr().err


def test_no_file_has_an_error_by_the_validator(small_case: DemoCase, tmp_path: Path) -> None:
    ct, pet = (sorted(f.iterdir())[3] for f in (small_case.ct_folder, small_case.pet_folder))
    for path in (ct, pet, small_case.rtstruct):
        assert validator_errors(path.read_bytes(), tmp_path) == [], path.name

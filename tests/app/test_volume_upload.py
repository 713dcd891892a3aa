"""NIfTI, NRRD and MHA files in the uploader: sorted by their numbers, the PET's unit asked."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.reading.volume_writer import write_volume
from tests.app.pages import press, sentences, upload
from tests.app.session import current_result
from tests.dicom_case import write_case

SCORE = "Score case"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """The case of `write_case` as a CT, a PET in SUV and a mask, each in another format."""
    case = write_case(tmp_path)
    inventory = take_inventory(from_paths([case.ct.parent]))
    images = open_images(
        ImageSeries(propose_series(inventory, "CT"), propose_series(inventory, "PT"))
    )
    roi = take_region(read_regions(inventory.region_files), None, images).roi
    for name, values, grid in (
        ("ct.nii.gz", images.ct.values_zyx.astype(np.int16), images.ct.grid),
        ("pet.nrrd", images.pet.values_zyx, images.pet.grid),
        ("mask.mha", roi.mask_zyx.view(np.uint8), roi.grid),
    ):
        write_volume(values, grid, tmp_path / name)
    return {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}


def ask_unit(app: AppTest, unit: str) -> AppTest:
    return app.get("button_group")[0].set_value(unit).run()


def test_volume_files_are_scored_once_the_unit_is_said(
    app: AppTest, files: dict[str, bytes]
) -> None:
    upload(app, [files["mask.mha"], files["pet.nrrd"], files["ct.nii.gz"]])
    table = app.dataframe[0].value
    assert table["Modality"].tolist() == ["PET", "CT", "Region"]
    assert table["Chosen"].tolist() == [True, True, True]
    assert table["Description"].tolist()[0].startswith("NRRD file, values ")
    button = next(b for b in app.button if b.label == SCORE)
    assert button.disabled
    ask_unit(app, "suvbw")
    press(app, SCORE)
    assert not app.exception and not app.error
    result = current_result(app)
    assert result.suv_origin.rule == "declared_suvbw"
    assert "no_frame_of_reference" in [c.code for c in result.warnings]


def test_volume_pet_in_becquerel_is_refused(app: AppTest, files: dict[str, bytes]) -> None:
    upload(app, [files["mask.mha"], files["pet.nrrd"], files["ct.nii.gz"]])
    ask_unit(app, "bqml")
    press(app, SCORE)
    assert "without dose, weight and times, so SUV cannot be" in sentences(app)[0]


def test_missing_ct_beside_volume_files_is_told(app: AppTest, files: dict[str, bytes]) -> None:
    upload(app, [files["mask.mha"], files["pet.nrrd"]])
    assert "The CT is missing" in sentences(app)[0]


def test_damaged_volume_file_is_refused(app: AppTest, files: dict[str, bytes]) -> None:
    upload(app, [files["pet.nrrd"], files["ct.nii.gz"][:600]])
    assert "is cut short" in sentences(app)[0] or "is damaged" in sentences(app)[0]

"""Nothing of a compressed case outlives it: no open archive, no copy in a helper process."""

import gc
import io
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGLSLossless

from dss_core.reading import decoder
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_uploads
from dss_core.reading.volume import read_ct
from dss_core.records import Volume
from tests.dicom_case import write_case


def packed_case(folder: Path) -> bytes:
    archive = io.BytesIO()
    files = write_case(folder, with_pet=False, with_region=False, ct_patient="KEPTNAME").ct
    with zipfile.ZipFile(archive, "w") as out:
        for path in files.iterdir():
            dataset = pydicom.dcmread(path)
            dataset.compress(JPEGLSLossless, generate_instance_uid=False)
            one = io.BytesIO()
            dataset.save_as(one, enforce_file_format=True)
            out.writestr(path.name, one.getvalue())
    return archive.getvalue()


def open_archives() -> int:
    gc.collect()
    return sum(type(o) is zipfile.ZipFile and o.fp is not None for o in gc.get_objects())


@pytest.fixture
def before() -> int:
    decoder._helper._stop()
    return open_archives()


def test_a_case_that_is_let_go_ends_the_helper_and_closes_its_archive(tmp_path, before):
    inventory = take_inventory(from_uploads([packed_case(tmp_path)]))
    volume, _ = read_ct(propose_series(inventory, "CT"))
    assert isinstance(volume, Volume) and decoder._helper.running
    assert open_archives() == before + 1
    again, _ = read_ct(propose_series(inventory, "CT"))  # the case is still open
    np.testing.assert_array_equal(volume.values_zyx, again.values_zyx)
    del inventory
    assert open_archives() == before
    assert not decoder._helper.running


def test_a_case_goes_on_when_another_ended_the_helper(tmp_path, before):
    cases = [take_inventory(from_uploads([packed_case(tmp_path / str(n))])) for n in range(2)]
    first, _ = read_ct(propose_series(cases[0], "CT"))
    read_ct(propose_series(cases[1], "CT"))
    process = decoder._helper._process
    del cases[1]
    gc.collect()
    assert decoder._helper._process is not process
    again, _ = read_ct(propose_series(cases[0], "CT"))
    np.testing.assert_array_equal(first.values_zyx, again.values_zyx)
    del cases
    assert open_archives() == before and not decoder._helper.running


def test_a_file_let_go_while_the_helper_is_at_work_ends_it_afterwards(tmp_path, before):
    inventory = take_inventory(from_uploads([packed_case(tmp_path)]))
    read_ct(propose_series(inventory, "CT"))
    with decoder._helper._lock:
        del inventory
        gc.collect()
        assert decoder._helper.running
    decoder._helper._stop_if_outlived()
    assert not decoder._helper.running

"""Objects that an archive would file as somebody else's are not sent, and not taken."""

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.pacs.outgoing import outgoing
from dss_core.reading.sources import Source, from_paths
from tests.dicom_case import WrittenCase


def remove(keyword: str) -> Callable[[Dataset], None]:
    return lambda dataset: delattr(dataset, keyword)


def put(keyword: str, value: str) -> Callable[[Dataset], None]:
    return lambda dataset: setattr(dataset, keyword, value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (remove("StudyInstanceUID"), "StudyInstanceUID (0020,000D): absent"),
        (remove("SeriesInstanceUID"), "SeriesInstanceUID (0020,000E): absent"),
        (put("SOPInstanceUID", ""), "SOPInstanceUID (0008,0018): absent"),
        (put("PatientID", " "), "PatientID (0010,0020)"),
        (put("PatientID", "0simulated"), "two patients"),
        (put("IssuerOfPatientID", "another hospital"), "two patients"),
    ],
)
def test_an_object_that_would_be_filed_elsewhere_keeps_all_from_being_sent(
    change: Callable[[Dataset], None], says: str, small_case: WrittenCase, tmp_path: Path
) -> None:
    dataset = pydicom.dcmread(next(small_case.pet.iterdir()))
    change(dataset)
    dataset.save_as(tmp_path / "changed.dcm")
    with pytest.raises(InputError) as refused:
        outgoing(from_paths([small_case.ct, tmp_path]))
    assert says in str(refused.value)


def test_what_is_no_dicom_file_or_there_twice_keeps_all_from_being_sent(
    small_case: WrittenCase, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(InputError, match=r"notes\.txt is no DICOM file"):
        outgoing(from_paths([small_case.ct, tmp_path]))
    with pytest.raises(InputError, match="Two files have the SOPInstanceUID"):
        outgoing(from_paths([small_case.ct, small_case.ct]))
    with pytest.raises(InputError, match="nothing to send"):
        outgoing([])


def test_objects_go_from_files_and_from_memory(small_case: WrittenCase) -> None:
    files = outgoing(from_paths([small_case.ct, small_case.pet, small_case.region]))
    memory = outgoing(Source(path.read_bytes()) for path in small_case.files())
    assert {o.sop_instance_uid: o.n_bytes for o in files} == {
        o.sop_instance_uid: o.n_bytes for o in memory
    }
    assert len(files) == 5 and "simulated" not in repr(files)

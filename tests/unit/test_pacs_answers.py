"""Values in the JSON of a PACS that no table or text can hold."""

from unittest.mock import Mock

import pyarrow
import pytest

from dss_core.errors import PacsError
from dss_core.pacs.dicom_json import json_number, json_text
from dss_core.pacs.pacs_place import DicomWebPlace
from dss_core.pacs.storing import store

NAME, INSTANCES = "00100010", "00201209"


@pytest.mark.parametrize("stated", ["9" * 5000, 10**25, -1, 1.5, float("nan"), "many", None])
def test_a_count_that_is_none_is_unknown(stated: object) -> None:
    assert json_number({INSTANCES: {"Value": [stated]}}, "NumberOfSeriesRelatedInstances") is None


def test_a_count_is_read_from_number_and_text() -> None:
    for stated in (267, "267", " 267 "):
        item = {INSTANCES: {"Value": [stated]}}
        assert json_number(item, "NumberOfSeriesRelatedInstances") == 267


def test_half_a_character_is_shown_as_a_question_mark() -> None:
    name = json_text({NAME: {"Value": [{"Alphabetic": "Wang\ud83d^Li"}]}}, "PatientName")
    assert name == "Wang?^Li"
    assert pyarrow.array([name]).to_pylist() == [name]


def test_an_answer_to_storing_that_is_nested_without_end_is_one_sentence() -> None:
    session = Mock()
    session.post.return_value = Mock(status_code=200, content=b"[" * 10**5)
    stored = Mock(n_bytes=1, sop_instance_uid="1.2")
    with pytest.raises(PacsError, match="not DICOMweb"):
        store(session, DicomWebPlace("http://127.0.0.1:1"), [stored], lambda done: None)

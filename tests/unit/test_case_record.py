"""A result reads back from what `score` prints, and a record is exact or refused."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles, find_case
from dss_core.case.case_result import AppliedRegistration, CaseResult
from dss_core.case.open_case import open_case
from dss_core.case.record import (
    Action,
    CaseRecord,
    Event,
    Keep,
    KeyPicture,
    RegionNote,
    SourceNote,
    record_from_json,
)
from dss_core.case.report import as_json, result_from_json
from dss_core.case.score_case import score_case
from dss_core.errors import InputError
from dss_core.records import Withheld
from tests.dicom_case import write_case

DIGEST = "0123456789abcdef" * 4
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> CaseResult:
    case = write_case(tmp_path_factory.mktemp("case"))
    opened = open_case(find_case(CaseFiles(ImageFiles(case.ct, case.pet), case.region)))
    return score_case(opened.images, opened.region, load_bundle("demo")).result


def record(**changes: Any) -> CaseRecord:
    values = {
        "label": "Left upper lobe",
        "created": NOW,
        "keep": Keep.RECORD,
        "kept_until": NOW,
        "source": SourceNote(("CT", "PT"), "", DIGEST),
        "region": RegionNote("GTV", "", "", DIGEST),
        "result": {"dls": 0.1 + 0.2, "nothing": None, "list": [1, "a"]},
        "pictures": (KeyPicture("ct", "Lung window", "CT slice", b"\x89PNG\r\n\x00\xff"),),
    }
    return CaseRecord(**(values | changes))  # type: ignore[arg-type]


def printed(result: CaseResult) -> Any:
    """As another program would read it."""
    return json.loads(json.dumps(as_json(result), allow_nan=False))


def test_a_scored_result_reads_back_equal(result: CaseResult) -> None:
    assert len(result.scores) == 2
    assert result_from_json(printed(result)) == result


def test_a_withheld_result_reads_back_equal(result: CaseResult) -> None:
    tasks = tuple(score.task for score in result.scores)
    withheld = dataclasses.replace(
        result, scores=(), withheld=Withheld(tasks, "unusual", "The images are unlike any.")
    )
    assert result_from_json(printed(withheld)) == withheld


def test_a_registered_result_reads_back_equal(result: CaseResult) -> None:
    rows = ((1.0, 0.0, 0.0, 2.5), (0.0, 1.0, 0.0, 0.1), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    moved = AppliedRegistration(rows, 2.5, 0.0, 0.2, 0.4, 1.0)
    registered = dataclasses.replace(result, alignment="rigid", registration=moved)
    assert result_from_json(printed(registered)) == registered


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("egfr", "interval"), [0.1]),
        (("egfr", "group"), "highest"),
        (("suv", "max"), "much"),
        (("measures",), None),
        (("network_input", "z_mm"), [None]),
        (("preprocessing", "spacing_mm"), -1.0),
        (("withheld",), "no"),
    ],
)
def test_a_result_that_was_altered_is_refused(
    result: CaseResult, path: tuple[str, ...], value: object
) -> None:
    values = printed(result)
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(InputError, match="kept result"):
        result_from_json(values)


def test_a_result_without_a_key_is_refused(result: CaseResult) -> None:
    for key in set(printed(result)) - {"notice", "egfr", "pdl1"}:
        values = printed(result)
        del values[key]
        with pytest.raises(InputError, match="kept result"):
            result_from_json(values)


def test_a_record_reads_back_to_the_same_bytes() -> None:
    one = record()
    again = record_from_json(one.to_json())
    assert again == one and again.to_json() == one.to_json()
    assert again.pictures[0].png == b"\x89PNG\r\n\x00\xff"


def test_a_change_leaves_a_line_in_the_history_and_the_old_record_as_it_was() -> None:
    one = record()
    event = Event(NOW, Action.RENAMED, "local user")
    two = one.after(event, label="Right lower lobe")
    assert two.label == "Right lower lobe" and two.history == (event,) and two.id == one.id
    assert one.label == "Left upper lobe" and one.history == ()


def test_a_change_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="label"):
        record().after(Event(NOW, Action.RENAMED, "local user"), label="  ")


@pytest.mark.parametrize("content", [b"{}", b"[1]", b'{"label": NaN}', b"\xff", b'{"format": 2}'])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        record_from_json(content)


def test_every_bad_field_of_a_record_is_named() -> None:
    values = json.loads(record().to_json()) | {"label": "", "keep": "forever", "author": "x"}
    with pytest.raises(InputError, match="3 faults") as refused:
        record_from_json(json.dumps(values).encode())
    assert all(name in str(refused.value) for name in ("label", "keep", "author"))

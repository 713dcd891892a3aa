"""Times that were overwritten, moved or lie in other tags: the right SUV or a refusal.

Injected at 10:00, scanned from 11:00 of the same day, 60 minutes of F-18 (factor 1.4607).
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.suv import suv_plan
from tests.pet_headers import HALF_LIFE_S, PLAIN, headers

RIGHT = PLAIN * 2 ** (3600 / HALF_LIFE_S)
TIMES = ("SeriesTime", "AcquisitionTime", "RadiopharmaceuticalStartTime")


def suv_or_refusal(slices: list[Dataset]) -> str:
    try:
        factors = suv_plan(slices).factors
    except InputError as refused:
        return str(refused)
    assert factors == pytest.approx(RIGHT, rel=0.01)
    return ""


@pytest.mark.parametrize("time", ["000000", "000000.000000", "120000", "00"])
@pytest.mark.parametrize("decay", ["START", "NONE"])
def test_times_that_are_all_one_measure_nothing(time: str, decay: str) -> None:
    corrections = ["ATTN"] if decay == "NONE" else ["ATTN", "DECY"]
    slices = headers(
        **dict.fromkeys(TIMES, time),
        DecayCorrection=decay,
        CorrectedImage=corrections,
        ActualFrameDuration=300_000,
    )
    sentence = r"does not start after the injection: injection .* acquisition .* Times that were"
    with pytest.raises(InputError, match=sentence):
        suv_plan(slices)


def test_acquisition_date_time_alone_counts() -> None:
    slices = headers(
        AcquisitionTime=None,
        AcquisitionDate=None,
        AcquisitionDateTime="20200102110000",
        SeriesTime="143000",
        FrameReferenceTime=0.0,
    )
    plan = suv_plan(slices)
    assert plan.factors == pytest.approx(RIGHT, rel=1e-9)
    assert plan.record.reference_time == "11:00:00"


def test_acquisition_date_time_is_read_in_the_time_zone_of_the_study() -> None:
    slices = headers(
        AcquisitionTime=None,
        AcquisitionDate=None,
        AcquisitionDateTime="20200102160000+0600",
        TimezoneOffsetFromUTC="+0100",
    )
    assert suv_plan(slices).factors == pytest.approx(RIGHT, rel=1e-9)


@pytest.mark.parametrize("acquired", [None, "", "9:0", "250000"])
def test_series_time_is_no_acquisition_time(acquired: str | None) -> None:
    slices = headers(AcquisitionTime=acquired, SeriesTime="143000", FrameReferenceTime=0.0)
    sentence = r"no AcquisitionTime \(0008,0032\).* SeriesTime \(0008,0031\) 143000"
    with pytest.raises(InputError, match=sentence):
        suv_plan(slices)


@pytest.mark.parametrize("series", ["143000", "100500"])
def test_one_statement_alone_is_no_reference_time(series: str) -> None:
    """A later reconstruction, a series planned before; nothing else dates the reference."""
    with pytest.raises(InputError, match=r"stated once only or contradictory .*11:00:00"):
        suv_plan(headers(SeriesTime=series))


@pytest.mark.parametrize("series", ["143000", "100500"])
@pytest.mark.parametrize(
    "confirmed",
    [
        {"FrameReferenceTime": 0.0},
        {"FrameReferenceTime": 0.0, "ActualFrameDuration": 240_000},
        {"FrameReferenceTime": 119_500.0, "ActualFrameDuration": 240_000},
        {"DecayFactor": 2 ** (119.5 / HALF_LIFE_S), "ActualFrameDuration": 240_000},
    ],
)
def test_the_acquisition_is_the_reference_where_the_frame_confirms_it(
    series: str, confirmed: dict[str, object]
) -> None:
    plan = suv_plan(headers(SeriesTime=series, **confirmed))
    assert plan.record.rule in ("earliest_acquisition", "frame_reference_time")
    assert plan.factors == pytest.approx(RIGHT, rel=2e-4)


def test_part_of_a_whole_body_scan_has_the_reference_of_the_scan() -> None:
    """Only the beds of the lung, 12 and 15 minutes after the series began."""
    slices = headers()
    for item, time, offset in zip(slices, ("111200", "111500"), (720e3, 900e3), strict=True):
        item.AcquisitionTime, item.FrameReferenceTime = time, offset
    plan = suv_plan(slices)
    assert (plan.record.rule, plan.record.reference_time) == ("series_time", "11:00:00")
    assert plan.factors == pytest.approx(RIGHT, rel=1e-9)


def test_scan_time_of_ge_far_from_the_acquisition_is_not_used() -> None:
    slices = headers()
    for item in slices:
        item.add_new((0x0009, 0x100D), "DT", "20200102080000.00")
    assert suv_plan(slices).factors == pytest.approx(RIGHT, rel=1e-9)


def test_reference_at_injection_is_used_when_the_frame_proves_a_later_acquisition() -> None:
    slices = headers(SeriesTime="100000", FrameReferenceTime=3_600_000.0)
    assert suv_plan(slices).factors == pytest.approx(PLAIN, rel=1e-9)


@pytest.mark.parametrize("injected", ["000000", "033000", "110100"])
def test_an_uptake_that_no_scan_has_is_refused(injected: str) -> None:
    """Eleven hours, seven and a half (over four half-lives), and 23:59 before."""
    with pytest.raises(InputError, match="uptake time is not plausible"):
        suv_plan(headers(RadiopharmaceuticalStartTime=injected))


@pytest.mark.parametrize("stated", ["20200102000000", "20200102000000.000000", "20200102"])
def test_an_injection_date_that_lost_its_time_has_that_of_the_time_of_day(stated: str) -> None:
    """The scan is early, so that midnight itself would be a plausible injection."""
    plan = suv_plan(
        headers(
            RadiopharmaceuticalStartDateTime=stated,
            RadiopharmaceuticalStartTime="040000",
            SeriesTime="050000",
            AcquisitionTime="050000",
        )
    )
    assert plan.factors == pytest.approx(RIGHT, rel=1e-9)
    assert plan.record.warnings == ()


@pytest.mark.parametrize(
    ("stated", "alone", "said"),
    [
        ("20191225083000", "100000", "is 8 day(s) from the scan.*10:00:00 of Radio.*0018,1072"),
        ("20191225100000", None, "is 8 day(s) from the scan.*10:00:00 of the same value"),
        ("20200102113000", "100000", "is after the scan.*10:00:00 of Radio.*0018,1072"),
        ("20200102100000", "240000", "'240000' is no time of day.*10:00:00 was used"),
    ],
)
def test_what_was_used_of_two_injection_times_is_said(
    stated: str, alone: str | None, said: str
) -> None:
    plan = suv_plan(
        headers(RadiopharmaceuticalStartDateTime=stated, RadiopharmaceuticalStartTime=alone)
    )
    assert plan.factors == pytest.approx(RIGHT, rel=1e-9)
    (caution,) = plan.record.warnings
    assert re.search(said.replace("(s)", r"\(s\)"), caution.message), caution.message


clock = st.sampled_from(["", "000000", "110000", "110000.00", "11:00:00", "143000", "120000"])


@given(
    series=clock,
    acquired=clock,
    date_time=st.sampled_from(["", "20200102110000", "20200102000000"]),
    offset=st.sampled_from([None, 0.0, 119_500.0]),
)
def test_whatever_of_the_scan_times_is_lost_the_suv_is_right_or_refused(
    series: str, acquired: str, date_time: str, offset: float | None
) -> None:
    """Wrong only where two statements of the file agree on a wrong time."""
    slices = headers(
        SeriesTime=series,
        AcquisitionTime=acquired,
        AcquisitionDateTime=date_time or None,
        FrameReferenceTime=offset,
        ActualFrameDuration=240_000,
    )
    wrong_twice = acquired in ("120000", "143000") and (offset is not None or series == acquired)
    if not wrong_twice:
        suv_or_refusal(slices)

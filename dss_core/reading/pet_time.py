"""PET decay reference time: from everything the headers say about time.

Scanners state the decay reference in different tags, and some copy one acquisition time to
every bed. Candidates are collected and preferred in a fixed order; one is used only when a second
statement of the headers confirms it, and none that contradicts the decay factor. A series without
one such moment is refused.

References
----------
DICOM PS3.3 C.8.9.1 (PET series), C.8.9.4 (PET image); IBSI SUV manual; QIBA SUV pseudocode.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.inventory import GE_CREATOR, GE_SCAN_TIME
from dss_core.reading.tags import number, shown, text, vendor_text
from dss_core.records import CaseWarning

MAX_SPREAD_S = 2.0
CONFIRMED_S = 60.0
"""Statements this near say the same: clocks rounded to the minute; 0.6 % of SUV for F-18."""
MAX_SCAN_S = 3600.0
"""The vendor's scan time lies before the first slice's acquisition by no more than a scan."""
HALF_A_DAY_S = 43_200.0
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class ReferenceTime:
    """The moment the stored activity is decay corrected to, and the rule that gave it."""

    moment: datetime
    rule: str
    warnings: tuple[CaseWarning, ...] = ()


def reference_time(headers: Sequence[Dataset], half_life_s: float) -> ReferenceTime:
    """Decay reference of a series with DecayCorrection START.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice.
    half_life_s : float

    Raises
    ------
    InputError
        If no time is stated, none is confirmed, or none agrees with DecayFactor (0054,1321).
    """
    starts = np.array([seconds_of(acquisition_start(h)) for h in headers])
    middles = np.array([mean_activity_delay_s(h, half_life_s) for h in headers])
    candidates = _candidates(headers, starts, middles)
    implied = _implied_by_decay_factor(headers, starts, middles, half_life_s)
    statements = candidates + _first_frame(headers, starts, middles)
    for rule, moment in candidates:
        if implied is None:
            used = _is_confirmed(rule, moment, statements, starts)
        else:
            used = abs(moment - implied) <= MAX_SPREAD_S
        if used:
            warnings = _disagreement(rule, moment, candidates)
            return ReferenceTime(moment_of(moment), rule, warnings)
    found = ", ".join(f"{rule} {moment_of(t):%H:%M:%S}" for rule, t in candidates)
    if implied is None:
        raise InputError(
            f"The PET decay reference time is stated once only or contradictory ({found}); two "
            "statements that agree are needed of SeriesTime (0008,0031), AcquisitionTime "
            "(0008,0032), FrameReferenceTime (0054,1300) and DecayFactor (0054,1321). Export the "
            "original attenuation-corrected series from the scanner."
        )
    raise InputError(
        "The PET decay reference time is contradictory: DecayFactor (0054,1321) points to "
        f"{moment_of(implied):%H:%M:%S}, the headers to {found}. Export the "
        "original attenuation-corrected series from the scanner."
    )


def acquisition_start(header: Dataset) -> datetime:
    """Start of a slice's acquisition: AcquisitionDate and AcquisitionTime, or AcquisitionDateTime.

    Without a date of its own, a slice long before the series began was scanned after midnight.

    Raises
    ------
    InputError
        If no acquisition time is stated; that of the series is that of a reconstruction as well.
    """
    stated = parse_datetime(
        text(header, "AcquisitionDateTime"), text(header, "TimezoneOffsetFromUTC")
    )
    day = text(header, "AcquisitionDate") or (f"{stated:%Y%m%d}" if stated else "")
    undated = not day
    time = text(header, "AcquisitionTime")
    moment = parse_moment(day or text(header, "SeriesDate"), time) or stated
    if moment is None:
        raise InputError(
            "The PET series has no AcquisitionTime (0008,0032) with a date, so decay cannot be "
            f"computed: it is {shown(header, 'AcquisitionTime')}, AcquisitionDateTime (0008,002A) "
            f"{shown(header, 'AcquisitionDateTime')}, SeriesTime (0008,0031) "
            f"{shown(header, 'SeriesTime')}. Export it with its acquisition date and time."
        )
    series = parse_moment(text(header, "SeriesDate"), text(header, "SeriesTime"))
    if undated and series is not None and (series - moment).total_seconds() > HALF_A_DAY_S:
        return moment + timedelta(days=1)
    return moment


def mean_activity_delay_s(header: Dataset, half_life_s: float) -> float:
    """Seconds from frame start to the time at which activity equals its mean over the frame."""
    duration = (number(header, "ActualFrameDuration") or 0.0) / 1000.0
    decay = np.log(2.0) / half_life_s
    if duration <= 0.0:
        return 0.0
    return float(np.log(decay * duration / -np.expm1(-decay * duration)) / decay)


def seconds_of(moment: datetime) -> float:
    """Seconds since 1970 of a wall-clock time, without any time zone."""
    return (moment - _EPOCH).total_seconds()


def moment_of(seconds: float) -> datetime:
    """Inverse of `seconds_of`."""
    return _EPOCH + timedelta(seconds=seconds)


def parse_moment(day: str, time: str) -> datetime | None:
    """A DICOM date (YYYYMMDD) and time (HHMMSS.ffffff, shorter allowed); None if malformed."""
    digits = time.replace(":", "")
    whole, _, fraction = digits.partition(".")
    if len(whole) < 2 or not (day.replace(".", "") + whole + (fraction or "0")).isdigit():
        return None
    try:
        base = datetime.strptime(day.replace(".", "") + whole.ljust(6, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return base + timedelta(seconds=float("0." + (fraction or "0")))


def parse_datetime(value: str, local_offset: str = "") -> datetime | None:
    """A DICOM DT value as wall-clock time of the study; None if malformed.

    Parameters
    ----------
    value : str
        YYYYMMDDHHMMSS.ffffff&ZZXX, shorter allowed.
    local_offset : str
        TimezoneOffsetFromUTC (0008,0201) of the study. A value with an offset of its own is moved
        to it; where either is absent, both are taken to be of one time zone.
    """
    parts = re.fullmatch(r"([0-9.:]*)([+-]\d{4})?", value.strip())
    if parts is None:
        return None
    moment = parse_moment(parts[1][:8], parts[1][8:])
    own, local = _offset(parts[2] or ""), _offset(local_offset)
    if moment is None or own is None or local is None:
        return moment
    return moment + local - own


def _offset(text: str) -> timedelta | None:
    """+HHMM or -HHMM as a span."""
    if re.fullmatch(r"[+-]\d{4}", text) is None:
        return None
    span = timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
    return -span if text[0] == "-" else span


def _candidates(
    headers: Sequence[Dataset], starts: NDArray[np.float64], middles: NDArray[np.float64]
) -> list[tuple[str, float]]:
    """Every candidate in order of preference."""
    found: list[tuple[str, float]] = []
    private = {vendor_text(h, GE_SCAN_TIME, GE_CREATOR) for h in headers} - {""}
    scan = parse_datetime(private.pop()) if len(private) == 1 else None
    if scan is not None and seconds_of(scan) <= starts.min() + MAX_SPREAD_S:
        found.append(("ge_private_scan_time", seconds_of(scan)))
    first = headers[0]
    day = text(first, "SeriesDate") or text(first, "AcquisitionDate")
    series = parse_moment(day, text(first, "SeriesTime"))
    if series is not None and seconds_of(series) <= starts.min():
        found.append(("series_time", seconds_of(series)))
    offsets = [number(h, "FrameReferenceTime") for h in headers]
    if all(v is not None for v in offsets):
        back = starts + middles - np.array([float(v or 0.0) for v in offsets]) / 1000.0
        if np.ptp(back) < MAX_SPREAD_S:
            found.append(("frame_reference_time", float(np.median(back))))
    found.append(("earliest_acquisition", float(starts.min())))
    return found


def _first_frame(
    headers: Sequence[Dataset], starts: NDArray[np.float64], middles: NDArray[np.float64]
) -> list[tuple[str, float]]:
    """Where FrameReferenceTime puts the reference by the first frame's middle and by its start.

    The standard means the middle, some scanners state the start; later frames may repeat the
    first one's acquisition time.
    """
    offsets = [number(h, "FrameReferenceTime") for h in headers]
    if any(v is None for v in offsets):
        return []
    offsets_s = np.array([float(v or 0.0) for v in offsets]) / 1000.0
    first = np.lexsort((offsets_s, starts))[0]
    start = float(starts[first] - offsets_s[first])
    return [("first_frame", start), ("first_frame", start + float(middles[first]))]


def _is_confirmed(
    rule: str,
    moment: float,
    statements: Sequence[tuple[str, float]],
    starts: NDArray[np.float64],
) -> bool:
    """True when a second statement gives the same moment."""
    if rule == "frame_reference_time" and np.ptp(starts) > MAX_SPREAD_S:
        return True  # beds with times of their own agree on it
    if rule == "ge_private_scan_time" and starts.min() - moment <= MAX_SCAN_S:
        return True  # the vendor's own reference, at the scan that the acquisition times date
    own = ("frame_reference_time", "first_frame") if rule.startswith("frame") else (rule,)
    return any(abs(t - moment) <= CONFIRMED_S for other, t in statements if other not in own)


def _implied_by_decay_factor(
    headers: Sequence[Dataset],
    starts: NDArray[np.float64],
    middles: NDArray[np.float64],
    half_life_s: float,
) -> float | None:
    """The reference time DecayFactor states; None where it is absent or left at 1.

    A factor is exp(decay * (mean-activity time - reference)). Where one acquisition time was
    copied to every bed, only the first frame can be traced back.
    """
    stated = [number(h, "DecayFactor") for h in headers]
    if any(v is None or v <= 0.0 for v in stated) or all(v == 1.0 for v in stated):
        return None
    factors = np.array([float(v or 1.0) for v in stated])
    elapsed = np.log(factors) * half_life_s / np.log(2.0)
    implied = starts + middles - elapsed
    if np.ptp(implied) < MAX_SPREAD_S:
        return float(np.median(implied))
    return float(starts.min() - (elapsed - middles).min())


def _disagreement(
    rule: str, moment: float, candidates: Sequence[tuple[str, float]]
) -> tuple[CaseWarning, ...]:
    back = dict(candidates).get("frame_reference_time", moment)
    if abs(back - moment) <= 300.0:
        return ()
    message = (
        f"The decay reference by {rule} and by FrameReferenceTime (0054,1300) differ by "
        f"{abs(back - moment):.0f} s; {rule} was used."
    )
    return (CaseWarning("reference_times_differ", message),)

"""Uptake: the time from injection to scan, from everything the headers say about it.

A time of day without a date is that of the scan's day or of the day before; an uptake that no
scan has is refused, and so is an injection at or after the acquisition: times that were
overwritten by one value measure nothing.

References
----------
DICOM PS3.3 C.8.9.2 (radiopharmaceutical); QIBA SUV pseudocode.
"""

from datetime import datetime, time, timedelta

from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.pet_time import parse_datetime, parse_moment
from dss_core.reading.tags import shown, text
from dss_core.records import CaseWarning

MAX_UNDATED_S = 12 * 3600.0
MAX_HALF_LIVES = 4.0
"""After four half-lives a sixteenth of the activity is left: 7.3 h for F-18."""


def injection_time(
    drug: Dataset, scan: datetime, half_life_s: float, offset: str
) -> tuple[datetime, tuple[CaseWarning, ...]]:
    """Injection time: the stated date and time, else the stated time of day before the scan.

    Parameters
    ----------
    drug : Dataset
        Item of RadiopharmaceuticalInformationSequence (0054,0016).
    scan : datetime
        Time that the activity is decay corrected to.
    half_life_s : float
    offset : str
        TimezoneOffsetFromUTC (0008,0201).

    Raises
    ------
    InputError
        No time, no date where one is needed, or an uptake of more than four half-lives.
    """
    longest_s = MAX_HALF_LIVES * half_life_s
    stated = parse_datetime(text(drug, "RadiopharmaceuticalStartDateTime"), offset)
    alone = text(drug, "RadiopharmaceuticalStartTime")
    today = parse_moment(f"{scan:%Y%m%d}", alone)
    of_day = "RadiopharmaceuticalStartTime (0018,1072)" if today else "the same value"
    if stated is not None and today is not None and stated.time() == time():
        stated = datetime.combine(stated.date(), today.time())  # midnight: a date without its time
    if stated is not None and 0.0 <= (scan - stated).total_seconds() <= longest_s:
        warnings = _other_time(stated, today, alone)
        days = (scan.date() - stated.date()).days
        if days:
            message = (
                f"Injection is dated {days} day(s) before the scan. Uptake time and SUV depend on "
                "it; check the injection date."
            )
            warnings += (CaseWarning("injection_date", message),)
        return stated, warnings
    if today is None and stated is not None:
        today = datetime.combine(scan.date(), stated.time())
    if today is None:
        raise InputError(
            "The injection time is missing: neither RadiopharmaceuticalStartDateTime (0018,1078) "
            f"({shown(drug, 'RadiopharmaceuticalStartDateTime')}) nor RadiopharmaceuticalStartTime "
            f"(0018,1072) ({shown(drug, 'RadiopharmaceuticalStartTime')}) can be read. Re-export "
            "the series with the radiopharmaceutical sequence."
        )
    if half_life_s > MAX_UNDATED_S:
        raise InputError(
            "The injection date is missing: with a half-life of "
            f"{half_life_s / 3600.0:.0f} h the scan may be days later, and "
            "RadiopharmaceuticalStartDateTime (0018,1078) is absent or does not fit the scan. "
            "Re-export the series with the injection date and time."
        )
    over_midnight = today > scan
    injection = today - timedelta(days=1) if over_midnight else today
    uptake_s = (scan - injection).total_seconds()
    if uptake_s > longest_s:
        raise InputError(
            f"The uptake time is not plausible: injection (0018,1072/1078) at {today:%H:%M:%S}, "
            f"scan reference at {scan:%H:%M:%S}. Correct the injection time and export again."
        )
    if stated is not None:
        days = abs((scan.date() - stated.date()).days)
        message = (
            "The injection of RadiopharmaceuticalStartDateTime (0018,1078) is "
            f"{f'{days} day(s) from' if days else 'after'} the scan, so a time of day alone was "
            f"used: {today:%H:%M:%S} of {of_day}. Check the injection time."
        )
        return injection, (CaseWarning("injection_date", message),)
    if over_midnight:
        return injection, (
            CaseWarning(
                "injection_date",
                (
                    "No injection date; injection before midnight and scan after it assumed. Check "
                    "the uptake time."
                ),
            ),
        )
    return injection, ()


def _other_time(stated: datetime, today: datetime | None, alone: str) -> tuple[CaseWarning, ...]:
    """A warning when the injection's two tags do not give one time of day."""
    if today is None and alone:
        message = (
            f"RadiopharmaceuticalStartTime (0018,1072) {alone!r} is no time of day; "
            f"RadiopharmaceuticalStartDateTime (0018,1078) {stated:%H:%M:%S} was used."
        )
        return (CaseWarning("injection_times_differ", message),)
    if today is None or today.time().replace(microsecond=0) == stated.time().replace(microsecond=0):
        return ()
    message = (
        f"RadiopharmaceuticalStartDateTime (0018,1078) says {stated:%H:%M:%S}, "
        f"RadiopharmaceuticalStartTime (0018,1072) {today:%H:%M:%S}; the former was used."
    )
    return (CaseWarning("injection_times_differ", message),)


def check_uptake(injection: datetime, acquired: datetime, reference: datetime) -> None:
    """Refuse an acquisition that did not start after the injection.

    Raises
    ------
    InputError
        With the times found.
    """
    if acquired <= injection:
        raise InputError(
            "The acquisition does not start after the injection: injection (0018,1072/1078) at "
            f"{injection:%H:%M:%S}, acquisition (0008,0032/002A) from {acquired:%H:%M:%S}, decay "
            f"reference {reference:%H:%M:%S}. Times that were overwritten measure nothing. Export "
            "the series with its original times."
        )


def uptake_warnings(uptake_s: float, half_life_s: float) -> tuple[CaseWarning, ...]:
    """Warnings of an uptake time that makes SUV less comparable."""
    minutes = uptake_s / 60.0
    if uptake_s < 1800.0:
        return (
            CaseWarning(
                "short_uptake",
                f"Uptake time {minutes:.0f} min (under 30 min): SUV may not be comparable.",
            ),
        )
    if uptake_s > 2.0 * half_life_s:
        return (
            CaseWarning(
                "long_uptake",
                f"Uptake time {minutes:.0f} min (over 2 half-lives): SUV may not be comparable.",
            ),
        )
    return ()

"""SUV conversion: stored PET values to SUVbw, or an error with tag, value and remedy.

Nothing is assumed: units, decay correction, dose, weight and times are what the headers say.

References
----------
DICOM PS3.3 C.8.9; IBSI SUV manual with its digital reference objects; QIBA SUV pseudocode.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dss_core.errors import InputError
from dss_core.reading.body_size import body_measure
from dss_core.reading.inventory import (
    PHILIPS_ACTIVITY_SCALE,
    PHILIPS_CREATOR,
    PHILIPS_SUV_SCALE,
    Progress,
    Series,
)
from dss_core.reading.pet_time import (
    acquisition_start,
    mean_activity_delay_s,
    moment_of,
    parse_datetime,
    parse_moment,
    reference_time,
    seconds_of,
)
from dss_core.reading.tags import items, number, text, values, vendor_text
from dss_core.reading.volume import digest_of, read_values, stack_of
from dss_core.reading.volume_files import FileImage, PetUnit, read_volume_file, scaled
from dss_core.records import CaseWarning, Quantity, SuvRecord, Volume

F18_HALF_LIFE_S = 6586.2
MAX_UPTAKE_S = 12 * 3600.0
MAX_HALF_LIVES = 3.0
MAX_SUV = 1000.0


@dataclass(frozen=True)
class SuvPlan:
    """Per-slice factors (n,) from rescaled stored values to SUVbw, with their record."""

    factors: NDArray[np.float64]
    record: SuvRecord


@dataclass(frozen=True)
class Pet:
    """A PET volume in SUVbw with the record of how it became so."""

    volume: Volume
    record: SuvRecord


def read_pet(image: Series | FileImage, progress: Progress | None = None) -> Pet:
    """PET in SUVbw (g/mL).

    Raises
    ------
    InputError, GeometryError
        See `suv_plan`, `dss_core.reading.volume.stack_of` and `read_values`; for a volume
        file without a unit, or in Bq/mL.
    """
    if image.modality != "PT":
        raise InputError(
            f"A PET series was expected, Modality (0008,0060) is {image.modality!r}; "
            "choose the PET series."
        )
    if isinstance(image, FileImage):
        return _declared_suv(image)
    stack = stack_of(image)
    plan = suv_plan([s.header for s in stack.slices])
    suv = read_values(stack, progress)
    suv *= plan.factors.astype(np.float32)[:, None, None]
    volume = Volume(suv, stack.grid, Quantity.SUVBW, digest_of(suv, stack.grid, "SUVbw"))
    return Pet(volume, replace(plan.record, warnings=stack.warnings + plan.record.warnings))


def _declared_suv(image: FileImage) -> Pet:
    """A volume file that the user says is in SUVbw."""
    if image.unit is None:
        raise InputError(
            "The PET is a volume file, which states no unit. Choose SUVbw or Bq/mL (--pet-unit "
            "suvbw or bqml)."
        )
    if image.unit is PetUnit.BQML:
        raise InputError(
            "The PET is a volume file in Bq/mL without dose, weight and times, so SUV cannot be "
            "computed. Give the DICOM series, or the volume in SUVbw."
        )
    stored, grid, header = read_volume_file(image.file)
    suv = scaled(stored, header)
    if float(suv.max()) > MAX_SUV or float(suv.min()) < -1.0:
        raise InputError(
            f"The {header.kind} file was declared SUVbw but contains {suv.min():g} to "
            f"{suv.max():g}; "
            f"0 to {MAX_SUV:g} was expected. Check its unit."
        )
    volume = Volume(suv, grid, Quantity.SUVBW, digest_of(suv, grid, "SUVbw"))
    return Pet(volume, SuvRecord("SUVbw", "declared_suvbw", ""))


def suv_plan(headers: Sequence[Dataset]) -> SuvPlan:
    """How a PET series becomes SUVbw.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice, in the order of the volume.

    Raises
    ------
    InputError
        For every series whose SUVbw cannot be computed from what its headers say.
    """
    first = headers[0]
    _check_series(headers)
    units = text(first, "Units")
    if units == "GML":
        return _from_suv(headers, text(first, "SUVType") or "BW")
    if units == "CM2ML":
        return _from_suv(headers, "BSA")
    if units == "CNTS":
        return _from_counts(headers)
    if units == "BQML":
        return _from_activity(headers, np.ones(len(headers)), "")
    raise InputError(
        f"PET Units (0054,1001) is {units!r}; SUV can be computed from BQML, GML, CM2ML or Philips "
        "CNTS. "
        "Export the series in BQML."
    )


def _check_series(headers: Sequence[Dataset]) -> None:
    first = headers[0]
    kind, image_type = values(first, "SeriesType"), values(first, "ImageType")
    if {"DYNAMIC", "GATED"} & set(kind) or "MIP" in image_type:
        raise InputError(
            f"The PET series is {'/'.join(kind + image_type)} (SeriesType (0054,1000), ImageType "
            "(0008,0008)); a static series is needed. Choose the static corrected series."
        )
    for keyword in ("Units", "DecayCorrection", "PatientWeight", "SUVType", "CorrectedImage"):
        if len({text(h, keyword) for h in headers}) > 1:
            raise InputError(
                f"{keyword} differs between images of the PET series; one value is needed. "
                "Export one series."
            )
    corrections = set(values(first, "CorrectedImage"))
    if "ATTN" not in corrections:
        raise InputError(
            f"CorrectedImage (0028,0051) is {sorted(corrections)}, without ATTN: the PET is not "
            "attenuation corrected. Choose the corrected series."
        )
    decay = text(first, "DecayCorrection")
    if text(first, "Units") not in ("GML", "CM2ML"):
        if decay not in ("START", "ADMIN", "NONE"):
            raise InputError(
                f"DecayCorrection (0054,1102) is {decay!r}; START, ADMIN or NONE is needed. "
                "Export the series with its decay correction."
            )
        if ("DECY" in corrections) != (decay != "NONE"):
            raise InputError(
                f"DecayCorrection (0054,1102) is {decay} but CorrectedImage (0028,0051) is "
                f"{sorted(corrections)}; they contradict each other. Export the original series."
            )
    for header in headers:
        if number(header, "RescaleIntercept"):
            raise InputError(
                f"PET RescaleIntercept (0028,1052) is {header.RescaleIntercept}; it must be 0. "
                "Export the original series."
            )


def _from_suv(headers: Sequence[Dataset], suv_type: str) -> SuvPlan:
    """Values that are an SUV already, of whatever body measure."""
    if suv_type == "BW":
        return _plan(np.ones(len(headers)), f"{text(headers[0], 'Units')}_BW", None, ())
    weight_kg, warnings = _weight_kg(headers[0])
    body = body_measure(suv_type, headers[0], weight_kg)
    message = f"The PET contains SUV by {suv_type}; converted to body weight by {weight_kg:g} kg."
    warnings = (*warnings, CaseWarning("suv_type_converted", message))
    factors = np.full(len(headers), weight_kg / body)
    return _plan(factors, f"{text(headers[0], 'Units')}_{suv_type}", None, warnings)


def _from_counts(headers: Sequence[Dataset]) -> SuvPlan:
    """Philips counts: their private SUV scale, else their private activity scale."""
    scale = _private_number(headers[0], PHILIPS_SUV_SCALE)
    if scale:
        return _plan(np.full(len(headers), scale), "philips_suv_scale", None, ())
    activity = np.array([_private_number(h, PHILIPS_ACTIVITY_SCALE) or 0.0 for h in headers])
    if activity.all():
        return _from_activity(headers, activity, "philips_activity_scale+")
    raise InputError(
        "PET Units (0054,1001) is CNTS but neither Philips scale (7053,1000) nor (7053,1009) is "
        "there. Export the series with its private tags or in BQML."
    )


def _from_activity(
    headers: Sequence[Dataset], to_bqml: NDArray[np.float64], prefix: str
) -> SuvPlan:
    first = headers[0]
    weight_kg, warnings = _weight_kg(first)
    drug = _radiopharmaceutical(first)
    dose_bq, dose_warnings = _dose_bq(drug)
    warnings += dose_warnings
    decay = text(first, "DecayCorrection")
    scale = to_bqml * weight_kg * 1000.0 / dose_bq
    if decay == "ADMIN":
        return _plan(scale, prefix + "admin", None, warnings)
    half_life_s = number(drug, "RadionuclideHalfLife")
    if not half_life_s or half_life_s < 0.0:
        raise InputError(
            f"RadionuclideHalfLife (0018,1075) is {half_life_s}, so decay cannot be computed. "
            "Re-export the series with the radiopharmaceutical sequence."
        )
    if abs(half_life_s / F18_HALF_LIFE_S - 1.0) > 0.01:
        message = f"The half-life is {half_life_s:g} s, not that of F-18; FDG was expected."
        warnings += (CaseWarning("tracer_not_f18", message),)
    if decay == "START":
        reference = reference_time(headers, half_life_s)
        moments = np.full(len(headers), seconds_of(reference.moment))
        rule, warnings = reference.rule, warnings + reference.warnings
    else:
        moments = np.array(
            [
                seconds_of(acquisition_start(h)) + mean_activity_delay_s(h, half_life_s)
                for h in headers
            ]
        )
        rule = "no_decay_correction"
    earliest = moment_of(float(moments.min()))
    offset = text(first, "TimezoneOffsetFromUTC")
    injection, injection_warnings = _injection(drug, earliest, half_life_s, offset)
    uptake_s = moments - seconds_of(injection)
    warnings += injection_warnings + _uptake_warnings(float(uptake_s.min()), half_life_s)
    return _plan(scale * np.exp2(uptake_s / half_life_s), prefix + rule, earliest, warnings)


def _plan(
    factors: NDArray[np.float64],
    rule: str,
    moment: datetime | None,
    warnings: tuple[CaseWarning, ...],
) -> SuvPlan:
    time = f"{moment:%H:%M:%S}" if moment else ""
    return SuvPlan(factors, SuvRecord("SUVbw", rule, time, warnings))


def _weight_kg(header: Dataset) -> tuple[float, tuple[CaseWarning, ...]]:
    weight = number(header, "PatientWeight")
    if not weight or weight < 0.0:
        raise InputError(
            f"PET PatientWeight (0010,1030) is {weight}, so SUV cannot be computed. Re-export the "
            "series with the patient's weight in kg."
        )
    if weight > 1000.0:
        message = (
            f"Weight (0010,1030) {weight:g} read as grams ({weight / 1000.0:g} kg). Verify: SUV "
            "depends on it."
        )
        return weight / 1000.0, (CaseWarning("weight_in_grams", message),)
    return weight, ()


def _radiopharmaceutical(header: Dataset) -> Dataset:
    sequence = items(header, "RadiopharmaceuticalInformationSequence")
    if not sequence:
        raise InputError(
            "The PET series has no RadiopharmaceuticalInformationSequence (0054,0016), so SUV "
            "cannot be computed. Re-export it with the radiopharmaceutical sequence."
        )
    if len(sequence) > 1:
        raise InputError(
            f"The PET series names {len(sequence)} radiopharmaceuticals "
            "(RadiopharmaceuticalInformationSequence (0054,0016)), so SUV is ambiguous. Export "
            "the series with the one that was imaged."
        )
    return sequence[0]


def _dose_bq(drug: Dataset) -> tuple[float, tuple[CaseWarning, ...]]:
    dose = number(drug, "RadionuclideTotalDose")
    if not dose or dose < 0.0:
        raise InputError(
            f"PET RadionuclideTotalDose (0018,1074) is {dose}, so SUV cannot be computed. "
            "Re-export the series with the radiopharmaceutical sequence."
        )
    if dose < 1e4:
        message = f"Dose (0018,1074) {dose:g} read as MBq. Verify: SUV depends on it."
        return dose * 1e6, (CaseWarning("dose_in_mbq", message),)
    return dose, ()


def _injection(
    drug: Dataset, scan: datetime, half_life_s: float, offset: str
) -> tuple[datetime, tuple[CaseWarning, ...]]:
    """Injection time: the stated date and time, else the stated time of day before the scan."""
    longest_s = max(MAX_UPTAKE_S, MAX_HALF_LIVES * half_life_s)
    stated = parse_datetime(text(drug, "RadiopharmaceuticalStartDateTime"), offset)
    time = text(drug, "RadiopharmaceuticalStartTime")
    today = parse_moment(f"{scan:%Y%m%d}", time)
    if stated is not None and 0.0 <= (scan - stated).total_seconds() <= longest_s:
        warnings = _other_time(stated, today)
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
            f"nor RadiopharmaceuticalStartTime (0018,1072) can be read (found {time!r}). Re-export "
            "the series with the radiopharmaceutical sequence."
        )
    if half_life_s > MAX_UPTAKE_S:
        raise InputError(
            "The injection date is missing: with a half-life of "
            f"{half_life_s / 3600.0:.0f} h the scan may be days later, and "
            "RadiopharmaceuticalStartDateTime (0018,1078) is absent or does not fit the scan. "
            "Re-export the series with the injection date and time."
        )
    over_midnight = today > scan
    injection = today - timedelta(days=1) if over_midnight else today
    uptake_s = (scan - injection).total_seconds()
    if uptake_s > MAX_UPTAKE_S:
        raise InputError(
            f"The uptake time is not plausible: injection (0018,1072/1078) at {today:%H:%M:%S}, "
            f"scan reference at {scan:%H:%M:%S}. Correct the injection time and export again."
        )
    if stated is not None:
        message = (
            f"The injection date of RadiopharmaceuticalStartDateTime (0018,1078) is "
            f"{abs((scan.date() - stated.date()).days)} day(s) from the scan; its time of day was "
            "used."
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


def _other_time(stated: datetime, today: datetime | None) -> tuple[CaseWarning, ...]:
    """A warning when the injection's two tags give two times of day."""
    if today is None or today.time().replace(microsecond=0) == stated.time().replace(microsecond=0):
        return ()
    message = (
        f"RadiopharmaceuticalStartDateTime (0018,1078) says {stated:%H:%M:%S}, "
        f"RadiopharmaceuticalStartTime (0018,1072) {today:%H:%M:%S}; the former was used."
    )
    return (CaseWarning("injection_times_differ", message),)


def _uptake_warnings(uptake_s: float, half_life_s: float) -> tuple[CaseWarning, ...]:
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


def _private_number(header: Dataset, tag: BaseTag) -> float | None:
    try:
        return float(vendor_text(header, tag, PHILIPS_CREATOR))
    except ValueError:
        return None

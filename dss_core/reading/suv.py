"""SUV conversion: stored PET values to SUVbw, or an error with tag, value and remedy.

Nothing is assumed: units, decay correction, dose, weight and times are what the headers say.

References
----------
DICOM PS3.3 C.8.9; IBSI SUV manual with its digital reference objects; QIBA SUV pseudocode.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
from dss_core.reading.nuclides import F18, half_life_s
from dss_core.reading.pet_time import (
    acquisition_start,
    mean_activity_delay_s,
    moment_of,
    reference_time,
    seconds_of,
)
from dss_core.reading.plausibility import check_field, check_share, dose_bq, weight_kg
from dss_core.reading.sameness import check_series_wide
from dss_core.reading.tags import items, number, shown, text, values, vendor_text
from dss_core.reading.uptake import check_uptake, injection_time, uptake_warnings
from dss_core.reading.volume import digest_of, read_values, stack_of
from dss_core.reading.volume_files import FileImage, PetUnit, read_volume_file, scaled
from dss_core.records import CaseWarning, Quantity, SuvRecord, Volume


@dataclass(frozen=True)
class SuvPlan:
    """Per-slice factors (n,) from rescaled stored values to SUVbw, with their record.

    Attributes
    ----------
    weight_kg : float, optional
        Of the patient, where the stored values are activity and not SUV already.
    """

    factors: NDArray[np.float64]
    record: SuvRecord
    weight_kg: float | None = None


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
    check_field(suv, text(image.first, "Units"), None if plan.weight_kg is None else plan.factors)
    if plan.weight_kg is not None:
        check_share(suv, stack.grid.voxel_ml, plan.weight_kg)
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
    if float(suv.min()) < -1.0:
        raise InputError(
            f"The {header.kind} file was declared SUVbw but contains values down to "
            f"{suv.min():g}; SUV has none below 0. Check its unit."
        )
    check_field(suv, "SUVbw")
    volume = Volume(suv, grid, Quantity.SUVBW, digest_of(suv, grid, "SUVbw"))
    return Pet(volume, SuvRecord("SUVbw", "declared_suvbw", "", header.warnings))


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
    check_series_wide(headers)
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
                f"PET RescaleIntercept (0028,1052) is {shown(header, 'RescaleIntercept')}; it must "
                "be 0. Export the original series."
            )


def _from_suv(headers: Sequence[Dataset], suv_type: str) -> SuvPlan:
    """Values that are an SUV already, of whatever body measure."""
    if suv_type == "BW":
        return _plan(np.ones(len(headers)), f"{text(headers[0], 'Units')}_BW", None, ())
    weight = weight_kg(headers[0])
    body = body_measure(suv_type, headers[0], weight)
    message = f"The PET contains SUV by {suv_type}; converted to body weight by {weight:g} kg."
    factors = np.full(len(headers), weight / body)
    warnings = (CaseWarning("suv_type_converted", message),)
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
    weight = weight_kg(first)
    tracer = _radiopharmaceutical(first)
    dose, warnings = dose_bq(tracer, weight)
    decay = text(first, "DecayCorrection")
    scale = to_bqml * weight * 1000.0 / dose
    if decay == "ADMIN":
        return _plan(scale, prefix + "admin", None, warnings, weight)
    half_life = half_life_s(tracer)
    if not F18.has(half_life):
        message = f"The half-life is {half_life:g} s, not that of F-18; FDG was expected."
        warnings += (CaseWarning("tracer_not_f18", message),)
    starts = np.array([seconds_of(acquisition_start(h)) for h in headers])
    if decay == "START":
        reference = reference_time(headers, half_life)
        moments = np.full(len(headers), seconds_of(reference.moment))
        rule, warnings = reference.rule, warnings + reference.warnings
    else:
        moments = starts + np.array([mean_activity_delay_s(h, half_life) for h in headers])
        rule = "no_decay_correction"
    earliest = moment_of(float(moments.min()))
    offset = text(first, "TimezoneOffsetFromUTC")
    injection, injection_warnings = injection_time(tracer, earliest, half_life, offset)
    acquired = moment_of(float(starts.min()))
    check_uptake(injection, acquired, earliest)
    waited_s = (acquired - injection).total_seconds()
    warnings += injection_warnings + uptake_warnings(waited_s, half_life)
    uptake_s = moments - seconds_of(injection)
    factors = scale * np.exp2(uptake_s / half_life)
    return _plan(factors, prefix + rule, earliest, warnings, weight)


def _plan(
    factors: NDArray[np.float64],
    rule: str,
    moment: datetime | None,
    warnings: tuple[CaseWarning, ...],
    weight_kg: float | None = None,
) -> SuvPlan:
    time = f"{moment:%H:%M:%S}" if moment else ""
    return SuvPlan(factors, SuvRecord("SUVbw", rule, time, warnings), weight_kg)


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


def _private_number(header: Dataset, tag: BaseTag) -> float | None:
    """A Philips scale; None when it is not there."""
    found = vendor_text(header, tag, PHILIPS_CREATOR)
    try:
        scale = float(found or 0.0)
    except ValueError:
        scale = np.nan
    if not 0.0 <= scale < np.inf:
        raise InputError(
            f"The Philips scale ({tag.group:04X},{tag.element:04X}) is {found[:64]!r}; a number "
            "above 0 was expected. Export the series in BQML."
        )
    return scale or None

"""Bands for weight, dose and the SUV of a whole field; outside them no unit is guessed.

A refusal names the unit that would fit where exactly one does. Dose in MBq is the one exception:
scanners write it, the IBSI reference object 3_0 has it, and the bands of Bq and MBq lie a factor
of 25 000 apart, so it is converted where no other unit fits, and said.

References
----------
EANM procedure guideline for FDG PET/CT, version 2.0 (2 to 4 MBq per kg are given in practice);
IBSI SUV manual and reference objects.
"""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.tags import number, shown
from dss_core.records import CaseWarning

WEIGHT_KG = (2.0, 350.0)
DOSE_MBQ_PER_KG = (0.5, 20.0)
FIELD_SUV = (0.3, 1000.0)
"""Of the highest voxel of a field: blood alone has 1 to 2, a full bladder up to some hundred."""
HINT_SUV = (1.0, 300.0)
MAX_SHARE = 1.3
"""Activity in the field over activity given, decay corrected; more than all cannot be there."""
_WEIGHT_UNITS = {"g": 1e-3, "lb": 0.453_592_37}
_DOSE_UNITS = {"Bq": 1.0, "kBq": 1e3, "MBq": 1e6, "GBq": 1e9, "mCi": 37e6, "uCi": 37e3}


def weight_kg(header: Dataset) -> float:
    """PatientWeight, 2 to 350 kg.

    Raises
    ------
    InputError
    """
    weight = number(header, "PatientWeight")
    found = shown(header, "PatientWeight")
    if not weight or weight < 0.0:
        raise InputError(
            f"PET PatientWeight (0010,1030) is {found}, so SUV cannot be computed. Re-export the "
            "series with the patient's weight in kg."
        )
    if not _within(weight, WEIGHT_KG):
        fitting = [u for u, kg in _WEIGHT_UNITS.items() if _within(weight * kg, WEIGHT_KG)]
        raise InputError(
            f"PET PatientWeight (0010,1030) is {found} kg; {WEIGHT_KG[0]:g} to {WEIGHT_KG[1]:g} kg "
            f"were expected{_would_fit(fitting)}. Correct the weight at its source and export "
            "again."
        )
    return weight


def dose_bq(tracer: Dataset, weight_kg: float) -> tuple[float, tuple[CaseWarning, ...]]:
    """RadionuclideTotalDose in Bq, 0.5 to 20 MBq per kg of body weight.

    Raises
    ------
    InputError
    """
    dose = number(tracer, "RadionuclideTotalDose")
    found = shown(tracer, "RadionuclideTotalDose")
    if not dose or dose < 0.0:
        raise InputError(
            f"PET RadionuclideTotalDose (0018,1074) is {found}, so SUV cannot be computed. "
            "Re-export the series with the radiopharmaceutical sequence."
        )
    per_kg = {unit: dose * bq / weight_kg / 1e6 for unit, bq in _DOSE_UNITS.items()}
    fitting = [unit for unit, value in per_kg.items() if _within(value, DOSE_MBQ_PER_KG)]
    if "Bq" in fitting:
        return dose, ()
    if fitting == ["MBq"]:
        message = f"Dose (0018,1074) {dose:g} read as MBq. Verify: SUV depends on it."
        return dose * 1e6, (CaseWarning("dose_in_mbq", message),)
    low, high = DOSE_MBQ_PER_KG
    raise InputError(
        f"PET RadionuclideTotalDose (0018,1074) is {found} Bq, {per_kg['Bq']:.3g} MBq per kg of "
        f"PatientWeight (0010,1030) {weight_kg:g} kg; {low:g} to {high:g} MBq per kg were "
        f"expected{_would_fit(fitting)}. Correct dose or weight at its source and export again."
    )


def check_field(
    suv: NDArray[np.float32], unit: str, factors: NDArray[np.float64] | None = None
) -> None:
    """Refuse a field whose highest SUV no patient has, or that is not finite.

    Parameters
    ----------
    suv : float32 array (slices, rows, columns)
    unit : str
        What the values were declared to be, for the error.
    factors : float64 array (slices,), optional
        From declared values to SUV, where these were activity: the error then names the unit
        that would fit.

    Raises
    ------
    InputError
    """
    peak, lowest = float(suv.max()), float(suv.min())
    if _within(peak, FIELD_SUV) and np.isfinite(lowest):
        return
    fitting = []
    if factors is not None and np.isfinite(peak):
        as_suv = float((suv.max(axis=(1, 2)) / factors).max())
        other = {"kBq/mL": peak * 1e3, "SUV": as_suv}
        fitting = [u for u, value in other.items() if _within(value, HINT_SUV)]
    low, high = FIELD_SUV
    raise InputError(
        f"The highest SUV of the PET is {peak:.3g} with values declared as {unit}; {low:g} to "
        f"{high:g} was expected{_would_fit(fitting)}. Check unit, rescale slope, dose and times at "
        "the source and export again."
    )


def check_share(suv: NDArray[np.float32], voxel_ml: float, weight_kg: float) -> None:
    """Refuse a field that would hold more activity than was given.

    Raises
    ------
    InputError
    """
    share = float(suv.sum(dtype=np.float64)) * voxel_ml / (weight_kg * 1000.0)
    if not share <= MAX_SHARE:
        raise InputError(
            f"The PET would hold {share:.0%} of the injected activity, more than all of it: dose, "
            "weight, half-life or times do not belong together. Check them at the source and "
            "export again."
        )


def _would_fit(units: list[str]) -> str:
    return f" (it would fit in {units[0]})" if len(units) == 1 else ""


def _within(value: float, band: tuple[float, float]) -> bool:
    return band[0] <= value <= band[1]

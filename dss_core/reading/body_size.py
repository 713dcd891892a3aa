"""SUV of other body measures: lean body mass, surface area or ideal weight to SUVbw.

References
----------
DICOM PS3.16 (SUVlbm, SUVlbm James128, SUVlbm Janma, SUVibw, SUVbsa); James 1976;
Janmahasatian et al. 2005; Du Bois and Du Bois 1916.
"""

from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.tags import number, shown, text


def body_measure(suv_type: str, header: Dataset, weight_kg: float) -> float:
    """The measure an SUV of this type is scaled by, so that SUVbw = SUV x weight / measure.

    Parameters
    ----------
    suv_type : str
        DICOM SUVType: LBM, LBMJAMES128, LBMJANMA, IBW or BSA.
    header : Dataset
        Needs PatientSize (m) and, but for BSA, PatientSex.
    weight_kg : float

    Returns
    -------
    float
        kg; for BSA, body surface in units of 10 cm2 (SUVbsa is in cm2/mL).

    Raises
    ------
    InputError
        If size or sex is missing or the type is not known.
    """
    size_m, sex = number(header, "PatientSize"), text(header, "PatientSex")
    if not size_m or not 0.4 < size_m < 2.6:
        raise InputError(
            f"The PET contains SUV by {suv_type} but PatientSize (0010,1020) is "
            f"{shown(header, 'PatientSize')} (metres expected), so it cannot become SUVbw. Export "
            "the series in BQML."
        )
    height_cm = 100.0 * size_m
    if suv_type == "BSA":
        return float(7.184e-3 * weight_kg**0.425 * height_cm**0.725 * 10.0)
    if sex not in ("M", "F"):
        raise InputError(
            f"The PET contains SUV by {suv_type} but PatientSex (0010,0040) is {sex!r} (M or F "
            "expected), so it cannot become SUVbw. Export the series in BQML."
        )
    male, bmi = sex == "M", weight_kg / size_m**2
    squared = (weight_kg / height_cm) ** 2
    if suv_type in ("LBM", "LBMJAMES128"):
        men = 120.0 if suv_type == "LBM" else 128.0
        return 1.10 * weight_kg - men * squared if male else 1.07 * weight_kg - 148.0 * squared
    if suv_type == "LBMJANMA":
        return 9270.0 * weight_kg / (6680.0 + 216.0 * bmi if male else 8780.0 + 244.0 * bmi)
    if suv_type == "IBW":
        return 48.0 + 1.06 * (height_cm - 152.0) if male else 45.5 + 0.91 * (height_cm - 152.0)
    raise InputError(
        f"SUVType (0054,1006) is {suv_type!r}, which is not a known SUV. Export the series in BQML."
    )

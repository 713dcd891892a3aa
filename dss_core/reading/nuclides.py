"""Half-lives of the radionuclides of PET, against which the stated half-life is read.

References
----------
ICRP Publication 107 (half-lives); DICOM PS3.16 CID 4020 (PET radionuclides) with their former
SNOMED RT codes.
"""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.tags import items, number, shown, text

TOLERANCE = 0.01
"""Scanners state F-18 as 6582 to 6600 s; one per cent is 0.4 % of SUV after an hour."""
_UNITS = {"milliseconds": 1e-3, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}


@dataclass(frozen=True)
class Nuclide:
    """A radionuclide with its half-life and the codes (SNOMED CT, SNOMED RT) that name it."""

    name: str
    half_life_s: float
    codes: frozenset[str]

    def has(self, half_life_s: float) -> bool:
        """True when a half-life is that of this nuclide."""
        return abs(half_life_s / self.half_life_s - 1.0) <= TOLERANCE


def _nuclide(name: str, half_life_s: float, *codes: str) -> Nuclide:
    return Nuclide(name, half_life_s, frozenset(codes))


F18 = _nuclide("F-18", 6586.2, "77004003", "C-111A1")
NUCLIDES = (
    F18,
    _nuclide("C-11", 1223.4, "40565003", "C-105A1"),
    _nuclide("N-13", 597.9, "21576001", "C-107A1"),
    _nuclide("O-15", 122.24, "129504001", "C-B1038"),
    _nuclide("Cu-64", 45_720.0, "3932008", "C-127A2"),
    _nuclide("Ga-68", 4_062.6, "35337001", "C-131A3"),
    _nuclide("Rb-82", 76.38, "79197006", "C-159A2"),
    _nuclide("Y-86", 53_064.0, "10738001", "C-162A3"),
    _nuclide("Zr-89", 282_276.0, "63360001", "C-168A4"),
    _nuclide("I-124", 360_806.4, "40937006", "C-114A5"),
)


def half_life_s(tracer: Dataset) -> float:
    """The stated half-life, which must be that of the stated nuclide.

    Parameters
    ----------
    tracer : Dataset
        Item of RadiopharmaceuticalInformationSequence (0054,0016). Where it names no nuclide that
        is known here, the half-life must be that of one.

    Raises
    ------
    InputError
        Absent, or of no such nuclide; names the unit that would fit where exactly one does.
    """
    stated = number(tracer, "RadionuclideHalfLife")
    found = shown(tracer, "RadionuclideHalfLife")
    if not stated or stated < 0.0:
        raise InputError(
            f"RadionuclideHalfLife (0018,1075) is {found}, so decay cannot be computed. Re-export "
            "the series with the radiopharmaceutical sequence."
        )
    code = " ".join(text(i, "CodeValue") for i in items(tracer, "RadionuclideCodeSequence")[:1])
    possible = [n for n in NUCLIDES if code in n.codes] or list(NUCLIDES)
    if any(n.has(stated) for n in possible):
        return stated
    fitting = [u for u, s in _UNITS.items() if any(n.has(stated * s) for n in possible)]
    expected = (
        f"that of {possible[0].name} is {possible[0].half_life_s:g} s"
        if len(possible) == 1
        else f"no PET nuclide has it, F-18 has {F18.half_life_s:g} s"
    )
    raise InputError(
        f"RadionuclideHalfLife (0018,1075) is {found} seconds; {expected}"
        f"{f' (it would fit in {fitting[0]})' if len(fitting) == 1 else ''}. Correct it at its "
        "source and export again."
    )

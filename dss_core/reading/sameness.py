"""What makes a number of a series: the same in all slices, or stated slice by slice.

Everything that enters the SUV is read from one slice, so it is compared over all of them here;
and two slices at one place are one slice only when everything that makes their numbers is equal.
Numbers are compared as numbers and times as times, never as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dss_core.errors import InputError
from dss_core.reading.inventory import (
    GE_CREATOR,
    GE_SCAN_TIME,
    PHILIPS_ACTIVITY_SCALE,
    PHILIPS_CREATOR,
    PHILIPS_SUV_SCALE,
)
from dss_core.reading.tags import items, shown, vendor_text, written

TRACER = "RadiopharmaceuticalInformationSequence"
_PRIVATE = {
    "GE scan time": (GE_SCAN_TIME, GE_CREATOR),
    "Philips SUV scale": (PHILIPS_SUV_SCALE, PHILIPS_CREATOR),
    "Philips activity scale": (PHILIPS_ACTIVITY_SCALE, PHILIPS_CREATOR),
}


@dataclass(frozen=True)
class Statement:
    """A tag that enters the numbers of a series.

    Attributes
    ----------
    name : str
        Keyword, or one of the vendors' elements.
    of_tracer : bool
        True for a tag of the radiopharmaceutical.
    """

    name: str
    of_tracer: bool = False

    @property
    def tag(self) -> str:
        """The tag's number, e.g. "(0010,1030)"."""
        tag = _PRIVATE[self.name][0] if self.name in _PRIVATE else Tag(self.name)
        return f"({tag.group:04X},{tag.element:04X})"

    def value(self, header: Dataset) -> tuple[object, ...]:
        """What a slice states, so that equal statements compare equal however written."""
        if self.name in _PRIVATE:
            return _comparable("DS", vendor_text(header, *_PRIVATE[self.name]))
        if dictionary_VR(self.name) == "SQ":
            codes = [i for t in self._places(header) for i in items(t, self.name)]
            return tuple(written(code, "CodeValue") for code in codes)
        vr = dictionary_VR(self.name)
        return tuple(_comparable(vr, written(p, self.name)) for p in self._places(header))

    def undecoded(self, header: Dataset) -> bytes | None:
        """The bytes that hold the statement; None where they were decoded, and for a vendor's.

        Equal bytes are equal statements: decoding the tracer of each slice takes most of the time.
        """
        if self.name in _PRIVATE:
            return None
        element = header.get_item(Tag(TRACER if self.of_tracer else self.name))
        return element.value if element is not None and isinstance(element.value, bytes) else None

    def shown(self, header: Dataset) -> str:
        """What stands in a slice's file, for an error."""
        if self.name in _PRIVATE:
            return vendor_text(header, *_PRIVATE[self.name]) or "absent"
        if dictionary_VR(self.name) == "SQ":
            return ", ".join(str(v) for v in self.value(header)) or "absent"
        return ", ".join(shown(p, self.name) for p in self._places(header)) or "absent"

    def _places(self, header: Dataset) -> list[Dataset]:
        return items(header, TRACER) if self.of_tracer else [header]


SERIES_WIDE = (
    *map(
        Statement,
        "Units SUVType SeriesType DecayCorrection CorrectedImage PatientWeight PatientSize "
        "PatientSex SeriesDate SeriesTime TimezoneOffsetFromUTC".split(),
    ),
    Statement("GE scan time"),
    Statement("Philips SUV scale"),
    *(
        Statement(keyword, of_tracer=True)
        for keyword in "RadionuclideTotalDose RadionuclideHalfLife RadionuclideCodeSequence "
        "RadiopharmaceuticalStartTime RadiopharmaceuticalStartDateTime".split()
    ),
)
"""One value for all slices of a PET series, whatever slice it is read from."""

RESCALE = tuple(map(Statement, ("RescaleSlope", "RescaleIntercept", "RescaleType")))
PER_SLICE = (
    *RESCALE,
    *map(
        Statement,
        "AcquisitionDate AcquisitionTime AcquisitionDateTime FrameReferenceTime "
        "ActualFrameDuration DecayFactor".split(),
    ),
    Statement("Philips activity scale"),
)
"""Stated by each slice of a PET series for itself."""


def check_series_wide(headers: Sequence[Dataset]) -> None:
    """Refuse a PET series whose slices do not agree on what holds for all of them.

    Raises
    ------
    InputError
        With tag and both values.
    """
    undecoded = [[s.undecoded(header) for s in SERIES_WIDE] for header in headers]
    first = [statement.value(headers[0]) for statement in SERIES_WIDE]
    for header, found in zip(headers[1:], undecoded[1:], strict=True):
        for n, statement in enumerate(SERIES_WIDE):
            if found[n] is not None and found[n] == undecoded[0][n]:
                continue
            if statement.value(header) != first[n]:
                raise InputError(
                    f"{statement.name} differs between images of the PET series: {statement.tag} "
                    f"is {statement.shown(headers[0])} and {statement.shown(header)}; one value "
                    "is needed. Export one series."
                )


def difference(one: Dataset, other: Dataset, modality: str) -> Statement | None:
    """The first tag that gives two slices with equal stored values different numbers."""
    statements = PER_SLICE + SERIES_WIDE if modality == "PT" else RESCALE
    return next((s for s in statements if s.value(one) != s.value(other)), None)


def _comparable(vr: str, text: str) -> tuple[object, ...]:
    parts = [part.strip() for part in text.split("\\")] if text else []
    if vr == "CS":
        return tuple(sorted(parts))
    if vr in ("DS", "IS"):
        return tuple(_number(part) for part in parts)
    if vr in ("TM", "DT", "DA"):
        return tuple(_time(part, vr) for part in parts)
    return tuple(parts)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _time(text: str, vr: str) -> str:
    """A date or time with its missing parts, e.g. "1000" and "10:00:00.0" as "100000"."""
    digits = text.replace(":", "").replace(".", "", 2 if vr == "DA" else 0)
    whole, _, fraction = digits.partition(".")
    if not (whole + fraction).isdigit():
        return text
    filled = whole.ljust({"TM": 6, "DT": 14, "DA": 8}[vr], "0")
    return f"{filled}.{fraction.rstrip('0')}"

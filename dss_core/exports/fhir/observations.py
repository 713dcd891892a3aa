"""What was measured and scored, as FHIR observations.

Codes are those of the structured report: a score has this project's own and never one of an EGFR
mutation or of a PD-L1 expression.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.sr.coding import Code

from dss_core.case.case_result import CaseResult
from dss_core.exports.dicom import codes
from dss_core.exports.fhir.datatypes import (
    ABSENT,
    CATEGORY,
    SYSTEMS,
    Annotation,
    Coding,
    Concept,
    Quantity,
    Reference,
    Subject,
)
from dss_core.exports.fhir.resources import Component, Observation, Status
from dss_core.records import TaskScore, Withheld

_NOT_GIVEN = Coding(system=ABSENT, code="not-performed", display="Not Performed")
IMAGING = Concept(coding=(Coding(system=CATEGORY, code="imaging", display="Imaging"),))
_NAMES = {
    "volume_ml": "Volume of the region",
    "diameter_3d_mm": "Longest diameter in 3D",
    "diameter_axial_mm": "Longest axial diameter",
    "hu_mean": "Mean CT number",
    "suv_max": "SUVmax",
    "suv_peak": "SUVpeak",
    "suv_mean": "SUVmean",
    "mtv_ml": "Metabolic tumour volume",
    "mtv_threshold_suv": "SUV threshold of the metabolic tumour volume",
    "tlg_g": "Total lesion glycolysis",
}


@dataclass(frozen=True)
class Context:
    """What all observations of a case have in common.

    Attributes
    ----------
    issued : str
        FHIR instant.
    """

    status: Status
    subject: Subject
    issued: str
    device: Reference
    study: Reference


def concept(code: Code, text: str | None = None) -> Concept:
    """A code of the DICOM objects as FHIR writes it."""
    return Concept(coding=(coding(code),), text=text)


def coding(code: Code) -> Coding:
    """The same without text."""
    return Coding(system=SYSTEMS[code.scheme_designator], code=code.value, display=code.meaning)


def observations(result: CaseResult, context: Context) -> Iterator[Observation]:
    """Every score, given or withheld, then every measure of the region."""
    warnings = tuple(Annotation(text=warning.message) for warning in result.warnings)
    for score in result.scores:
        yield _score(score, result, warnings, context)
    if result.withheld:
        yield from _withheld(result.withheld, result, warnings, context)
    for measure in codes.MEASURES:
        yield Observation(
            **_common(context),
            code=concept(measure.name, _NAMES[measure.key]),
            value_quantity=_quantity(getattr(result.measures, measure.key), measure.unit),
            method=concept(measure.derivation) if measure.derivation else None,
        )


def _score(
    score: TaskScore, result: CaseResult, warnings: tuple[Annotation, ...], context: Context
) -> Observation:
    of = codes.SCORES[score.task]
    numbers = (
        (of.low, score.interval.low),
        (of.high, score.interval.high),
        (of.level, score.interval.level),
        (of.cutoff, score.cutoff),
    )
    parts = [
        Component(code=concept(code), value_quantity=_quantity(value, codes.NO_UNITS))
        for code, value in numbers
    ]
    if score.cutoff_origin:
        parts.append(Component(code=concept(of.origin), value_string=score.cutoff_origin))
    group = concept(codes.GROUPS[score.group])
    parts.append(Component(code=concept(of.group), value_codeable_concept=group))
    return Observation(
        **_common(context),
        code=concept(of.score, of.score.value),
        value_quantity=_quantity(score.dls, codes.NO_UNITS),
        note=warnings or None,
        method=_method(result),
        component=tuple(parts),
    )


def _withheld(
    withheld: Withheld, result: CaseResult, warnings: tuple[Annotation, ...], context: Context
) -> Iterator[Observation]:
    for task in withheld.tasks:
        of = codes.SCORES[task]
        yield Observation(
            **_common(context),
            code=concept(of.score, of.score.value),
            data_absent_reason=Concept(coding=(_NOT_GIVEN,), text=codes.WITHHELD.meaning),
            note=(Annotation(text=withheld.reason), *warnings),
            method=_method(result),
            component=(
                Component(code=concept(of.group), value_codeable_concept=concept(codes.WITHHELD)),
            ),
        )


def _common(context: Context) -> dict[str, Any]:
    return {
        "status": context.status,
        "category": (IMAGING,),
        "subject": context.subject,
        "issued": context.issued,
        "device": context.device,
        "derived_from": (context.study,),
    }


def _method(result: CaseResult) -> Concept:
    return Concept(
        text=f"Mean over slices of the networks' output: weights {result.weights_id}, input digest "
        f"{result.input_digest}"
    )


def _quantity(value: float, unit: Code) -> Quantity:
    """A number in its unit; FHIR prefers the litre as a capital."""
    symbol = unit.value.replace("ml", "mL")
    return Quantity(value=value, unit=symbol, code=symbol)

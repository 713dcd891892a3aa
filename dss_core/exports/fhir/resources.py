"""The resources of a FHIR R4 bundle, as far as they are used, and the check of a whole bundle.

A bundle that does not hold cannot be made, and one that is read is held to the same: every code
that R4 binds is one of a fixed set, and every reference leads to an entry of the kind it names,
save that to a patient who is described elsewhere.

References
----------
HL7 FHIR R4 (4.0.1): DiagnosticReport, Observation (obs-6), ImagingStudy, Device, Patient, Bundle
(bdl-7: one entry a fullUrl).
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from dss_core.errors import InputError
from dss_core.exports.fhir.datatypes import (
    Annotation,
    Attachment,
    Coding,
    Concept,
    Date,
    Element,
    FullUrl,
    HumanName,
    Id,
    Identifier,
    Instant,
    Named,
    Quantity,
    Reference,
    Some,
    Subject,
    Text,
)
from dss_core.reading.strict_json import read_json, refusal

Status = Literal["preliminary", "final"]
Gender = Literal["male", "female", "other", "unknown"]


class Patient(Element):
    """A patient; without any element one who is not named."""

    resource_type: Literal["Patient"] = "Patient"
    id: Id | None = None
    identifier: Some[Identifier] | None = None
    name: Some[HumanName] | None = None
    gender: Gender | None = None
    birth_date: Date | None = None


class DeviceName(Element):
    """What a device is called."""

    name: Text
    type: Literal["model-name"] = "model-name"


class DeviceVersion(Element):
    """The version of a part of a device."""

    type: Concept
    value: Text


class Device(Element):
    """The program with the weights that made the scores."""

    resource_type: Literal["Device"] = "Device"
    id: Id | None = None
    status: Literal["active"] = "active"
    manufacturer: Text
    device_name: Some[DeviceName]
    version: Some[DeviceVersion]
    note: Some[Annotation]


class StudySeries(Element):
    """A series that was scored."""

    uid: Id
    modality: Coding
    number_of_instances: Annotated[int, Field(gt=0)]


class ImagingStudy(Element):
    """The study that was scored; whether it can be had is not known here."""

    resource_type: Literal["ImagingStudy"] = "ImagingStudy"
    id: Id | None = None
    identifier: Some[Identifier]
    status: Literal["unknown"] = "unknown"
    modality: Some[Coding]
    subject: Subject
    started: Date | None = None
    procedure_code: Some[Concept]
    description: Text | None = None
    series: Some[StudySeries] | None = None


class Component(Element):
    """A part of an observation; one value."""

    code: Concept
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: Text | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        values = (self.value_quantity, self.value_codeable_concept, self.value_string)
        if sum(value is not None for value in values) != 1:
            raise ValueError("expected exactly one value")
        return self


class Observation(Element):
    """A score or a measure: its value, or why there is none."""

    resource_type: Literal["Observation"] = "Observation"
    id: Id | None = None
    status: Status
    category: Some[Concept]
    code: Concept
    subject: Subject
    issued: Instant
    value_quantity: Quantity | None = None
    data_absent_reason: Concept | None = None
    note: Some[Annotation] | None = None
    method: Concept | None = None
    device: Reference
    derived_from: Some[Reference]
    component: Some[Component] | None = None

    @model_validator(mode="after")
    def _value_or_reason(self) -> Self:
        if (self.value_quantity is None) == (self.data_absent_reason is None):
            raise ValueError("expected either valueQuantity or dataAbsentReason")
        if self.data_absent_reason is not None and self.note is None:
            raise ValueError("expected a note that says why there is no value, found none")
        return self


class DiagnosticReport(Element):
    """The report of a case."""

    resource_type: Literal["DiagnosticReport"] = "DiagnosticReport"
    id: Id | None = None
    status: Status
    category: Some[Concept]
    code: Concept
    subject: Subject
    issued: Instant
    results_interpreter: Some[Named] | None = None
    result: Some[Reference]
    imaging_study: Some[Reference]
    conclusion: Text
    presented_form: Some[Attachment]

    @model_validator(mode="after")
    def _final_is_signed(self) -> Self:
        if (self.status == "final") != (self.results_interpreter is not None):
            raise ValueError("expected status final with who signed, and preliminary without")
        return self


Resource = Patient | Device | ImagingStudy | Observation | DiagnosticReport


class Entry(Element):
    """A resource with its address in the bundle."""

    full_url: FullUrl
    resource: Annotated[Resource, Field(discriminator="resource_type")]

    @model_validator(mode="after")
    def _own_address(self) -> Self:
        if self.full_url != f"urn:uuid:{self.resource.id}":
            raise ValueError(f"expected fullUrl urn:uuid:{self.resource.id}")
        return self


class Bundle(Element):
    """A whole case."""

    resource_type: Literal["Bundle"] = "Bundle"
    type: Literal["collection"] = "collection"
    entry: Some[Entry]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        kinds = {entry.full_url: entry.resource.resource_type for entry in self.entry}
        if len(kinds) < len(self.entry):
            raise ValueError("expected every fullUrl once")
        for entry in self.entry:
            for found in _references(entry.resource):
                if kinds.get(found.reference) != found.type:
                    raise ValueError(
                        f"{entry.resource.resource_type} refers to {found.type} "
                        f"{found.reference}, which is not in the bundle"
                    )
        return self

    def to_json(self) -> bytes:
        """The bundle as UTF-8 JSON, equal bytes for equal bundles."""
        return self.model_dump_json(by_alias=True, exclude_none=True, indent=2).encode() + b"\n"


def bundle_from_json(content: bytes) -> Bundle:
    """A bundle from its JSON.

    Raises
    ------
    InputError
        If it is none as this program writes it; names every fault.
    """
    read_json(content, "The FHIR bundle", InputError)
    try:
        return Bundle.model_validate_json(content, by_alias=True, by_name=False)
    except ValidationError as fault:
        raise refusal(fault, "The FHIR bundle", InputError) from fault


def _references(element: Element) -> Iterator[Reference | Subject]:
    """Every reference of an element that must lead to an entry."""
    for name in type(element).model_fields:
        value = getattr(element, name)
        for inner in value if isinstance(value, tuple) else (value,):
            match inner:
                case Subject() if inner.is_outside:
                    pass
                case Reference() | Subject():
                    yield inner
                case Element():
                    yield from _references(inner)

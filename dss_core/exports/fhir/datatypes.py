"""The data types of FHIR R4 that a bundle is made of, as far as they are used.

What R4 binds to a value set, or a reader would have to guess, is a fixed set here; numbers are
finite, texts are not empty and hold no control character, nothing unknown is taken.

References
----------
HL7 FHIR R4 (4.0.1): Data Types, Resource.id, Reference (2.3), Bundle (2.36.4, references).
"""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from dss_core.exports.dicom.codes import SCHEME
from dss_core.reading.derived_uid import derived_uid
from dss_core.settings import EXACT

OWN = f"urn:oid:{derived_uid('code system', SCHEME)}"
"""URI of this project's own codes, those of the scheme 99NSCLCDSS in the DICOM objects."""
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
SYSTEMS = {
    SCHEME: OWN,
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "IBSI": "urn:oid:1.2.840.10008.2.16.13",
}
"""URI of each coding scheme of the DICOM objects."""
UCUM = "http://unitsofmeasure.org"
DICOM_UID = "urn:dicom:uid"
_KNOWN_SYSTEMS = {*SYSTEMS.values(), CATEGORY, SECTION, IDENTIFIER_TYPE, ABSENT}

_ID = r"[A-Za-z0-9\-.]{1,64}"
_UUID = r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PATIENT = rf"^(https?://[^\s?#]+/)?Patient/{_ID}$"
"""A patient who is described elsewhere."""
_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"

Id = Annotated[str, StringConstraints(pattern=f"^{_ID}$")]
FullUrl = Annotated[str, StringConstraints(pattern=f"^{_UUID}$")]
_PRINTED = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*"
Text = Annotated[str, StringConstraints(pattern=rf"^{_PRINTED}[^\s\x00-\x1f]{_PRINTED}$")]
Uri = Annotated[str, StringConstraints(pattern=r"^\S+$")]
Date = Annotated[str, StringConstraints(pattern=f"^{_DATE}$")]
Instant = Annotated[
    str,
    StringConstraints(pattern=rf"^{_DATE}T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"),
]
Base64 = Annotated[str, StringConstraints(min_length=1, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
T = TypeVar("T")
Some = Annotated[tuple[T, ...], Field(min_length=1)]
"""A list that is not empty; where there is nothing, the element is absent."""


class Element(BaseModel):
    """Whatever has elements: names in camel case, none beyond those declared."""

    model_config = ConfigDict(
        **EXACT, frozen=True, strict=True, alias_generator=to_camel, validate_by_name=True
    )


class Coding(Element):
    """A code of one of the systems that are used."""

    system: Uri
    code: Annotated[str, StringConstraints(pattern=r"^\S+( \S+)*$")]
    display: Text | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.system not in _KNOWN_SYSTEMS:
            raise ValueError(f"expected a known code system, found {self.system!r}")
        return self


class Concept(Element):
    """CodeableConcept."""

    coding: Some[Coding] | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _says(self) -> Self:
        if self.coding is None and self.text is None:
            raise ValueError("expected a coding or a text, found neither")
        return self


class Quantity(Element):
    """A number in a UCUM unit."""

    value: FiniteFloat
    unit: Text
    system: Literal["http://unitsofmeasure.org"] = "http://unitsofmeasure.org"
    code: Text


class Named(Element):
    """A Reference that only says who."""

    display: Text


class Reference(Element):
    """To another resource of the bundle, of which kind."""

    reference: FullUrl
    type: Literal["Patient", "Device", "ImagingStudy", "Observation"]


class Subject(Element):
    """To the patient of the bundle, or to one who is described elsewhere."""

    reference: Annotated[str, StringConstraints(pattern=f"^{_UUID}$|{PATIENT}")]
    type: Literal["Patient"] = "Patient"

    @property
    def is_outside(self) -> bool:
        """Whether the patient is described elsewhere."""
        return not self.reference.startswith("urn:")


class Identifier(Element):
    """An identifier, of what kind or by whom."""

    type: Concept | None = None
    system: Uri | None = None
    value: Text
    assigner: Named | None = None


class Annotation(Element):
    """A note."""

    text: Text


class Attachment(Element):
    """A document with its SHA-1, which is what R4 means by `hash`."""

    content_type: Literal["application/pdf"]
    language: Literal["en", "zh"] | None = None
    data: Base64
    size: Annotated[int, Field(gt=0)]
    hash: Base64
    title: Text
    creation: Instant


class HumanName(Element):
    """A name in one way of writing."""

    family: Text | None = None
    given: Some[Text] | None = None
    prefix: Some[Text] | None = None
    suffix: Some[Text] | None = None

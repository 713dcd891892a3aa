"""Named conditions of a rule set: one class for each form that a row of `[condition]` may take."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from dss_core.decision.patient import GeneStatus
from dss_core.decision.rule_names import NUMBER, Id, Ids, Key, Text, known


class Row(BaseModel):
    """A row of a rule set: exactly the documented keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _field(name: str, info: ValidationInfo) -> str:
    if name not in known(info).fields:
        raise ValueError(f"unknown field {name!r}")
    return name


class _Named(Row):
    id: Key
    says: Text


class _OfField(_Named):
    field: Annotated[Id, AfterValidator(_field)]


def _of_the_field(values: frozenset[Any], info: ValidationInfo) -> frozenset[Any]:
    """Only values that the field may have."""
    if "field" in info.data:
        possible = known(info).fields[info.data["field"]]
        if extra := sorted(map(repr, values - possible)):
            raise ValueError(f"unknown value {', '.join(extra)} of {info.data['field']}")
    return values


Values = Annotated[frozenset[Any], Field(min_length=1), AfterValidator(_of_the_field)]


class FieldIs(_OfField):
    """A field has one of these values; "unknown" stands for not recorded."""

    values: Values = Field(alias="is")


class FieldHas(_OfField):
    """A set holds at least one of these values."""

    values: Values = Field(alias="has_any")


class FieldRange(_OfField):
    """A recorded number is at least, or below, a limit."""

    at_least: float | None = Field(None, strict=True, allow_inf_nan=False)
    below: float | None = Field(None, strict=True, allow_inf_nan=False)

    @field_validator("field")
    @classmethod
    def _of_a_number(cls, name: str, info: ValidationInfo) -> str:
        if known(info).fields[name] != NUMBER:
            raise ValueError(f"{name} is compared but is not a number")
        return name


class GenesAre(_Named):
    """At least so many of these genes, counted in this snapshot, have one of these statuses."""

    genes: Ids
    statuses: Annotated[frozenset[GeneStatus], Field(min_length=1)] = Field(alias="status")
    at_least: int = Field(1, strict=True, ge=1)

    @field_validator("genes")
    @classmethod
    def _counted(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """The genes named that count in this snapshot; `all` stands for every one."""
        for name in names:
            if name != "all":
                known(info).check("gene", name)
        genes = known(info).rows.get("gene", {})
        return tuple(gene for gene in genes if gene in names or "all" in names)


def _above(names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Conditions may only use those above them, so that none rests on itself."""
    every = list(known(info).names("condition"))
    above = every[: every.index(info.data["id"])] if "id" in info.data else every
    for name in names:
        if (bare := name.removeprefix("not ")) not in above:
            raise ValueError(f"unknown condition {bare!r} (it must stand above)")
    return names


Names = Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_above)]


class AllOf(_Named):
    """Every named condition holds."""

    names: Names = Field(alias="all")


class AnyOf(_Named):
    """One of the named conditions holds."""

    names: Names = Field(alias="any")


_FORMS = ("is", "has_any", "genes", "all", "any")


def _form(row: Any) -> str | None:
    """Which form a row takes, by the key that only this form has."""
    if not isinstance(row, dict):
        return None
    for key in _FORMS:
        if key in row:
            return f"[{key}]"
    return "[limit]" if {"at_least", "below"} & row.keys() else None


Condition = Annotated[
    Annotated[FieldIs, Tag("[is]")]
    | Annotated[FieldHas, Tag("[has_any]")]
    | Annotated[FieldRange, Tag("[limit]")]
    | Annotated[GenesAre, Tag("[genes]")]
    | Annotated[AllOf, Tag("[all]")]
    | Annotated[AnyOf, Tag("[any]")],
    Discriminator(
        _form,
        custom_error_type="condition_form",
        custom_error_message="expected one of is, has_any, at_least, below, genes, all or any",
    ),
]

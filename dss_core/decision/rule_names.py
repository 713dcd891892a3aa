"""Names that rows of a rule set use for other rows: each must exist, and stands for that row.

`Known` is handed to pydantic as its context, so that a wrong name is a fault of the very field
that holds it, like any other.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo

Values = frozenset[str | bool | int]
Fields = Mapping[str, Values]
"""Fields a condition may name, with their values; `NUMBER` for a number."""

NUMBER: Values = frozenset({"unknown"})


@dataclass(frozen=True)
class Known:
    """What the rows of one document may name.

    Attributes
    ----------
    document : mapping
        The document as written, for the names in it.
    snapshot : str
        The snapshot that is read.
    fields : mapping of str to set
        Fields a condition may name.
    rows : dict of str to dict of str to row
        Sections read so far, by name; a section with a fault stays out.
    """

    document: Mapping[str, Any]
    snapshot: str
    fields: Fields
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def names(self, section: str) -> Collection[str]:
        """Names that a section of the document gives to its rows, in their order."""
        written = self.document.get(section)
        if isinstance(written, dict):
            return list(written)
        rows = written if isinstance(written, list) else []
        return [str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row]

    def written(self, section: str, name: str) -> Mapping[str, Any]:
        """A row as it is written; empty if it is none."""
        rows = self.document.get(section)
        row = rows.get(name) if isinstance(rows, dict) else None
        return row if isinstance(row, dict) else {}

    def check(self, section: str, name: str) -> str:
        """The name, if the section has it."""
        if name not in self.names(section):
            raise ValueError(f"unknown {section} {name!r}")
        return name


def known(info: ValidationInfo) -> Known:
    """The context of a validator."""
    assert isinstance(info.context, Known)
    return info.context


def once(names: tuple[str, ...]) -> tuple[str, ...]:
    """A list without repetition."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"given twice: {', '.join(twice)}; keep one")
    return names


Text = Annotated[str, Field(strict=True, min_length=1)]
Id = Annotated[Text, Field(pattern=r"^\S+$")]
Ids = Annotated[tuple[Id, ...], Field(min_length=1), AfterValidator(once)]
IdSet = Annotated[frozenset[Id], Field(min_length=1)]
Key = Annotated[Id, Field(alias="[key]")]
"""The key of a row in its table; in brackets, so that no row can give it itself."""


def named(section: str) -> AfterValidator:
    """For a name that must be one of a section's."""
    return AfterValidator(lambda name, info: known(info).check(section, name))


def row_of(section: str, kind: Callable[[], type[BaseModel]]) -> BeforeValidator:
    """For a name that stands for its row.

    A row of a section with a fault is stood in for: the document is refused with that fault.
    """

    def find(name: Any, info: ValidationInfo) -> Any:
        if not isinstance(name, str):
            return name
        rows = known(info).rows.get(section)
        known(info).check(section, name)
        return rows[name] if rows is not None else kind().model_construct(id=name)

    return BeforeValidator(find)


def _condition(name: str, info: ValidationInfo) -> str:
    known(info).check("condition", name.removeprefix("not "))
    return name


When = Annotated[tuple[Annotated[Text, AfterValidator(_condition)], ...], Field(min_length=1)]
Snapshots = Annotated[
    tuple[Annotated[Id, named("snapshot")], ...], Field(min_length=1), AfterValidator(once)
]

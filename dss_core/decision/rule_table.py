"""A whole rule set as one model, read for one of its snapshots, and the table it makes.

Rows of other snapshots are left out, and every name stands for the row it names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from dss_core.decision.conditions import Condition, Row
from dss_core.decision.rule_names import Id, IdSet, Text, When, known, once, row_of
from dss_core.decision.rules import HERE, Flag, Node, OfSnapshots, Regimen, Source, Step


class Filter(Row):
    """Takes options with these drugs or classes off the list; never changes the node."""

    when: When
    drugs: IdSet = frozenset()
    classes: IdSet = frozenset()
    flag: Annotated[Flag, row_of("flag", lambda: Flag)] | None = None
    says: Text

    def removes(self, regimen: Regimen) -> bool:
        """Whether it takes a regimen off the list."""
        return bool(self.drugs & regimen.drugs or self.classes & regimen.classes)

    @model_validator(mode="after")
    def _of_the_vocabulary(self, info: ValidationInfo) -> Self:
        regimens = known(info).rows.get("regimen")
        if not self.drugs | self.classes:
            raise ValueError("drugs or classes expected, found neither")
        if regimens is not None:
            _vocabulary("drug", self.drugs, (r.drugs for r in regimens.values()))
            _vocabulary("class", self.classes, (r.classes for r in regimens.values()))
        return self


def _vocabulary(kind: str, used: Iterable[str], known: Iterable[frozenset[str]]) -> None:
    if unknown := sorted(set(used).difference(*known)):
        raise ValueError(f"unknown {kind} {', '.join(map(repr, unknown))}")


class Snapshot(Row):
    """A dated version of the rules: nothing that appeared after `as_of` is shown in it."""

    id: Id
    name: Text = Field(alias="title")
    as_of: Annotated[date, Field(strict=True)]


class Gene(OfSnapshots):
    """A gene that the rules count."""

    id: Id
    name: Text


class AfterYear(Row):
    """What changed in a year after the guideline."""

    year: int = Field(strict=True)
    changes: tuple[Text, ...] = Field(min_length=1)


def _keyed(rows: Any) -> Any:
    """Every row of a table with its own key in it."""
    if not isinstance(rows, dict):
        return rows
    return {
        key: {**row, "[key]": key} if isinstance(row, dict) else row for key, row in rows.items()
    }


KEYED = BeforeValidator(_keyed)


class Document(Row):
    """A whole rule set as written, read for one snapshot (`Known` is the context)."""

    id: Id
    title: Text
    notice: Text
    snapshot: tuple[Snapshot, ...] = Field(min_length=1)
    gene: Annotated[tuple[Gene, ...], HERE] = ()
    drug_class: dict[Id, IdSet] = Field(default_factory=dict)
    regimen: Annotated[dict[str, Regimen], KEYED] = Field(
        default_factory=dict, validate_default=True
    )
    source: Annotated[dict[str, Source], KEYED] = Field(default_factory=dict, validate_default=True)
    flag: Annotated[dict[str, Flag], KEYED] = Field(default_factory=dict, validate_default=True)
    condition: Annotated[dict[str, Condition], KEYED]
    node: Annotated[dict[str, Node], KEYED, Field(min_length=1)]
    filter: tuple[Filter, ...] = ()
    step: tuple[Step, ...] = Field(min_length=1)
    after: tuple[AfterYear, ...] = ()

    @field_validator("gene")
    @classmethod
    def _genes(cls, genes: tuple[Gene, ...], info: ValidationInfo) -> tuple[Gene, ...]:
        known(info).rows["gene"] = {gene.id: gene for gene in genes}
        return genes

    @field_validator("regimen")
    @classmethod
    def _classes(cls, rows: dict[str, Regimen], info: ValidationInfo) -> dict[str, Regimen]:
        """Every regimen with the classes of its drugs."""
        members = info.data.get("drug_class", {})
        for name, drugs in members.items():
            _vocabulary(f"drug of drug_class {name}", drugs, (row.drugs for row in rows.values()))
        return {
            id_: row.model_copy(
                update={"classes": row.classes | {c for c in members if members[c] & row.drugs}}
            )
            for id_, row in rows.items()
        }

    @field_validator("node")
    @classmethod
    def _nodes(cls, rows: dict[str, Node], info: ValidationInfo) -> dict[str, Node]:
        here = known(info).snapshot
        dated = next((s for s in info.data.get("snapshot", ()) if s.id == here), None)
        if dated is None or "source" not in known(info).rows:  # refused for those sections
            return rows
        return {id_: row.completed(rows, here, dated.as_of) for id_, row in rows.items()}

    @field_validator("regimen", "source", "flag", "node")
    @classmethod
    def _named(cls, rows: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Rows below may name these."""
        known(info).rows[str(info.field_name)] = rows
        return rows

    @field_validator("step")
    @classmethod
    def _steps(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """A route ends: steps are only left downwards, and the last has nowhere to go on to."""
        once(tuple(step.id for step in steps))
        if any(branch.to is None for branch in steps[-1].branches):
            raise ValueError(f"{steps[-1].id} is the last step and cannot go on to a next one")
        return steps


@dataclass(frozen=True)
class RuleTable:
    """One snapshot of a rule set, checked: every route through it ends in exactly one node."""

    id: str
    title: str
    notice: str
    snapshot: Snapshot
    genes: tuple[Gene, ...]
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    nodes: tuple[Node, ...]
    filters: tuple[Filter, ...]
    flags: tuple[Flag, ...]
    regimens: tuple[Regimen, ...]
    sources: tuple[Source, ...]
    after: tuple[AfterYear, ...]

    @cached_property
    def condition_named(self) -> dict[str, Condition]:
        """Every condition by its name."""
        return {condition.id: condition for condition in self.conditions}


def table_of(document: Document, snapshot: Snapshot) -> RuleTable:
    """The table of the snapshot that a document was read for."""
    return RuleTable(
        id=document.id,
        title=document.title,
        notice=document.notice,
        snapshot=snapshot,
        genes=document.gene,
        conditions=tuple(document.condition.values()),
        steps=document.step,
        nodes=tuple(node for node in document.node.values() if node.is_in(snapshot.id)),
        filters=document.filter,
        flags=tuple(flag for flag in document.flag.values() if flag.is_in(snapshot.id)),
        regimens=tuple(document.regimen.values()),
        sources=tuple(document.source.values()),
        after=document.after,
    )

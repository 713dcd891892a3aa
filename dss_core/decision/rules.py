"""What a rule set says: conditions, steps, nodes and where each row comes from.

`Document` is the data files of a rule set as one model, read for one snapshot: rows of other
snapshots are left out, and every name stands for the row it names. `dss_core.decision.rule_set`
reads it; `dss_core.decision.pathway_engine` finds a case's route through it. Nothing here knows a
gene, a drug or a year.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Protocol, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from dss_core.decision.conditions import Condition, Row
from dss_core.decision.patient import FieldValue
from dss_core.decision.rule_names import (
    Id,
    IdSet,
    Key,
    Snapshots,
    Text,
    When,
    known,
    named,
    once,
    row_of,
)


class Facts(Protocol):
    """What a route is found with: a patient record, or the groups of the imaging scores."""

    def value(self, field: str) -> FieldValue:
        """Value of a field, None if not recorded."""
        ...

    def gene(self, gene: str) -> str:
        """Status of a gene."""
        ...


class Mark(StrEnum):
    """How far a row has been checked against its source."""

    CONFIRMED = "C"
    PARTLY = "P"
    MEMORY = "MEM"
    RULE = "RULE"

    @property
    def words(self) -> str:
        """The mark for people."""
        return _MARK_WORDS[self]


_MARK_WORDS = {
    Mark.CONFIRMED: "verified in the source",
    Mark.PARTLY: "partly verified",
    Mark.MEMORY: "citation not verified",
    Mark.RULE: "project rule, no source",
}


class Strategy(StrEnum):
    """What kind of answer a node is; the comparison of two pathways rests on it."""

    NONE = "none"
    WAYPOINT = "waypoint"
    WAIT = "wait"
    ASK = "ask"
    REFER_TO_BOARD = "board"
    BRIDGE = "bridge"
    EGFR_TKI = "egfr_tki"
    TARGETED = "targeted"
    IMMUNOTHERAPY = "immunotherapy"
    CHEMOTHERAPY = "chemotherapy"
    INDIVIDUAL = "individual"
    SUPPORTIVE = "supportive"


class Source(Row):
    """A citation, what it found and how far that was checked."""

    id: Key
    citation: Text
    finding: Text = ""
    mark: Mark


class Regimen(Row):
    """One name of the fixed vocabulary; no drugs and no classes makes it an action.

    Attributes
    ----------
    classes : tuple of str
        Drug classes it contains or, for an open-ended name, may contain.
    """

    id: Key
    name: Text
    drugs: IdSet = frozenset()
    classes: IdSet = frozenset()

    @property
    def is_treatment(self) -> bool:
        """False for an action such as waiting or asking."""
        return bool(self.drugs or self.classes)

    @property
    def contains_ici(self) -> bool:
        """True if it contains, or may contain, an immune checkpoint inhibitor."""
        return "ici" in self.classes


class _OfSnapshots(Row):
    """A row that may belong to some snapshots only."""

    snapshots: Snapshots | None = None

    def is_in(self, snapshot: str) -> bool:
        """Whether a snapshot has this row."""
        return self.snapshots is None or snapshot in self.snapshots


HERE = AfterValidator(
    lambda rows, info: tuple(row for row in rows if row.is_in(known(info).snapshot))
)
"""Keeps the rows of the snapshot that is read."""


class Option(_OfSnapshots):
    """A regimen as one node offers it, shown only if every condition in `when` holds."""

    regimen: Annotated[Regimen, row_of("regimen", lambda: Regimen)]
    category: Text = ""
    note: Text = ""
    when: When = ()


class Flag(_OfSnapshots):
    """A warning beside the answer; with `when` it raises itself, on `nodes` only if given."""

    id: Key
    says: Text
    when: When = ()
    nodes: frozenset[Annotated[Id, named("node")]] = frozenset()


Flags = tuple[Annotated[Flag, row_of("flag", lambda: Flag)], ...]


def _includes_none(name: str, info: ValidationInfo) -> str:
    if "include" in known(info).written("node", name):
        raise ValueError(f"{name} itself includes another node")
    return name


class Include(Row):
    """Another node, whose options a node takes over under conditions."""

    node: Annotated[Id, named("node"), AfterValidator(_includes_none)]
    when: When = ()


class Node(_OfSnapshots):
    """Where a route ends (or, as a waypoint, passes).

    Attributes
    ----------
    label : str
        Shortest name for a drawing; the id unless the row says otherwise.
    """

    id: Key
    label: Text = ""
    title: Text
    says: Text
    strategy: Strategy
    include: tuple[Include, ...] = ()
    preferred: Annotated[tuple[Option, ...], HERE] = ()
    other: Annotated[tuple[Option, ...], HERE] = ()
    notes: tuple[Text, ...] = ()
    flags: Flags = ()
    reading: Text = ""
    category: Text = ""
    mark: Mark
    mark_detail: Text = ""
    evidence: tuple[Annotated[Source, row_of("source", lambda: Source)], ...] = ()

    def completed(self, nodes: dict[str, "Node"]) -> "Node":
        """The node with its label and the options it takes over from others."""

        def options(key: str) -> tuple[Option, ...]:
            taken = [
                option.model_copy(update={"when": (*option.when, *row.when)})
                for row in self.include
                for option in getattr(nodes[row.node], key)
            ]
            return (*taken, *getattr(self, key))

        return self.model_copy(
            update={
                "label": self.label or self.id,
                "preferred": options("preferred"),
                "other": options("other"),
            }
        )


def _no_waypoint(node: Node | None, info: ValidationInfo) -> Node | None:
    if node is not None:
        if known(info).written("node", node.id).get("strategy") == Strategy.WAYPOINT:
            raise ValueError(f"a route ends in the waypoint {node.id}; pass it with `via`")
    return node


NextOrNode = Annotated[
    Annotated[Node, row_of("node", lambda: Node)] | None,
    BeforeValidator(lambda name: None if name == "next" else name),
    AfterValidator(_no_waypoint),
]


class Branch(Row):
    """One answer to a step's question; `to` is None when the route goes on to the next step."""

    when: When = ()
    to: NextOrNode
    via: Annotated[Node, row_of("node", lambda: Node)] | None = None
    flags: Flags = ()
    answer: Text


class Step(Row):
    """A question; its first branch that holds is taken, and its last always holds."""

    id: Id
    question: Text
    reading: Text = ""
    branches: tuple[Branch, ...] = Field(alias="branch", min_length=1)

    @field_validator("branches")
    @classmethod
    def _always_a_way_on(
        cls, branches: tuple[Branch, ...], info: ValidationInfo
    ) -> tuple[Branch, ...]:
        """Branches to nodes of this snapshot; the last of them, and no other, always holds."""
        snapshot = known(info).snapshot
        kept = tuple(b for b in branches if b.to is None or b.to.is_in(snapshot))
        if not kept or kept[-1].when:
            raise ValueError(
                "its last branch has a condition, or not every snapshot has its node, so a route "
                "may have no way on; end with a branch without a condition"
            )
        if any(not branch.when for branch in kept[:-1]):
            raise ValueError("a branch without a condition must be the last")
        return kept


class Filter(Row):
    """Takes options with these drugs or classes off the list; never changes the node."""

    when: When
    drugs: IdSet = frozenset()
    classes: IdSet = frozenset()
    flag: Annotated[Flag, row_of("flag", lambda: Flag)] | None = None
    says: Text

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
    """A dated version of the rules."""

    id: Id
    name: Text = Field(alias="title")


class Gene(_OfSnapshots):
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
    def _nodes(cls, rows: dict[str, Node]) -> dict[str, Node]:
        return {id_: row.completed(rows) for id_, row in rows.items()}

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

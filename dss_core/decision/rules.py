"""What a rule set says: conditions, steps, nodes and where each row comes from.

Each row is written so in the data files and used so by `dss_core.decision.pathway_engine`. Nothing
here knows a gene, a drug or a year.
"""

from datetime import date
from typing import Annotated, Protocol

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from dss_core.decision.conditions import Row
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
    row_of,
)
from dss_core.decision.rule_words import Mark, Strategy


class Facts(Protocol):
    """What a route is found with: a patient record, or the groups of the imaging scores."""

    def value(self, field: str) -> FieldValue:
        """Value of a field, None if not recorded."""
        ...

    def gene(self, gene: str) -> str:
        """Status of a gene."""
        ...


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


class OfSnapshots(Row):
    """A row that may belong to some snapshots only."""

    snapshots: Snapshots | None = None

    def is_in(self, snapshot: str) -> bool:
        """Whether a snapshot has this row."""
        return self.snapshots is None or snapshot in self.snapshots


class Source(OfSnapshots):
    """A citation, what it found and how far that was checked.

    Attributes
    ----------
    appeared : date
        When it could first be read; the last day of the month or year where no more is known, so
        that it is never shown too early.
    about : set of str
        Regimens it is about: a node shows it only beside one of them. Empty: about none.
    """

    id: Key
    citation: Text
    finding: Text = ""
    appeared: Annotated[date, Field(strict=True)]
    about: frozenset[Annotated[Id, named("regimen")]] = frozenset()
    mark: Mark

    def is_of(self, regimens: frozenset[str]) -> bool:
        """Whether it is about one of these regimens, or about none."""
        return not self.about or not self.about.isdisjoint(regimens)


HERE = AfterValidator(
    lambda rows, info: tuple(row for row in rows if row.is_in(known(info).snapshot))
)
"""Keeps the rows of the snapshot that is read."""


class Option(OfSnapshots):
    """A regimen as one node offers it, shown only if every condition in `when` holds."""

    regimen: Annotated[Regimen, row_of("regimen", lambda: Regimen)]
    category: Text = ""
    note: Text = ""
    when: When = ()


class Flag(OfSnapshots):
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


class Node(OfSnapshots):
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

    @property
    def headline(self) -> str:
        """What to do, in a few words: the kind of treatment, or the title that says it."""
        return self.strategy.treatment or self.title

    def completed(self, nodes: dict[str, "Node"], snapshot: str, as_of: date) -> "Node":
        """The node with its label, and the options and sources it takes over from others.

        Its sources are those of the snapshot, not later than it, and of its options. What another
        node's options are taken over for only under conditions says nothing about this node.
        """

        def options(key: str) -> tuple[Option, ...]:
            taken = [
                option.model_copy(update={"when": (*option.when, *row.when)})
                for row in self.include
                for option in getattr(nodes[row.node], key)
            ]
            return (*taken, *getattr(self, key))

        preferred, other = options("preferred"), options("other")
        offered = frozenset(option.regimen.id for option in (*preferred, *other))
        sources = [*self.evidence]
        for row in self.include:
            sources += nodes[row.node].evidence if not row.when else ()
        return self.model_copy(
            update={
                "label": self.label or self.id,
                "preferred": preferred,
                "other": other,
                "evidence": tuple(
                    source
                    for source in dict.fromkeys(sources)
                    if source.appeared <= as_of and source.is_in(snapshot) and source.is_of(offered)
                ),
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

"""What a rule book says, read and checked: conditions, steps, nodes and where each row comes from.

`RuleTable` is one snapshot of one rule book. `dss_core.decision.rulebook` makes it from data files;
`dss_core.decision.pathway_engine` walks it. Nothing here knows a gene, a drug or a year.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from dss_core.decision.patient import FieldValue


class Facts(Protocol):
    """What a table is walked with: a patient record, or the groups of the imaging scores."""

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
    Mark.CONFIRMED: "seen in a source",
    Mark.PARTLY: "partly verified",
    Mark.MEMORY: "citation not verified",
    Mark.RULE: "rule of this design",
}


class Strategy(StrEnum):
    """What kind of answer a node is; the comparison of two pathways rests on it."""

    NONE = "none"
    WAYPOINT = "waypoint"
    WAIT = "wait"
    ASK = "ask"
    BOARD = "board"
    BRIDGE = "bridge"
    EGFR_TKI = "egfr_tki"
    TARGETED = "targeted"
    IMMUNOTHERAPY = "immunotherapy"
    CHEMOTHERAPY = "chemotherapy"
    INDIVIDUAL = "individual"
    SUPPORTIVE = "supportive"


@dataclass(frozen=True)
class FieldIs:
    """A field has one of these values; "unknown" stands for not recorded."""

    field: str
    values: frozenset[str | bool | int]


@dataclass(frozen=True)
class FieldRange:
    """A recorded number is at least, or below, a limit."""

    field: str
    at_least: float | None
    below: float | None


@dataclass(frozen=True)
class FieldHas:
    """A set holds at least one of these values."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True)
class GenesAre:
    """At least so many of these genes, counted in this snapshot, have one of these statuses."""

    genes: tuple[str, ...]
    statuses: frozenset[str]
    at_least: int


@dataclass(frozen=True)
class AllOf:
    """Every named condition holds."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class AnyOf:
    """One of the named conditions holds."""

    names: tuple[str, ...]


Test = FieldIs | FieldRange | FieldHas | GenesAre | AllOf | AnyOf


@dataclass(frozen=True)
class Condition:
    """A named test and its meaning in words."""

    id: str
    says: str
    test: Test


@dataclass(frozen=True)
class Source:
    """A citation, what it found and how far that was checked."""

    id: str
    citation: str
    finding: str
    mark: Mark


@dataclass(frozen=True)
class Regimen:
    """One name of the fixed vocabulary; no drugs and no classes makes it an action.

    Attributes
    ----------
    classes : frozenset of str
        Drug classes it contains or, for an open-ended name, may contain.
    """

    id: str
    name: str
    drugs: frozenset[str]
    classes: frozenset[str]

    @property
    def is_treatment(self) -> bool:
        """False for an action such as waiting or asking."""
        return bool(self.drugs or self.classes)

    @property
    def contains_ici(self) -> bool:
        """True if it contains, or may contain, an immune checkpoint inhibitor."""
        return "ici" in self.classes


@dataclass(frozen=True)
class Option:
    """A regimen as one node offers it, shown only if every condition in `when` holds."""

    regimen: Regimen
    category: str
    note: str
    when: tuple[str, ...]


@dataclass(frozen=True)
class Flag:
    """A warning beside the answer; with `when` it raises itself, on `nodes` only if given."""

    id: str
    says: str
    when: tuple[str, ...]
    nodes: frozenset[str]


@dataclass(frozen=True)
class Node:
    """Where a walk ends (or, as a waypoint, passes).

    Attributes
    ----------
    label : str
        Shortest name for a drawing; the id unless the row says otherwise.
    """

    id: str
    label: str
    title: str
    says: str
    strategy: Strategy
    preferred: tuple[Option, ...]
    other: tuple[Option, ...]
    notes: tuple[str, ...]
    flags: tuple[Flag, ...]
    reading: str
    category: str
    mark: Mark
    mark_detail: str
    evidence: tuple[Source, ...]


@dataclass(frozen=True)
class Branch:
    """One answer to a step's question; `to` is None when the walk goes on to the next step."""

    when: tuple[str, ...]
    to: Node | None
    via: Node | None
    flags: tuple[Flag, ...]
    answer: str


@dataclass(frozen=True)
class Step:
    """A question; its first branch that holds is taken, and its last always holds."""

    id: str
    question: str
    reading: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Filter:
    """Takes options with these drugs or classes off the list; never changes the node."""

    when: tuple[str, ...]
    drugs: frozenset[str]
    classes: frozenset[str]
    flag: Flag | None
    says: str


@dataclass(frozen=True)
class Named:
    """An id and its words: a snapshot or a gene."""

    id: str
    name: str


@dataclass(frozen=True)
class AfterYear:
    """What changed in a year after the guideline."""

    year: int
    changes: tuple[str, ...]


@dataclass(frozen=True)
class RuleTable:
    """One snapshot of a rule book, checked: every walk of it ends in exactly one node."""

    id: str
    title: str
    notice: str
    snapshot: Named
    genes: tuple[Named, ...]
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    nodes: tuple[Node, ...]
    filters: tuple[Filter, ...]
    flags: tuple[Flag, ...]
    regimens: tuple[Regimen, ...]
    sources: tuple[Source, ...]
    after: tuple[AfterYear, ...]

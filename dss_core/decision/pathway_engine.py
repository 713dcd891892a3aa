"""The engine: a case's one route through a rule table, ending in exactly one node.

Pure and small. It knows steps, conditions and filters, and no gene, drug or year.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dss_core.decision.conditions import (
    AllOf,
    AnyOf,
    Condition,
    FieldHas,
    FieldIs,
    FieldRange,
    GenesAre,
)
from dss_core.decision.rule_table import RuleTable
from dss_core.decision.rules import (
    Branch,
    Facts,
    Flag,
    Node,
    Option,
    Source,
    Step,
)


@dataclass(frozen=True)
class Taken:
    """One step of a route: the question and the branch that was taken."""

    step: Step
    branch: Branch


@dataclass(frozen=True)
class Route:
    """Where a route ended and how.

    Attributes
    ----------
    preferred, other : tuple of Option
        The node's options that remain for this patient after conditions and filters.
    path : tuple of Taken
        Every step that was asked, in order.
    """

    table: RuleTable
    node: Node
    preferred: tuple[Option, ...]
    other: tuple[Option, ...]
    flags: tuple[Flag, ...]
    path: tuple[Taken, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Evidence of the node, as far as it is about options that remain."""
        offered = frozenset(option.regimen.id for option in (*self.preferred, *self.other))
        return tuple(source for source in self.node.evidence if source.is_of(offered))


NOTHING_LEFT = Flag.model_validate(
    {
        "[key]": "no_preferred_option_left",
        "says": "No preferred option remains. Consider the other options or individualise.",
    }
)
"""Raised by the engine when the filters leave a node without a preferred option."""


class Conditions:
    """Truth of the named conditions for one set of facts, each worked out once."""

    def __init__(self, table: RuleTable, facts: Facts) -> None:
        self._tests = table.condition_named
        self._facts = facts
        self._known: dict[str, bool] = {}

    def all(self, names: Iterable[str]) -> bool:
        """Whether every named condition holds; a name may begin with "not "."""
        return all(self._holds(name) for name in names)

    def _holds(self, name: str) -> bool:
        if name.startswith("not "):
            return not self._holds(name[4:])
        if name not in self._known:
            self._known[name] = self._evaluate(self._tests[name])
        return self._known[name]

    def _evaluate(self, test: Condition) -> bool:
        match test:
            case FieldIs(field=field, values=values):
                value = self._facts.value(field)
                return ("unknown" if value is None else value) in values
            case FieldRange(field=field, at_least=at_least, below=below):
                value = self._facts.value(field)
                return isinstance(value, int | float) and (
                    (at_least is None or value >= at_least) and (below is None or value < below)
                )
            case FieldHas(field=field, values=values):
                value = self._facts.value(field)
                return isinstance(value, frozenset) and not values.isdisjoint(value)
            case GenesAre(genes=genes, statuses=statuses, at_least=at_least):
                return sum(self._facts.gene(gene) in statuses for gene in genes) >= at_least
            case AllOf(names=names):
                return self.all(names)
            case AnyOf(names=names):
                return any(self._holds(name) for name in names)


def end_of(table: RuleTable, facts: Facts) -> Node:
    """Only the node a route ends in: for asking often."""
    return _path(table, Conditions(table, facts))[1]


def route(table: RuleTable, facts: Facts) -> Route:
    """The route of a case from the first step of a table.

    Parameters
    ----------
    table : RuleTable
        A checked table, so that there is always a way on.
    facts : Facts
        A `Patient`, or the groups of the imaging scores.
    """
    conditions = Conditions(table, facts)
    path, node = _path(table, conditions)
    fitting = [f for f in table.filters if conditions.all(f.when)]
    raised = {flag.id: flag for taken in path for flag in taken.branch.flags}
    raised |= {flag.id: flag for flag in node.flags}
    raised |= {
        flag.id: flag
        for flag in table.flags
        if flag.when and conditions.all(flag.when) and (not flag.nodes or node.id in flag.nodes)
    }

    def remaining(options: tuple[Option, ...]) -> tuple[Option, ...]:
        kept = []
        for option in options:
            if not conditions.all(option.when):
                continue
            removing = [f for f in fitting if f.removes(option.regimen)]
            raised.update({f.flag.id: f.flag for f in removing if f.flag})
            if not removing:
                kept.append(option)
        return tuple(kept)

    preferred, other = remaining(node.preferred), remaining(node.other)
    if node.preferred and not preferred:
        raised[NOTHING_LEFT.id] = NOTHING_LEFT
    return Route(table, node, preferred, other, tuple(raised.values()), path)


def _path(table: RuleTable, conditions: Conditions) -> tuple[tuple[Taken, ...], Node]:
    path: list[Taken] = []
    for step in table.steps:
        branch = next(branch for branch in step.branches if conditions.all(branch.when))
        path.append(Taken(step, branch))
        if branch.to is not None:
            return tuple(path), branch.to
    raise AssertionError("a checked table cannot run out of steps")

"""Facts without a record on which the answer depends: found by three-valued logic along the route.

A condition on a fact that is not recorded may still turn out either way. Where such a condition
decides which branch is taken, or which options remain, the answer depends on the fact. A condition
that is settled by what is recorded depends on nothing more.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dss_core.decision.conditions import AllOf, AnyOf, Condition, FieldHas, GenesAre
from dss_core.decision.pathway_engine import Conditions, Route
from dss_core.decision.patient import GeneStatus, Patient


@dataclass(frozen=True)
class _Truth:
    """True, False, or None with the fields without a record that would settle it."""

    holds: bool | None
    fields: tuple[str, ...] = ()


def not_recorded(route: Route, patient: Patient) -> tuple[str, ...]:
    """Names of the fields, in the order they are asked; a gene is `biomarkers.<gene>`.

    Parameters
    ----------
    route : Route
        The patient's route.
    patient : Patient
        The record it was found with.
    """
    logic = _Logic(route, patient)
    found: list[str] = []
    for taken in route.path:
        for branch in taken.step.branches:
            truth = logic.all(branch.when)
            if truth.holds is False:
                continue
            found += truth.fields
            if truth.holds:
                break
    options = (*route.node.preferred, *route.node.other)
    for option in options:
        found += logic.all(option.when).fields
    for row in route.table.filters:
        if any(row.removes(option.regimen) for option in options):
            found += logic.all(row.when).fields
    return tuple(dict.fromkeys(found))


class _Logic:
    """Truth of named conditions as far as the record settles it."""

    def __init__(self, route: Route, patient: Patient) -> None:
        self._tests = {condition.id: condition for condition in route.table.conditions}
        self._settled = Conditions(route.table, patient)
        self._patient = patient

    def all(self, names: Iterable[str]) -> _Truth:
        return self._join([self._named(name) for name in names], settles=False)

    def _named(self, name: str) -> _Truth:
        if name.startswith("not "):
            truth = self._named(name[4:])
            return _Truth(None if truth.holds is None else not truth.holds, truth.fields)
        return self._truth(self._tests[name])

    def _truth(self, test: Condition) -> _Truth:
        match test:
            case AllOf(names=names):
                return self.all(names)
            case AnyOf(names=names):
                return self._join([self._named(name) for name in names], settles=True)
            case GenesAre(genes=genes, statuses=statuses, at_least=at_least):
                have = sum(
                    self._patient.gene(gene) in statuses
                    for gene in genes
                    if not self._open(f"biomarkers.{gene}")
                )
                could = [f for gene in genes if self._open(f := f"biomarkers.{gene}")]
                if have >= at_least or have + len(could) < at_least:
                    return _Truth(have >= at_least)
                return _Truth(None, tuple(could))
            case FieldHas(field="egfr_variants"):
                unnamed = self._patient.gene("egfr") is GeneStatus.POSITIVE
                if unnamed and not self._patient.egfr_variants:
                    return _Truth(None, ("egfr_variants",))
            case _:
                if self._open(test.field):
                    return _Truth(None, (test.field,))
        return _Truth(self._settled.all([test.id]))

    def _open(self, field: str) -> bool:
        return self._patient.value(field) in (None, GeneStatus.NOT_RECORDED)

    @staticmethod
    def _join(parts: list[_Truth], settles: bool) -> _Truth:
        """Several truths as one: a part that `settles` it settles all, else every part counts."""
        if any(part.holds is settles for part in parts):
            return _Truth(settles)
        fields = tuple(field for part in parts for field in part.fields)
        return _Truth(None, fields) if fields else _Truth(not settles)

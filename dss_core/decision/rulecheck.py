"""Does every name in a rule book exist, and does every walk of it end? All faults at once.

The schema has already checked the shape; here rows are checked against each other. A walk ends
because steps are only left downwards, the last branch of a step always holds, and the last step
has nowhere to go on to.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dss_core.decision.patient import GeneStatus

Document = Mapping[str, Any]
Values = frozenset[str | bool | int]
Fields = Mapping[str, Values]
"""Fields a condition may name, with their values; `NUMBER` for a number."""

NUMBER: Values = frozenset({"unknown"})


def faults(doc: Document, fields: Fields) -> list[str]:
    """Every fault of a document as a sentence; empty if it can be used."""
    return [
        *_condition_faults(doc, fields),
        *_step_faults(doc),
        *_name_faults(doc),
        *_include_faults(doc),
    ]


def _condition_faults(doc: Document, fields: Fields) -> Iterator[str]:
    genes = {gene["id"] for gene in doc.get("gene", ())}
    statuses = {status.value for status in GeneStatus}
    seen: set[str] = set()
    for name, row in doc["condition"].items():
        where = f"condition {name}"
        if "field" in row:
            field = row["field"]
            if field not in fields:
                yield f"{where} uses the unknown field {field!r}"
            elif "is" in row or "has_any" in row:
                yield from _unknown(
                    where, "value", row.get("is", row.get("has_any")), fields[field]
                )
            elif fields[field] != NUMBER:
                yield f"{where} compares {field}, which is not a number"
        if "genes" in row:
            yield from _unknown(where, "gene", row["genes"], {"all", *genes})
            yield from _unknown(where, "status", row["status"], statuses)
        used = [*row.get("all", ()), *row.get("any", ())]
        yield from _unknown(where, "condition (it must stand above)", map(_bare, used), seen)
        seen.add(name)


def _step_faults(doc: Document) -> Iterator[str]:
    steps = doc["step"]
    ids = [step["id"] for step in steps]
    if len(set(ids)) < len(ids):
        yield f"two steps have the same id: {ids}"
    for number, step in enumerate(steps, start=1):
        where = f"step {step['id']}"
        branches = step["branch"]
        if "when" in branches[-1]:
            yield f"{where} has a condition on its last branch, so a walk may have no way on"
        if any("when" not in branch for branch in branches[:-1]):
            yield f"{where} has a branch without a condition that is not its last"
        if number == len(steps) and any(branch["to"] == "next" for branch in branches):
            yield f"{where} is the last step and cannot go on to a next one"
        for branch in branches:
            yield from _unknown(where, "node", {branch["to"]} - {"next"}, doc["node"])
            yield from _unknown(
                where, "node", [branch["via"]] if "via" in branch else [], doc["node"]
            )
            yield from _unknown(where, "flag", branch.get("flags", ()), doc.get("flag", {}))
            if doc["node"].get(branch["to"], {}).get("strategy") == "waypoint":
                yield f"{where} ends in the waypoint {branch['to']}; pass it with `via`"
        last = branches[-1]["to"]
        if last != "next" and "snapshots" in doc["node"].get(last, {}):
            yield f"{where} ends in {last}, which not every snapshot has"


def _name_faults(doc: Document) -> Iterator[str]:
    conditions, flags = doc["condition"], doc.get("flag", {})
    snapshots = {snapshot["id"] for snapshot in doc["snapshot"]}
    classes = {
        *doc.get("drug_class", ()),
        *(name for row in doc.get("regimen", {}).values() for name in row.get("classes", ())),
    }
    drugs = {drug for row in doc.get("regimen", {}).values() for drug in row.get("drugs", ())}
    for name, members in doc.get("drug_class", {}).items():
        yield from _unknown(f"drug_class {name}", "drug", members, drugs)
    for number, row in enumerate(doc.get("filter", ()), start=1):
        where = f"filter {number}"
        yield from _unknown(where, "drug", row.get("drugs", ()), drugs)
        yield from _unknown(where, "class", row.get("classes", ()), classes)
        yield from _unknown(where, "flag", [row["flag"]] if "flag" in row else [], flags)
    for name, row in flags.items():
        yield from _unknown(f"flag {name}", "node", row.get("nodes", ()), doc["node"])
    for name, row in doc["node"].items():
        where = f"node {name}"
        yield from _unknown(where, "flag", row.get("flags", ()), flags)
        yield from _unknown(where, "source", row.get("evidence", ()), doc.get("source", {}))
        for option in (*row.get("preferred", ()), *row.get("other", ())):
            yield from _unknown(where, "regimen", [option["regimen"]], doc.get("regimen", {}))
    for where, row in _rows(doc):
        yield from _unknown(where, "condition", map(_bare, row.get("when", ())), conditions)
        yield from _unknown(where, "snapshot", row.get("snapshots", ()), snapshots)


def _include_faults(doc: Document) -> Iterator[str]:
    """A node may take over the options of another that takes over none itself."""
    for name, row in doc["node"].items():
        for include in row.get("include", ()):
            other = doc["node"].get(include["node"])
            if other is None:
                yield f"node {name} includes the unknown node {include['node']!r}"
            elif "include" in other:
                yield f"node {name} includes {include['node']}, which itself includes another"


def _rows(doc: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every row that may carry `when` or `snapshots`, with words for where it stands."""
    for step in doc["step"]:
        for branch in step["branch"]:
            yield f"step {step['id']}", branch
    for number, row in enumerate(doc.get("filter", ()), start=1):
        yield f"filter {number}", row
    for gene in doc.get("gene", ()):
        yield f"gene {gene['id']}", gene
    for name, row in doc.get("flag", {}).items():
        yield f"flag {name}", row
    for name, row in doc["node"].items():
        yield f"node {name}", row
        for inner in (*row.get("preferred", ()), *row.get("other", ()), *row.get("include", ())):
            yield f"node {name}", inner


def _unknown(where: str, kind: str, used: Iterable[Any], known: Iterable[Any]) -> Iterator[str]:
    known = set(known)
    for name in used:
        if name not in known:
            yield f"{where} uses the unknown {kind} {name!r}"


def _bare(name: str) -> str:
    return name.removeprefix("not ")

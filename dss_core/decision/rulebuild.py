"""One snapshot of a checked rule document as typed rows, every name resolved to what it names."""

from typing import Any

from dss_core.decision.rules import (
    AfterYear,
    AllOf,
    AnyOf,
    Branch,
    Condition,
    FieldHas,
    FieldIs,
    FieldRange,
    Filter,
    Flag,
    GenesAre,
    Mark,
    Named,
    Node,
    Option,
    Regimen,
    RuleTable,
    Source,
    Step,
    Strategy,
    Test,
)


def build_table(doc: dict[str, Any], snapshot: Named) -> RuleTable:
    """One snapshot: rows of other snapshots are left out, branches to their nodes with them."""

    def here(row: dict[str, Any]) -> bool:
        return "snapshots" not in row or snapshot.id in row["snapshots"]

    genes = tuple(Named(g["id"], g["name"]) for g in doc.get("gene", ()) if here(g))
    classes: dict[str, list[str]] = doc.get("drug_class", {})
    regimens = {id_: _regimen(id_, row, classes) for id_, row in doc.get("regimen", {}).items()}
    sources = {
        id_: Source(id_, row["citation"], row.get("finding", ""), Mark(row["mark"]))
        for id_, row in doc.get("source", {}).items()
    }
    flags = {
        id_: Flag(id_, row["says"], tuple(row.get("when", ())), frozenset(row.get("nodes", ())))
        for id_, row in doc.get("flag", {}).items()
        if here(row)
    }

    def options(node: dict[str, Any], key: str) -> tuple[Option, ...]:
        own = [
            Option(
                regimens[row["regimen"]],
                row.get("category", ""),
                row.get("note", ""),
                tuple(row.get("when", ())),
            )
            for row in node.get(key, ())
            if here(row)
        ]
        taken = [
            Option(
                option.regimen, option.category, option.note, (*option.when, *row.get("when", ()))
            )
            for row in node.get("include", ())
            for option in options(doc["node"][row["node"]], key)
        ]
        return (*taken, *own)

    nodes = {
        id_: Node(
            id=id_,
            label=row.get("label", id_),
            title=row["title"],
            says=row["says"],
            strategy=Strategy(row["strategy"]),
            preferred=options(row, "preferred"),
            other=options(row, "other"),
            notes=tuple(row.get("notes", ())),
            flags=tuple(flags[flag] for flag in row.get("flags", ())),
            reading=row.get("reading", ""),
            category=row.get("category", ""),
            mark=Mark(row["mark"]),
            mark_detail=row.get("mark_detail", ""),
            evidence=tuple(sources[source] for source in row.get("evidence", ())),
        )
        for id_, row in doc["node"].items()
        if here(row)
    }
    steps = tuple(
        Step(
            row["id"],
            row["question"],
            row.get("reading", ""),
            tuple(
                Branch(
                    tuple(branch.get("when", ())),
                    None if branch["to"] == "next" else nodes[branch["to"]],
                    nodes[branch["via"]] if "via" in branch else None,
                    tuple(flags[flag] for flag in branch.get("flags", ())),
                    branch["answer"],
                )
                for branch in row["branch"]
                if branch["to"] == "next" or branch["to"] in nodes
            ),
        )
        for row in doc["step"]
    )
    filters = tuple(
        Filter(
            tuple(row["when"]),
            frozenset(row.get("drugs", ())),
            frozenset(row.get("classes", ())),
            flags[row["flag"]] if "flag" in row else None,
            row["says"],
        )
        for row in doc.get("filter", ())
    )
    gene_ids = tuple(gene.id for gene in genes)
    return RuleTable(
        id=doc["id"],
        title=doc["title"],
        notice=doc["notice"],
        snapshot=snapshot,
        genes=genes,
        conditions=tuple(
            Condition(id_, row["says"], _test(row, gene_ids))
            for id_, row in doc["condition"].items()
        ),
        steps=steps,
        nodes=tuple(nodes.values()),
        filters=filters,
        flags=tuple(flags.values()),
        regimens=tuple(regimens.values()),
        sources=tuple(sources.values()),
        after=tuple(AfterYear(row["year"], tuple(row["changes"])) for row in doc.get("after", ())),
    )


def _regimen(id_: str, row: dict[str, Any], classes: dict[str, list[str]]) -> Regimen:
    drugs = frozenset(row.get("drugs", ()))
    contained = {name for name, members in classes.items() if drugs & set(members)}
    return Regimen(id_, row["name"], drugs, frozenset(row.get("classes", ())) | contained)


def _test(row: dict[str, Any], genes: tuple[str, ...]) -> Test:
    """One of the forms the schema allows; `genes` are those this snapshot counts."""
    match row:
        case {"is": values, "field": field}:
            return FieldIs(field, frozenset(values))
        case {"has_any": values, "field": field}:
            return FieldHas(field, frozenset(values))
        case {"field": field}:
            return FieldRange(field, row.get("at_least"), row.get("below"))
        case {"genes": named, "status": statuses}:
            counted = tuple(gene for gene in genes if gene in named or "all" in named)
            return GenesAre(counted, frozenset(statuses), row.get("at_least", 1))
        case {"all": names}:
            return AllOf(tuple(names))
        case _:
            return AnyOf(tuple(row["any"]))

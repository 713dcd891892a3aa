"""The rule tables as a document for clinicians: every row of the data files, nothing else."""

from collections.abc import Iterable

from dss_core.decision.rule_set import RuleSet, imaging_rules
from dss_core.decision.rule_table import RuleTable
from dss_core.decision.rule_words import Mark
from dss_core.decision.rules import Node, Option


def rules_document(rules: RuleSet) -> str:
    """Markdown of the guideline (its default snapshot, others noted) and the imaging pathway."""
    table = rules.table()
    lines = [
        f"# {rules.title}: the rules in words",
        "",
        "Research use only. Not a medical device.",
        "",
        f"{table.notice}",
        "",
        "This document is generated from the rule table that the program follows "
        "(`python -m dss_core rules --out FILE`). Please review it as you would a protocol.",
        "",
        "Marks: " + "; ".join(f"**{mark}** {mark.words}" for mark in Mark) + ".",
        "",
        *_snapshots(rules),
        *_steps(table, "Steps"),
        *_filters(table),
        *_nodes(table),
        *_conditions(table),
        *_vocabulary(table),
        *_flags(table),
        *_sources(rules, "Sources"),
        *_after(table),
    ]
    imaging_set = imaging_rules()
    imaging = imaging_set.table()
    lines += [
        f"# {imaging.title}",
        "",
        imaging.notice,
        "",
        *_steps(imaging, "Steps of the imaging pathway"),
        *_nodes(imaging),
        *_sources(imaging_set, "Sources of the imaging pathway"),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _snapshots(rules: RuleSet) -> list[str]:
    default, *others = rules.tables
    lines = ["## Snapshots", "", f"- `{default.snapshot.id}`: {default.snapshot.name} (default)."]
    ids = {node.id for node in default.nodes}
    options = _offers(default)
    for table in others:
        lost = [gene.name for gene in default.genes if gene not in table.genes]
        fewer = sorted(ids - {node.id for node in table.nodes})
        off = [f"{name} at {node}" for node, name in options if (node, name) not in _offers(table)]
        lines.append(
            f"- `{table.snapshot.id}`: {table.snapshot.name}. "
            f"Not counted: {_list(lost)}. Nodes absent: {_list(fewer)}. "
            f"Options absent: {_list(o for o in off if o.rsplit(' at ')[1] not in fewer)}."
        )
    return [*lines, ""]


def _offers(table: RuleTable) -> list[tuple[str, str]]:
    return [(n.id, o.regimen.name) for n in table.nodes for o in (*n.preferred, *n.other)]


def _steps(table: RuleTable, title: str) -> list[str]:
    lines = [
        f"## {title}",
        "",
        "Steps are asked from top to bottom; in each, the first line that holds is taken.",
        "",
    ]
    says = {condition.id: condition.says for condition in table.conditions}
    for number, step in enumerate(table.steps, start=1):
        lines += [
            f"### {number}. {step.question}",
            "",
            "| if | answer | goes to |",
            "|---|---|---|",
        ]
        for branch in step.branches:
            when = _when(branch.when, says) or "otherwise"
            to = f"**{branch.to.id}**" if branch.to else "next step"
            via = f"{branch.via.id}, then " if branch.via else ""
            lines.append(f"| {when} | {branch.answer} | {via}{to} |")
        lines += ["", *([f"*{step.reading}*", ""] if step.reading else [])]
    return lines


def _nodes(table: RuleTable) -> list[str]:
    says = {condition.id: condition.says for condition in table.conditions}
    lines = ["## Answers", ""]
    for node in table.nodes:
        lines += [f"### {node.id}: {node.title}", "", node.says, ""]
        for label, options in (("Preferred", node.preferred), ("Other", node.other)):
            if options:
                lines += [f"- {label}:", *(f"  - {_option(o, says)}" for o in options)]
        lines += _node_facts(node)
        lines.append("")
    return lines


def _node_facts(node: Node) -> list[str]:
    detail = f" ({node.mark_detail})" if node.mark_detail else ""
    facts = [f"- Mark: **{node.mark}** {node.mark.words}{detail}."]
    if node.category:
        facts.append(f"- Category: {node.category}.")
    if node.flags:
        facts.append(f"- Flags: {_list(f'`{flag.id}`' for flag in node.flags)}.")
    if node.evidence:
        facts.append(f"- Evidence: {_list(f'`{source.id}`' for source in node.evidence)}.")
    facts += [f"- Note: {note}" for note in node.notes]
    if node.reading:
        facts.append(f"- *{node.reading}*")
    return facts


def _option(option: Option, says: dict[str, str]) -> str:
    parts = [option.regimen.name]
    if option.category:
        parts.append(f"category {option.category}")
    if option.note:
        parts.append(option.note)
    if option.when:
        parts.append(f"only if {_when(option.when, says)}")
    return "; ".join(parts)


def _filters(table: RuleTable) -> list[str]:
    says = {condition.id: condition.says for condition in table.conditions}
    lines = ["### What takes options off the list, without changing the answer", ""]
    for row in table.filters:
        gone = _list(sorted(row.drugs | row.classes))
        lines.append(f"- {row.says} (If {_when(row.when, says)}: {gone}.)")
    return [*lines, ""]


def _conditions(table: RuleTable) -> list[str]:
    lines = ["## Conditions", "", "| name | holds if |", "|---|---|"]
    return [*lines, *(f"| `{c.id}` | {c.says} |" for c in table.conditions), ""]


def _vocabulary(table: RuleTable) -> list[str]:
    lines = [
        "## Vocabulary of regimens and actions",
        "",
        "The names a program may meet in `preferred` and `other`.",
        "",
        "| id | name | drugs | contains or may contain immunotherapy |",
        "|---|---|---|---|",
    ]
    for row in table.regimens:
        drugs = _list(sorted(row.drugs)) if row.drugs else "-"
        lines.append(
            f"| `{row.id}` | {row.name} | {drugs} | {'yes' if row.contains_ici else 'no'} |"
        )
    return [*lines, ""]


def _flags(table: RuleTable) -> list[str]:
    lines = ["## Flags", "", "| id | meaning |", "|---|---|"]
    return [*lines, *(f"| `{flag.id}` | {flag.says} |" for flag in table.flags), ""]


def _sources(rules: RuleSet, title: str) -> list[str]:
    lines = [
        f"## {title}",
        "",
        "A snapshot shows no source that appeared after it; where only the month or year is known, "
        "its last day is given.",
        "",
        "| id | citation | finding | appeared | shown in | mark |",
        "|---|---|---|---|---|---|",
    ]
    shown = {
        table.snapshot.id: {source.id for node in table.nodes for source in node.evidence}
        for table in rules.tables
    }
    for source in rules.table().sources:
        where = _list(f"`{snapshot}`" for snapshot, ids in shown.items() if source.id in ids)
        lines.append(
            f"| `{source.id}` | {source.citation} | {source.finding or '-'} | {source.appeared} "
            f"| {where} | {source.mark} {source.mark.words} |"
        )
    return [*lines, ""]


def _after(table: RuleTable) -> list[str]:
    lines = ["## Changes since: why this pathway is outdated", ""]
    return [*lines, *(f"- {row.year}: {_list(row.changes)}." for row in table.after), ""]


def _when(names: Iterable[str], says: dict[str, str]) -> str:
    return " and ".join(
        f"not ({says[name[4:]]})" if name.startswith("not ") else says[name] for name in names
    )


def _list(items: Iterable[str]) -> str:
    return ", ".join(items) or "none"

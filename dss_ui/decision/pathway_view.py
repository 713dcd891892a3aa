"""A pathway drawn as a flow: every step and exit of its rules, the case's route highlighted.

Plain HTML and CSS made from the rule table, so that the drawing is also its own text alternative:
an ordered list of questions, each exit a native disclosure that opens its evidence by keyboard.
Every string is escaped.
"""

from html import escape

from dss_core.decision.pathway_engine import Route, Taken
from dss_core.decision.rules import Mark, Node, Option, Source, Step

LIGHT = {
    "lit": "#0B6E99", "lit_text": "#FFFFFF", "wash": "#E6F2F8", "line": "#B9C4CB",
    "soft": "#5A6670", "good": "#1B7F4B", "warn": "#9A5B00", "card": "#F6F8F9",
}  # fmt: skip
DARK = {
    "lit": "#58B7E0", "lit_text": "#08202C", "wash": "#12303E", "line": "#4A5560",
    "soft": "#A9B4BD", "good": "#63CF97", "warn": "#F0B35A", "card": "#1B222A",
}  # fmt: skip

_CSS = """
.dss-flow ol{list-style:none;margin:0;padding:0}
.dss-flow ul{list-style:none;margin:0;padding:0;font-size:inherit}
.dss-flow li.step{position:relative;margin:0;padding:0 0 .8rem 2.1rem}
.dss-flow li.step::before{content:"";position:absolute;left:.66rem;top:1.5rem;bottom:0;
 border-left:3px solid var(--line)}
.dss-flow li.step:last-child::before{display:none}
.dss-flow li.passed::before{border-color:var(--lit)}
.dss-flow .dot{position:absolute;left:0;top:0;width:1.5rem;height:1.5rem;border-radius:50%;
 display:flex;align-items:center;justify-content:center;font-size:.8rem;font-weight:600;
 border:2px solid var(--line);color:var(--soft);box-sizing:border-box}
.dss-flow .asked .dot{background:var(--lit);border-color:var(--lit);color:var(--lit-text)}
.dss-flow .q{font-weight:600;line-height:1.5rem;font-size:.95rem}
.dss-flow .skipped .q{font-weight:400;color:var(--soft)}
.dss-flow .a{color:var(--lit);font-size:.9rem;line-height:1.35;margin:.1rem 0 .15rem}
.dss-flow .exits{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.3rem}
.dss-flow .exits>li{margin:0;padding:0}
.dss-flow .exits>li:has(details[open]){flex-basis:100%}
.dss-flow summary{list-style:none;cursor:pointer;border:1px solid var(--line);border-radius:.7rem;
 padding:.05rem .5rem;font-size:.78rem;line-height:1.35rem;color:var(--soft);
 display:inline-block}
.dss-flow summary::-webkit-details-marker{display:none}
.dss-flow summary:hover,.dss-flow summary:focus-visible{border-color:var(--lit);color:var(--lit)}
.dss-flow .end{flex-basis:100%}
.dss-flow .end summary{background:var(--lit);border-color:var(--lit);color:var(--lit-text);
 font-size:.9rem;font-weight:600;padding:.25rem .7rem;border-radius:.5rem}
.dss-flow .end summary::after{content:"  ▸ evidence";font-weight:400;opacity:.85;font-size:.78rem}
.dss-flow .end details[open] summary::after{content:"  ▾ evidence"}
.dss-flow .card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;
 padding:.6rem .75rem;margin:.35rem 0 .2rem;font-size:.83rem;line-height:1.4}
.dss-flow .card p{margin:0 0 .35rem;font-size:inherit}
.dss-flow .card li{margin:0 0 .3rem;font-size:inherit}
.dss-flow .mark,.dss-answer .mark{border:1px solid currentColor;border-radius:.3rem;padding:0 .3rem;
 font-size:.72rem;white-space:nowrap;color:var(--soft)}
.dss-flow .unsure,.dss-answer .unsure{color:var(--warn)}
.dss-answer{background:var(--wash);border-left:4px solid var(--lit);border-radius:.4rem;
 padding:.65rem .85rem .7rem;margin-bottom:.4rem}
.dss-answer .label{font-size:.78rem;color:var(--soft)}
.dss-answer .head{font-size:1.12rem;font-weight:650;line-height:1.3;margin:.1rem 0 .2rem}
.dss-answer .body{font-size:.9rem;line-height:1.45}
.dss-answer .body ul{font-size:inherit;margin:.1rem 0 .3rem;padding-left:1.1rem}
.dss-answer .body li{margin:0;font-size:inherit}
.dss-answer .what{font-weight:600;margin-top:.25rem}
.dss-answer .aside{color:var(--soft);font-size:.84rem}
.dss-answer .flag{color:var(--warn);font-size:.86rem;line-height:1.35;margin-top:.2rem}
.dss-verdict{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .9rem;
 display:flex;gap:.9rem;align-items:baseline;flex-wrap:wrap}
.dss-verdict .badge{font-weight:700;font-size:1.05rem;white-space:nowrap}
.dss-verdict .agree{color:var(--good)}
.dss-verdict .diverge{color:var(--warn)}
.dss-verdict .not_comparable{color:var(--soft)}
.dss-verdict .why{flex:1 1 22rem;line-height:1.45}
.dss-verdict .why p{margin:0}
.dss-verdict .why p+p{color:var(--soft);font-size:.88rem;margin-top:.15rem}
.dss-gauge{margin:.25rem 0 .55rem}
.dss-gauge .row{display:flex;flex-wrap:wrap;justify-content:space-between;column-gap:.6rem;
 font-size:.85rem}
.dss-gauge .row strong{white-space:nowrap}
.dss-gauge .bar{position:relative;height:.7rem;border-radius:.35rem;background:var(--card);
 border:1px solid var(--line);margin-top:.2rem}
.dss-gauge .span{position:absolute;top:0;bottom:0;background:var(--lit);opacity:.3}
.dss-gauge .at{position:absolute;top:-.2rem;bottom:-.2rem;width:4px;margin-left:-2px;
 border-radius:2px;background:var(--lit)}
.dss-gauge .cut{position:absolute;top:-.3rem;bottom:-.3rem;border-left:2px dashed var(--soft)}
"""


def style(dark: bool) -> str:
    """The style sheet of everything in this module, for a light or dark page."""
    colours = DARK if dark else LIGHT
    names = "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())
    return f"<style>.dss-flow,.dss-answer,.dss-verdict,.dss-gauge{{{names}}}{_CSS}</style>"


def flow(route: Route) -> str:
    """All rules as a flow with this case's route highlighted."""
    taken = {step.step.id: step for step in route.path}
    steps = "".join(
        _step(number, step, taken.get(step.id), route)
        for number, step in enumerate(route.table.steps, start=1)
    )
    label = f"{route.table.title}, route taken, ending in {route.node.id}: {route.node.title}"
    return f'<section class="dss-flow" aria-label="{escape(label)}"><ol>{steps}</ol></section>'


def _step(number: int, step: Step, taken: Taken | None, route: Route) -> str:
    ends_here = taken is not None and taken.branch.to is not None
    state = "skipped" if taken is None else "asked" if ends_here else "asked passed"
    exits: dict[str, Node] = {}
    for branch in step.branches:
        exits |= {node.id: node for node in (branch.via, branch.to) if node is not None}
    lit = {node.id for node in (taken.branch.via, taken.branch.to) if node} if taken else set()
    ordered = sorted(exits.values(), key=lambda node: node.id in lit)
    items = "".join(_exit(node, node.id in lit, route) for node in ordered)
    answer = f'<div class="a">{escape(taken.branch.answer)}</div>' if taken else ""
    current = ' aria-current="step"' if ends_here else ""
    return (
        f'<li class="step {state}"{current}><span class="dot" aria-hidden="true">{number}</span>'
        f'<div class="q">{escape(step.question)}</div>{answer}'
        f'<ul class="exits">{items}</ul></li>'
    )


def _exit(node: Node, lit: bool, route: Route) -> str:
    full = f"{node.id} · {node.title}" if node.label == node.id else node.title
    title = full if lit else node.label
    group = escape(f"flow-{route.table.id}")
    return (
        f'<li class="{"end" if lit else "exit"}"><details name="{group}">'
        f'<summary title="{escape(node.title)}" aria-label="{escape(full)}">'
        f"{escape(title)}</summary>{_evidence(node)}</details></li>"
    )


def _evidence(node: Node) -> str:
    """What opens under a node: its words, options, mark and sources."""
    detail = f" ({node.mark_detail})" if node.mark_detail else ""
    parts = [f"<p><strong>{escape(node.title)}.</strong> {escape(node.says)}</p>"]
    for label, options in (("Preferred", node.preferred), ("Other", node.other)):
        if options:
            names = dict.fromkeys(option.regimen.name for option in options)
            parts.append(f"<p><strong>{label}:</strong> {escape('; '.join(names))}</p>")
    if node.category:
        parts.append(f"<p><strong>Category:</strong> {escape(node.category)}</p>")
    parts.append(f"<p>{_mark(node.mark)} {escape(detail.strip())}</p>")
    if node.reading:
        parts.append(f"<p><em>{escape(node.reading)}</em></p>")
    if node.evidence:
        parts.append(f"<ul>{''.join(map(_source, node.evidence))}</ul>")
    return f'<div class="card">{"".join(parts)}</div>'


def _source(source: Source) -> str:
    finding = f": {escape(source.finding)}" if source.finding else ""
    return f"<li>{escape(source.citation)}{finding} {_mark(source.mark)}</li>"


def _mark(mark: Mark) -> str:
    unsure = " unsure" if mark in (Mark.MEMORY, Mark.PARTLY) else ""
    return f'<span class="mark{unsure}">{escape(mark.words)}</span>'


def answer(label: str, route: Route, reasons: tuple[str, ...] = ()) -> str:
    """Where a route ended, as a box: the options that remain, notes and flags."""
    node = route.node
    body = "".join(f"<div>{escape(reason)}</div>" for reason in reasons or (node.says,))
    treats = any(option.regimen.is_treatment for option in route.preferred)
    body += _options("Preferred" if treats else "Next", route.preferred)
    body += _options("Other options", route.other)
    notes = [*node.notes, *([node.reading] if node.reading and not reasons else [])]
    body += "".join(f'<div class="aside">{escape(note)}</div>' for note in notes)
    flags = "".join(f'<div class="flag">⚠ {escape(flag.says)}</div>' for flag in route.flags)
    return (
        f'<div class="dss-answer"><div class="label">{escape(label)} {_mark(node.mark)}</div>'
        f'<div class="head">{escape(node.title)}</div><div class="body">{body}</div>{flags}</div>'
    )


def _options(label: str, options: tuple[Option, ...]) -> str:
    if not options:
        return ""
    rows = []
    for option in options:
        asides = [f"category {option.category}"] if option.category else []
        asides += [option.note] if option.note else []
        aside = f' <span class="aside">{escape(", ".join(asides))}</span>' if asides else ""
        rows.append(f"<li>{escape(option.regimen.name)}{aside}</li>")
    return f'<div class="what">{label}</div><ul>{"".join(rows)}</ul>'

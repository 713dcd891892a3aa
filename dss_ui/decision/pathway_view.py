"""A pathway drawn as the way this case took: its questions, its answers and where it ended.

Other answers, questions that were not asked, rule codes and sources open on demand. Plain HTML and
CSS made from the rule table, so that the drawing is also its own text alternative: an ordered list
of questions, with native disclosures that open by keyboard. Every string is escaped.
"""

from collections.abc import Iterable
from html import escape

from dss_core.decision.pathway_engine import Route, Taken
from dss_core.decision.rule_words import Mark
from dss_core.decision.rules import Branch, Node, Source, Step

LIGHT = {
    "lit": "#0B6E99", "lit_text": "#FFFFFF", "wash": "#E6F2F8", "line": "#B9C4CB",
    "soft": "#5A6670", "good": "#1B7F4B", "warn": "#9A5B00", "card": "#F6F8F9",
}  # fmt: skip
DARK = {
    "lit": "#58B7E0", "lit_text": "#08202C", "wash": "#12303E", "line": "#4A5560",
    "soft": "#A9B4BD", "good": "#63CF97", "warn": "#F0B35A", "card": "#1B222A",
}  # fmt: skip

_CSS = """
.dss-flow ol,.dss-flow ul{list-style:none;margin:0;padding:0;font-size:inherit}
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
.dss-flow .exits>li{margin:0;padding:.1rem 0;font-size:.85rem}
.dss-flow .end{background:var(--lit);color:var(--lit-text);font-weight:600;font-size:.95rem;
 padding:.25rem .7rem;border-radius:.5rem;margin:.3rem 0;display:inline-block}
.dss-flow summary,.dss-answer summary{cursor:pointer;font-size:.85rem;line-height:1.5rem;
 color:var(--soft);width:fit-content}
.dss-flow summary:hover,.dss-answer summary:hover{color:var(--lit);text-decoration:underline}
.dss-flow summary:focus-visible,.dss-answer summary:focus-visible{outline:2px solid var(--lit);
 outline-offset:2px}
.dss-flow details details{margin-left:1rem}
.dss-card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;
 padding:.6rem .75rem;margin:.35rem 0 .2rem;font-size:.83rem;line-height:1.4}
.dss-card p{margin:0 0 .35rem;font-size:inherit}
.dss-card ul{margin:0;padding:0;list-style:none}
.dss-card li{margin:0 0 .3rem;font-size:inherit}
.dss-card .mark{border:1px solid currentColor;border-radius:.3rem;padding:0 .3rem;
 font-size:.75rem;white-space:nowrap;color:var(--soft)}
.dss-card .unsure{color:var(--warn)}
.dss-answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem}
.dss-answer{background:var(--wash);border-left:4px solid var(--lit);border-radius:.4rem;
 padding:.6rem .8rem;min-width:0}
.dss-answer .label{font-size:.85rem;display:flex;flex-wrap:wrap;justify-content:space-between;
 column-gap:.6rem}
.dss-answer .label span{color:var(--soft)}
.dss-answer .head{font-size:1.3rem;font-weight:700;line-height:1.25;margin:.15rem 0 .25rem}
.dss-answer .sub{font-weight:600;margin-bottom:.2rem}
.dss-answer .body{font-size:.88rem;line-height:1.4}
.dss-answer .body ul{font-size:inherit;margin:.1rem 0 .3rem;padding-left:1.1rem}
.dss-answer .body .dss-card ul{padding-left:0}
.dss-answer .body li{margin:0;font-size:inherit}
.dss-answer .what{font-weight:600}
.dss-answer .aside{color:var(--soft);font-size:.84rem}
.dss-answers .doubts{grid-column:1/-1}
.dss-answers .flag{color:var(--warn);font-size:.84rem;line-height:1.35;margin-top:.2rem}
.dss-given{font-size:.88rem;line-height:1.4}
.dss-given ol{list-style:none;margin:.1rem 0 0;padding:0;font-size:inherit}
.dss-given li{margin:0 0 .3rem;padding:0;font-size:inherit;overflow-wrap:anywhere}
.dss-given .aside{color:var(--soft);font-size:.84rem}
.dss-verdict{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .8rem;
 display:flex;gap:.2rem .9rem;align-items:baseline;flex-wrap:wrap}
.dss-verdict .badge{font-weight:700;font-size:1.15rem;white-space:nowrap}
.dss-verdict .agree{color:var(--good)}
.dss-verdict .diverge{color:var(--warn)}
.dss-verdict .not_comparable{color:var(--soft)}
.dss-verdict .why{flex:1 1 20rem;line-height:1.4;font-size:.92rem}
.dss-verdict .why p{margin:0;font-size:inherit}
.dss-verdict .why p+p{color:var(--soft);font-size:.84rem}
.dss-gauge{margin:.3rem 0 .45rem}
.dss-gauge .row{display:flex;flex-wrap:wrap;justify-content:space-between;column-gap:.6rem;
 font-size:.85rem}
.dss-gauge .row strong{white-space:nowrap}
.dss-gauge .bar{position:relative;height:.6rem;border-radius:.35rem;background:var(--card);
 border:1px solid var(--line);margin-top:.2rem}
.dss-gauge .span{position:absolute;top:0;bottom:0;background:var(--lit);opacity:.3}
.dss-gauge .at{position:absolute;top:-.2rem;bottom:-.2rem;width:4px;margin-left:-2px;
 border-radius:2px;background:var(--lit)}
.dss-gauge .cut{position:absolute;top:-.3rem;bottom:-.3rem;border-left:2px dashed var(--soft)}
"""


def style(dark: bool) -> str:
    """The style sheet of the pathways and their cards, for a light or dark page."""
    colours = DARK if dark else LIGHT
    names = "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())
    parts = ",".join(f".dss-{part}" for part in ("flow", "answers", "verdict", "gauge", "given"))
    return f"<style>{parts}{{{names}}}{_CSS}</style>"


def flow(route: Route) -> str:
    """The questions that were asked, with the answers taken; all others folded."""
    steps = list(enumerate(route.table.steps, start=1))
    n = len(route.path)  # the steps of a table are asked in order, until an answer ends the route
    asked = "".join(
        _asked(number, taken, route) for (number, _), taken in zip(steps, route.path, strict=False)
    )
    label = f"{route.table.title}, route taken, ending in {route.node.title}"
    skipped = ""
    if rest := steps[n:]:
        count = f"{len(rest)} question{'' if len(rest) == 1 else 's'} not asked"
        items = "".join(_skipped(number, step) for number, step in rest)
        skipped = f"<details><summary>{count}</summary><ol>{items}</ol></details>"
    return (
        f'<section class="dss-flow" aria-label="{escape(label)}"><ol>{asked}</ol>{skipped}'
        "</section>"
    )


def evidence(route: Route, why: Iterable[str]) -> str:
    """Why a route ended there: one line to click, under it the reasons, the rule and its sources.

    Parameters
    ----------
    why : iterable of str
        Reasons in words, above the rule.
    """
    count = len(route.sources)
    sources = f" ({count} source{'' if count == 1 else 's'})" if count else ""
    snapshot, node = route.table.snapshot.id, route.node
    reasons = "".join(f"<p>{escape(reason)}</p>" for reason in why)
    reasons += f"<p>{escape(route.table.title)} · {escape(snapshot)} · {escape(node.id)}</p>"
    facts = _facts(node, route.sources)
    return (
        f"<details><summary>Why, and evidence{sources}</summary>"
        f'<div class="dss-card">{reasons}{facts}</div></details>'
    )


def _asked(number: int, taken: Taken, route: Route) -> str:
    step, branch = taken.step, taken.branch
    ends = branch.to is not None
    passed = f'<div class="a">{escape(branch.via.title)}</div>' if branch.via else ""
    end = f'<div class="end">{escape(branch.to.title)}</div>' if branch.to else ""
    others = [other for other in step.branches if other is not branch]
    more = ""
    if others:
        count = f"{len(others)} other answer{'' if len(others) == 1 else 's'}"
        more = f"<details><summary>{count}</summary>{_branches(others)}</details>"
    state = 'asked" aria-current="step"' if ends else 'asked passed"'
    return (
        f'<li class="step {state}><span class="dot" aria-hidden="true">{number}</span>'
        f'<div class="q">{escape(step.question)}</div>'
        f'<div class="a">{escape(branch.answer)}</div>{passed}{end}{more}</li>'
    )


def _skipped(number: int, step: Step) -> str:
    return (
        f'<li class="step skipped"><span class="dot" aria-hidden="true">{number}</span>'
        f'<div class="q">{escape(step.question)}</div>{_branches(step.branches)}</li>'
    )


def _branches(branches: Iterable[Branch]) -> str:
    """Answers, each with the nodes it leads to or passes, whose rule opens."""
    items = []
    for branch in branches:
        nodes = "".join(_exit(node) for node in (branch.via, branch.to) if node)
        items.append(f"<li>{escape(branch.answer)}{nodes or ' → next question'}</li>")
    return f'<ul class="exits">{"".join(items)}</ul>'


def _exit(node: Node) -> str:
    options = []
    for label, rows in (("Preferred", node.preferred), ("Other", node.other)):
        if rows:
            names = dict.fromkeys(option.regimen.name for option in rows)
            options.append(f"<p><strong>{label}:</strong> {escape('; '.join(names))}</p>")
    return (
        f"<details><summary>→ {escape(node.title)} ({escape(node.id)})</summary>"
        f'<div class="dss-card"><p>{escape(node.says)}</p>{"".join(options)}'
        f"{_facts(node, node.evidence)}</div></details>"
    )


def _facts(node: Node, sources: tuple[Source, ...]) -> str:
    """Category, mark, reading and sources of a node."""
    parts = [f"<p><strong>Category:</strong> {escape(node.category)}</p>"] if node.category else []
    detail = f" ({escape(node.mark_detail)})" if node.mark_detail else ""
    parts.append(f"<p>{_mark(node.mark)}{detail}</p>")
    if node.reading:
        parts.append(f"<p><em>{escape(node.reading)}</em></p>")
    if sources:
        parts.append(f"<ul>{''.join(map(_source, sources))}</ul>")
    return "".join(parts)


def _source(source: Source) -> str:
    finding = f": {escape(source.finding)}" if source.finding else ""
    return f"<li>{escape(source.citation)}{finding} {_mark(source.mark)}</li>"


def _mark(mark: Mark) -> str:
    unsure = " unsure" if mark in (Mark.MEMORY, Mark.PARTLY) else ""
    return f'<span class="mark{unsure}">{escape(mark.words)}</span>'

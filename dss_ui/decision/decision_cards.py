"""The answer in small drawings: what imaging suggests, what the guideline said, and the agreement.

What a reader needs first is in sight; reasons, rule codes and sources open with one click. Their
style sheet is in `dss_ui.decision.pathway_view`; every string is escaped.
"""

from collections.abc import Iterable
from html import escape

from dss_core.decision.agreement import TISSUE_FIRST, Agreement
from dss_core.decision.decide import Decision
from dss_core.decision.pathway import (
    DEMO,
    NAMES,
    OUTSIDE_SCOPE,
    UNUSUAL,
    ImagingResult,
    ImagingScore,
    ScoreGroup,
)
from dss_core.decision.pathway_engine import Route
from dss_core.decision.rules import Option
from dss_core.decision.tissue import TISSUE, TISSUE_AGAINST, TissueAnswer
from dss_core.scoring.score_text import cutoff_text
from dss_ui.decision.pathway_view import evidence

BADGES = {
    Agreement.AGREE: "✓ Pathways agree",
    Agreement.DIVERGE: "≠ Pathways differ",
    Agreement.NOT_COMPARABLE: "– Not comparable",
}


def answers(decision: Decision, scores_of: str) -> str:
    """Both answers side by side, or one below the other where there is no room.

    Parameters
    ----------
    scores_of : str
        Where the scores come from, in words.
    """
    imaging = _imaging(decision.imaging, scores_of, decision.tissue)
    flags = [warning for warning in (UNUSUAL, DEMO) if warning in decision.imaging.reasons]
    doubts = f'<div class="doubts">{_flags(flags)}</div>' if flags else ""
    return f'<div class="dss-answers">{imaging}{_guideline(decision.guideline)}{doubts}</div>'


def agreement_band(decision: Decision) -> str:
    """Agreement and its reasons, the first one largest; what tissue's card says is not repeated."""
    comparison = decision.comparison
    said = {TISSUE_FIRST} if decision.tissue else set()
    why = _lines((reason for reason in comparison.reasons if reason not in said), "p")
    return (
        f'<div class="dss-verdict" role="status"><span class="badge {comparison.agreement}">'
        f'{BADGES[comparison.agreement]}</span><div class="why">{why}</div></div>'
    )


def gauge(score: ImagingScore) -> str:
    """A score from 0 to 1 with its cut-off (dashed) and interval (band)."""
    interval = ""
    if score.interval:
        interval = f", 90% interval {score.interval[0]:.2f} to {score.interval[1]:.2f}"
    name = NAMES[score.task]
    return (
        f'<div class="dss-gauge" role="img" aria-label="{escape(score.says)}">'
        f'<div class="row"><strong>{name} {score.dls:.2f}</strong>'
        f"<span>{group_word(score)}{interval}; cut-off {cutoff_text(score.cutoff)}</span></div>"
        f"{bar(score)}</div>"
    )


def group_word(score: ImagingScore) -> str:
    """The side of the cut-off in a word."""
    undecided = score.group is ScoreGroup.INDETERMINATE
    return "indeterminate" if undecided else score.group.value


def bar(score: ImagingScore) -> str:
    """The bar of a gauge alone."""
    span = ""
    if score.interval:
        low, high = score.interval
        span = f'<div class="span" style="left:{low:.2%};width:{high - low:.2%}"></div>'
    return (
        f'<div class="bar">{span}<div class="cut" style="left:{score.cutoff:.2%}"></div>'
        f'<div class="at" style="left:{score.dls:.2%}"></div></div>'
    )


def _imaging(result: ImagingResult, scores_of: str, tissue: TissueAnswer | None) -> str:
    """What the scores suggest, beneath what tissue says, and the scores."""
    scores, node = result.scores, result.route.node
    said = result.reasons if result.recommendation == OUTSIDE_SCOPE else (node.says,)
    body = _lines(said)
    if tissue:
        body = _lines((f"{TISSUE_FIRST} {TISSUE_AGAINST if tissue.against else ''}".strip(),))
        body += _lines((f"Imaging alone: {node.title}",), "div", "sub")
    for score, reason in ((scores.egfr, scores.egfr_reason), (scores.pdl1, scores.pdl1_reason)):
        first = reason.partition(". ")[0].removesuffix(".")
        body += gauge(score) if score else _lines((f"{first}.",), "div", "aside")
    missing = (scores.pdl1_reason,) if scores.pdl1 is None else ()
    more = evidence(result.route, dict.fromkeys((*result.reasons, *missing)))
    if tissue:
        return _card(TISSUE, f"scores: {scores_of}" if scores_of else "", tissue.title, body + more)
    return _card("Imaging suggests", scores_of, node.title, body + more)


def _guideline(route: Route) -> str:
    """What the guideline said, its preferred options, and its warnings."""
    node = route.node
    sub = _lines((node.title,), "div", "sub") if node.headline != node.title else ""
    treats = any(option.regimen.is_treatment for option in route.preferred)
    body = sub + _options("Preferred" if treats else "Next", route.preferred)
    if route.other:
        count = len(route.other)
        other = _options("", route.other)
        body += (
            f"<details><summary>{count} other option{'' if count == 1 else 's'}</summary>"
            f"{other}</details>"
        )
    body += _lines(node.notes, "div", "aside") + _flags(flag.says for flag in route.flags)
    body += evidence(route, (node.says,))
    return _card("The 2020 guideline said", "historical", node.headline, body)


def _card(label: str, aside: str, head: str, body: str) -> str:
    return (
        f'<section class="dss-answer" aria-label="{escape(label)}: {escape(head)}">'
        f'<div class="label"><strong>{escape(label)}</strong> <span>{escape(aside)}</span></div>'
        f'<div class="head">{escape(head)}</div><div class="body">{body}</div></section>'
    )


def _lines(texts: Iterable[str], tag: str = "div", kind: str = "") -> str:
    opening = f'<{tag} class="{kind}">' if kind else f"<{tag}>"
    return "".join(f"{opening}{escape(text)}</{tag}>" for text in texts)


def _flags(texts: Iterable[str]) -> str:
    return _lines((f"⚠ {text}" for text in texts), "div", "flag")


def _options(label: str, options: tuple[Option, ...]) -> str:
    if not options:
        return ""
    rows = []
    for option in options:
        asides = [f"category {option.category}"] if option.category else []
        asides += [option.note] if option.note else []
        aside = f' <span class="aside">{escape(", ".join(asides))}</span>' if asides else ""
        rows.append(f"<li>{escape(option.regimen.name)}{aside}</li>")
    heading = f'<div class="what">{label}</div>' if label else ""
    return f"{heading}<ul>{''.join(rows)}</ul>"

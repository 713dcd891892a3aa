"""The small drawings of the decision page: the agreement band and the score gauges.

Their style sheet is in `dss_ui.decision.pathway_view`; every string is escaped.
"""

from html import escape

from dss_core.decision.agreement import Agreement, Comparison
from dss_core.decision.pathway import NAMES, ImagingScore, ScoreGroup
from dss_core.scoring.score_text import cutoff_text

BADGES = {
    Agreement.AGREE: "✓ Pathways agree",
    Agreement.DIVERGE: "≠ Pathways differ",
    Agreement.NOT_COMPARABLE: "– Not comparable",
}


def agreement_band(comparison: Comparison) -> str:
    """Agreement and its reasons, the first one largest."""
    why = "".join(f"<p>{escape(reason)}</p>" for reason in comparison.reasons)
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

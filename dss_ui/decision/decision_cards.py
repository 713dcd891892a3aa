"""The small drawings of the decision page: the verdict band and the score gauges.

Their style sheet is in `dss_ui.decision.pathway_view`; every string is escaped.
"""

from html import escape

from dss_core.decision.agreement import Agreement, Comparison
from dss_core.decision.pathway import NAMES, ImagingScore

BADGES = {
    Agreement.AGREE: "✓ Agree",
    Agreement.DIVERGE: "≠ Diverge",
    Agreement.NOT_COMPARABLE: "– Not comparable",
}


def verdict_band(comparison: Comparison) -> str:
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
        interval = f", interval {score.interval[0]:.2f} to {score.interval[1]:.2f}"
    name = NAMES[score.task]
    return (
        f'<div class="dss-gauge" role="img" aria-label="{escape(score.says)}">'
        f'<div class="row"><strong>{name} {score.dls:.2f}</strong>'
        f"<span>{score.group.value}{interval}; cut-off {score.cutoff:g}</span></div>"
        f"{bar(score)}</div>"
    )


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

"""The cards of the tumour board's page: scores, decision, verdict, past patients, warnings, origin.

Plain HTML with large type that follows the screen's size. The page fits one screen: the pictures
take the height that the rest leaves. Every string is escaped, and none is made here: the report
says everything.
"""

from base64 import b64encode
from html import escape

from dss_core.exports.board_report import (
    Answer,
    BoardReport,
    CurvesFigure,
    Gauge,
    OutcomeRow,
    ScoreLine,
)
from dss_core.exports.curves_svg import curves_svg, last_month


def board(report: BoardReport) -> str:
    """Everything below the pictures."""
    patient = f"<b>{escape(report.heads.patient)}:</b> {escape(report.patient)}"
    boxes = (
        f'<p class="patient">{patient}</p>',
        _box(report.heads.scores, "".join(_score(score) for score in report.scores)),
        _decided(report),
        _past(report),
        _foot(report),
    )
    label = escape(report.heads.title)
    return f'<section class="dss-board" aria-label="{label}">{"".join(boxes)}</section>'


def _score(score: ScoreLine) -> str:
    number = f'<span class="number">{score.number}</span>' if score.number else ""
    gauge = _gauge(score.gauge, score.tone) if score.gauge else ""
    meaning = f'<p class="small">{escape(score.meaning)}</p>' if score.meaning else ""
    return (
        f'<div class="score"><div class="row"><span class="name">{score.name}</span>{number}'
        f'<span class="group {score.tone}">{escape(score.group)}</span>'
        f'<span class="small">{escape(score.against)}</span></div>{gauge}{meaning}</div>'
    )


def _gauge(gauge: Gauge, tone: str) -> str:
    """The scale from 0 to 1; what it shows is said beside it."""
    return (
        f'<div class="gauge" aria-hidden="true"><i class="span" style="left:{gauge.low:.2%};'
        f'width:{gauge.high - gauge.low:.2%}"></i><i class="cut" style="left:{gauge.cutoff:.2%}">'
        f'</i><i class="at {tone}" style="left:{gauge.dls:.2%}"></i></div>'
    )


def _decided(report: BoardReport) -> str:
    d, v, heads = report.decision, report.verdict, report.heads
    reason = f" {escape(v.reason)}" if v.reason else ""
    signed = f'<p class="small">{escape(v.signed)}</p>' if v.signed else ""
    return _box(
        heads.decision,
        f'<p class="lead"><span class="badge {d.tone}">{escape(d.badge)}</span> {escape(d.lead)}'
        f"</p>{''.join(_answer(answer) for answer in d.answers)}"
        f"<h2>{escape(heads.verdict)}</h2><p><strong>{escape(v.opinion)}</strong>{reason}</p>"
        f"{signed}",
    )


def _answer(answer: Answer) -> str:
    text = escape(answer.text)
    said = f"<strong>{text}</strong>" if answer.strong else text
    return f'<p class="{"" if answer.strong else "small"}">{escape(answer.name)}: {said}</p>'


def _past(report: BoardReport) -> str:
    """The curves, and beside them the position and the counts of this patient's group.

    Without a curve there is room for the counts of every group.
    """
    past = report.past
    said = "".join(f"<p>{escape(line)}</p>" for line in past.lines)
    said += "".join(_outcome(past.heads, row) for row in past.rows if row.own or not past.figure)
    notes = f'<p class="small">{escape(" ".join(past.notes))}</p>' if past.notes else ""
    if past.figure is None:
        return _box(report.heads.past, said + notes)
    return _box(
        f"{report.heads.past}. {past.figure.title}",
        f'<div class="beside"><div>{_curves(past.figure)}{notes}</div><div>{said}</div></div>',
    )


def _outcome(heads: tuple[str, ...], row: OutcomeRow) -> str:
    cells = zip(heads[1:], (row.n, row.events, row.median, row.at_12), strict=True)
    counted = "; ".join(f"{head} {cell}" for head, cell in cells)
    return f'<p class="small"><b>{escape(row.group)}.</b> {escape(counted)}</p>'


def _curves(figure: CurvesFigure) -> str:
    """The curves with axes and, under them, the numbers at risk at the same months."""
    svg = b64encode(curves_svg(figure, 400, 130).encode()).decode()
    places = [float(month) / last_month(figure) for month in figure.months]
    levels = "".join(
        f'<span class="level" style="top:{share:.0%}">{text}</span>'
        for share, text in ((0, "100%"), (0.5, "50%"), (1, "0%"))
    )

    def row(name: str, cells: tuple[str, ...], tone: str = "", own: bool = False) -> str:
        marks = "".join(
            f'<span style="left:{place:.2%}">{escape(cell)}</span>'
            for place, cell in zip(places, cells, strict=True)
        )
        strong = " own" if own else ""
        return (
            f'<div class="risk{strong}"><b class="{tone}">{escape(name)}</b>'
            f'<div class="cells">{marks}</div></div>'
        )

    risk = "".join(row(t.group, t.rows[0], t.tone, t.own) for t in figure.tables)
    return (
        f'<div class="km"><div class="plot">{levels}<img alt="{escape(figure.alt)}" '
        f'src="data:image/svg+xml;base64,{svg}"></div>'
        f"{row(f'{figure.row_names[0]} ({figure.time_axis})', figure.months)}{risk}"
        f'<p class="small">{escape(figure.note)}</p></div>'
    )


def _foot(report: BoardReport) -> str:
    """Warnings of the case, then what produced the page."""
    warned = "".join(f'<span class="warn">⚠ {escape(text)}</span> ' for text in report.warnings)
    warned += escape(report.more_warnings)
    origin = " · ".join(f"{fact.name} {fact.value}" for fact in report.provenance)
    return (
        f'<div class="foot"><div><strong>{escape(report.heads.warnings)}</strong> {warned}</div>'
        f"<div>{escape(origin)}</div></div>"
    )


def _box(title: str, body: str) -> str:
    return f'<div class="box"><h2>{escape(title)}</h2>{body}</div>'

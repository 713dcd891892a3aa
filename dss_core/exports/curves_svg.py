"""Kaplan-Meier curves as a small SVG without text: steps, confidence bands, censoring ticks.

The words and counts around it are set by whoever places it, in the fonts of the document.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dss_core.case.place_in_cohort import GroupCurve
from dss_core.exports.board_report import CurvesFigure
from dss_core.records import Group

COLOURS = {Group.LOW: "#1F5F99", Group.HIGH: "#9A5B00"}
_DASHES = {Group.LOW: "6 3", Group.HIGH: "none"}
_OWN, _OTHER = 2.6, 1.4
_TICK = 3.2
_STROKE = 'vector-effect="non-scaling-stroke"'
"""Lines stay as thick as they are where the figure is stretched."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """Where a figure's axes lie, and its size.

    Attributes
    ----------
    months : float
        At the right end of the time axis.
    width, height : float
        In units of the SVG.
    """

    months: float
    width: float
    height: float

    def at(self, months: float, survival: float) -> Point:
        """A point of a curve in units of the SVG."""
        return months / self.months * self.width, (1.0 - survival) * self.height


def last_month(figure: CurvesFigure) -> float:
    """Month at the right end of the time axis: a little after the last curve ends."""
    return 1.02 * max([1.0, *(curve.end for curve in figure.survival.curves)])


def corners(curve: GroupCurve) -> list[Point]:
    """(months, survival) of a curve at both ends of every step."""
    points, level = [(0.0, 1.0)], 1.0
    for step in curve.steps:
        points += [(step.months, level), (step.months, step.survival)]
        level = step.survival
    return [*points, (curve.end, level)] if curve.end > points[-1][0] else points


def curves_svg(figure: CurvesFigure, width: float = 400.0, height: float = 200.0) -> str:
    """The figure; both axes span the whole of it, so that words can be placed by fractions."""
    frame = Frame(last_month(figure), width, height)
    parts = [_grid(figure, frame)]
    pairs = [(c, own) for c, own in zip(figure.survival.curves, figure.own, strict=True) if c.n]
    parts += [_band(curve, frame) for curve, _ in pairs]
    parts += [_line(curve, own, frame) for curve, own in pairs]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'preserveAspectRatio="none">'
        f"{''.join(parts)}</svg>"
    )


def _grid(figure: CurvesFigure, frame: Frame) -> str:
    lines = [f"M0 {share * frame.height:g}H{frame.width:g}" for share in (0.0, 0.25, 0.5, 0.75)]
    ticks = [
        f"M{frame.at(float(month), 0.0)[0]:.2f} {frame.height:g}v-4" for month in figure.months
    ]
    return (
        f'<path d="{"".join(lines)}" stroke="#D5DADE" stroke-width="0.7" fill="none" {_STROKE}/>'
        f'<path d="M0 0V{frame.height:g}H{frame.width:g}{"".join(ticks)}" stroke="#5B6670" '
        f'stroke-width="1" fill="none" {_STROKE}/>'
    )


def _band(curve: GroupCurve, frame: Frame) -> str:
    """The confidence band, in one piece for each stretch where there are limits."""
    pieces: list[str] = []
    ends = [step.months for step in curve.steps[1:]] + [curve.end]
    for step, end in zip(curve.steps, ends, strict=True):
        if step.low is None or step.high is None:
            continue
        (x0, top), (x1, bottom) = frame.at(step.months, step.high), frame.at(end, step.low)
        if x1 > x0:
            pieces.append(f"M{x0:.2f} {top:.2f}H{x1:.2f}V{bottom:.2f}H{x0:.2f}Z")
    colour = COLOURS[curve.group]
    return f'<path d="{"".join(pieces)}" fill="{colour}" fill-opacity="0.15"/>' if pieces else ""


def _line(curve: GroupCurve, own: bool, frame: Frame) -> str:
    colour, width = COLOURS[curve.group], _OWN if own else _OTHER
    ticks = "".join(
        f"M{x:.2f} {y - _TICK:.2f}V{y + _TICK:.2f}"
        for x, y in (frame.at(one.months, one.survival) for one in curve.censored)
    )
    dash = _DASHES[curve.group]
    return (
        f'<path d="{_path(frame.at(*point) for point in corners(curve))}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dash}" fill="none" {_STROKE}/>'
        f'<path d="{ticks}" stroke="{colour}" stroke-width="1" fill="none" {_STROKE}/>'
    )


def _path(points: Iterable[Point]) -> str:
    return "".join(f"{'L' if i else 'M'}{x:.2f} {y:.2f}" for i, (x, y) in enumerate(points))

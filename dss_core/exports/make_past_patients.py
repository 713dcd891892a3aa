"""The past patients of a board report, from the place in a case record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dss_core.case.place_in_cohort import (
    CohortPlace,
    Estimate,
    GroupCurve,
    GroupSurvival,
    ScorePosition,
    place_of,
    scored,
)
from dss_core.case.record import CaseRecord
from dss_core.decision.pathway import NAMES
from dss_core.exports import board_words as words
from dss_core.exports.board_report import (
    CurvesFigure,
    CurveTable,
    OutcomeRow,
    PastPatients,
    Tone,
)
from dss_core.exports.decision_words import DECISION_PHRASES
from dss_core.exports.phrase import Lang, Phrase, in_language, translated
from dss_core.exports.picture_words import NOT_REPORTED
from dss_core.exports.treatment_in_question import TreatmentInQuestion, treatment_in_question
from dss_core.records import Group, Task
from dss_core.survival.result_text import p_value

_SIDES = {Group.LOW: words.LOW, Group.HIGH: words.HIGH}
_TONES = {Group.LOW: Tone.LOW, Group.HIGH: Tone.HIGH}
_ENDPOINTS = {"pfs": words.PFS, "os": words.OS}


def past_patients(
    record: CaseRecord, decision: dict[str, Any], known: bool, lang: Lang
) -> PastPatients:
    """Position of each score; counts and curves of the groups on the treatment in question.

    Parameters
    ----------
    decision, known
        As in `treatment_in_question`.

    Raises
    ------
    InputError
        If the place in the record cannot be used.
    """
    place = place_of(record)
    heads = tuple(
        phrase.say(lang)
        for phrase in (words.GROUP, words.PATIENTS, words.EVENTS, words.MEDIAN, words.AT_12)
    )
    if place is None:
        withheld = all(scored(record.result, task) is None for task in Task)
        reason = words.NO_SCORE if withheld else words.NO_COHORT
        return PastPatients((reason.say(lang),), heads, (), None, ())
    main = place.positions[0]
    followed = [one for one in place.survival if one.task is main.task]
    shown = _shown(followed, treatment_in_question(decision, known), lang)
    lines = [_position(one, lang) for one in place.positions]
    return PastPatients(
        (*lines, shown.said) if shown.said else tuple(lines),
        heads,
        tuple(_rows(shown.counted, main, lang)),
        _figure(shown.drawn, main, lang) if shown.drawn else None,
        tuple(_notes(place, main, shown, lang)),
    )


@dataclass(frozen=True)
class _Shown:
    """Whose outcomes are counted, whose curves are drawn, and what is said about it."""

    counted: tuple[GroupSurvival, ...]
    drawn: GroupSurvival | None
    said: str


def _shown(followed: list[GroupSurvival], asked: TreatmentInQuestion, lang: Lang) -> _Shown:
    """The past patients on the treatment in question, and on no other.

    All of a cohort without treatments are shown; where no treatment is in question, those of each
    are counted and none is drawn.
    """
    named = [one for one in followed if one.treatment]
    if not named:
        return _Shown(tuple(followed), followed[0] if followed else None, "")
    for treatment in asked.treatments:
        for one in named:
            if one.treatment == treatment:
                return _Shown((one,), one, asked.said.say(lang, treatment=treatment))
    if asked.name:
        therapy = translated(asked.name, DECISION_PHRASES, lang) or asked.name
        return _Shown((), None, words.NO_SUCH_TREATMENT.say(lang, therapy=therapy))
    return _Shown(() if asked.against else tuple(named), None, asked.said.say(lang))


def _position(one: ScorePosition, lang: Lang) -> str:
    percent = f"{one.percentile:.0f}"
    name = NAMES[one.task]
    return words.PERCENTILE.say(lang, score=name, percent=percent, n=one.n_scored)


def _notes(place: CohortPlace, main: ScorePosition, shown: _Shown, lang: Lang) -> Iterator[str]:
    if place.cohort.synthetic:
        yield words.SYNTHETIC.say(lang)
    yield words.COHORT.say(lang, name=place.cohort.name, n=place.cohort.n)
    if not place.survival:
        yield words.NO_FOLLOW_UP.say(lang)
    if not shown.counted:
        return
    if main.group is Group.INDETERMINATE:
        yield words.NO_GROUP.say(lang)
    yield words.NOT_RANDOMISED.say(lang)


def _rows(
    shown: tuple[GroupSurvival, ...], main: ScorePosition, lang: Lang
) -> Iterator[OutcomeRow]:
    for one in shown:
        for curve in one.curves:
            name = _name(one.task, curve, lang)
            if one.treatment:
                name = f"{one.treatment}, {name}"
            yield OutcomeRow(
                name,
                curve.group is main.group,
                str(curve.n),
                str(curve.events),
                _months(curve.median, lang),
                _share(curve.at_12, lang),
            )


def _figure(shown: GroupSurvival, main: ScorePosition, lang: Lang) -> CurvesFigure:
    endpoint = _ENDPOINTS[shown.endpoint].say(lang)
    treatment = shown.treatment or words.ALL_TREATMENTS.say(lang)
    groups = ("；" if lang is Lang.ZH else "; ").join(
        words.CURVE_ALT.say(
            lang,
            group=_name(shown.task, curve, lang),
            n=curve.n,
            events=curve.events,
            median=_months(curve.median, lang),
        )
        for curve in shown.curves
    )
    own = tuple(curve.group is main.group for curve in shown.curves)
    tables = tuple(
        CurveTable(
            _name(shown.task, curve, lang),
            _TONES[curve.group],
            mine,
            (
                tuple(str(column.at_risk) for column in curve.counts),
                tuple(str(column.censored) for column in curve.counts),
                tuple(str(column.events) for column in curve.counts),
            ),
        )
        for curve, mine in zip(shown.curves, own, strict=True)
    )
    return CurvesFigure(
        words.CURVES.say(lang, endpoint=endpoint, treatment=treatment),
        words.CURVES_ALT.say(lang, endpoint=endpoint, treatment=treatment, groups=groups),
        shown,
        own,
        words.MONTHS.say(lang),
        endpoint,
        tuple(f"{column.months:g}" for column in shown.curves[0].counts),
        tuple(p.say(lang) for p in (words.AT_RISK, words.CENSORED, words.EVENTS)),
        tables,
        _test(shown, lang),
    )


def _test(shown: GroupSurvival, lang: Lang) -> str:
    hr = shown.hazard_ratio
    if hr is None or hr.estimate is None or hr.low is None or hr.high is None:
        reason = in_language(shown.not_reported, NOT_REPORTED, lang)
        return words.NO_TEST.say(lang, reason=reason)
    return words.HAZARD.say(
        lang,
        hr=f"{hr.estimate:.2f}",
        low=f"{hr.low:.2f}",
        high=f"{hr.high:.2f}",
        p=p_value(shown.logrank_p),
    )


def _name(task: Task, curve: GroupCurve, lang: Lang) -> str:
    return f"{NAMES[task]} {_SIDES[curve.group].say(lang)}"


def _months(value: Estimate, lang: Lang) -> str:
    """A median with its limits; an end that is not reached says so."""
    ends = (value.estimate, value.low, value.high)
    if value.estimate is None and value.low is None:
        return words.NOT_REACHED.say(lang)
    estimate, low, high = (
        words.NOT_REACHED.say(lang) if end is None else f"{end:.1f}" for end in ends
    )
    return words.RANGE.say(lang, estimate=estimate, low=low, high=high)


def _share(value: Estimate, lang: Lang) -> str:
    """A survival with its limits; where nobody is at risk there is none."""
    if value.estimate is None:
        return words.NOT_GIVEN.say(lang)
    estimate = f"{value.estimate:.0%}"
    if value.low is None or value.high is None:
        return estimate
    low, high = f"{100 * value.low:.0f}", f"{100 * value.high:.0f}"
    return words.RANGE.say(lang, estimate=estimate, low=low, high=high)


def side(group: Group) -> Phrase:
    """High or low in a word, or that it is neither."""
    return _SIDES.get(group, words.INDETERMINATE)


def tone(group: Group) -> Tone:
    """Colour of a group."""
    return _TONES.get(group, Tone.UNDECIDED)

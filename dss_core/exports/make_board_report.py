"""Making the board report of a case record."""

from datetime import datetime
from typing import Any

from dss_core.case.case_result import CaseResult
from dss_core.case.place_in_cohort import place_of
from dss_core.case.record import LOCAL_USER, CaseRecord
from dss_core.case.report import result_from_json
from dss_core.decision.assessment import Opinion
from dss_core.decision.pathway import NAMES
from dss_core.exports import board_words as words
from dss_core.exports.board_report import (
    BoardReport,
    Fact,
    Gauge,
    Heads,
    ReportPicture,
    ScoreLine,
    Tone,
    VerdictLines,
)
from dss_core.exports.make_decision_lines import LONGEST_REASON, cut, decision_lines
from dss_core.exports.make_past_patients import past_patients, side, tone
from dss_core.exports.patient_line import patient_line
from dss_core.exports.patient_words import PATIENT
from dss_core.exports.phrase import (
    UNTRANSLATED,
    UNTRANSLATED_BESIDE,
    Lang,
    Phrase,
    in_language,
    translated,
)
from dss_core.exports.picture_words import PICTURE_PHRASES
from dss_core.exports.recorded_decision import (
    assessed_by,
    has_facts,
    last_assessment,
    recorded_decision,
)
from dss_core.exports.warning_words import VALUES, WARNINGS, WITHHELD
from dss_core.records import CaseWarning, Group, Task, TaskScore
from dss_core.scoring.score_text import cutoff_text, shown

MOST_WARNINGS = 8
_LONGEST_WARNING, _LONGEST_VERDICT, _LONGEST_NAME = 160, 500, 80
_OPINIONS = {
    Opinion.ACCEPT: words.ACCEPTED,
    Opinion.DISAGREE: words.DISAGREED,
    Opinion.NOT_USABLE: words.NOT_USABLE,
}
_MEANINGS = {
    (Task.EGFR, Group.HIGH): words.EGFR_HIGH,
    (Task.EGFR, Group.LOW): words.EGFR_LOW,
    (Task.PDL1, Group.HIGH): words.PDL1_HIGH,
    (Task.PDL1, Group.LOW): words.PDL1_LOW,
}


def board_report(record: CaseRecord, lang: Lang = Lang.EN) -> BoardReport:
    """Everything that is presented of a case.

    The name of the region is left out: it may be that of a person.

    Raises
    ------
    InputError, DecisionError
        If result, decision, verdict or place in the record cannot be used.
    """
    result, decision = result_from_json(record.result), recorded_decision(record)
    facts = words.FACTS.say(
        lang,
        volume=f"{result.roi.volume_ml:.1f}",
        suv=f"{result.suv.max:.1f}",
        date=_date(record.created, lang),
    )
    if record.source.simulated:
        facts = f"{words.SIMULATED.say(lang)} · {facts}"
    warnings = [_warning(warning, lang) for warning in result.ranked_warnings]
    more = max(0, len(warnings) - MOST_WARNINGS)
    known = has_facts(record)
    return BoardReport(
        lang=lang,
        heads=_heads(lang),
        notice=words.NOTICE.say(lang),
        label=record.label,
        facts=facts,
        patient=patient_line(record.patient, lang) if known else words.NO_PATIENT.say(lang),
        created=record.created.isoformat(timespec="seconds"),
        pictures=tuple(_pictures(record, lang)),
        no_pictures="" if record.pictures else words.NO_PICTURES.say(lang),
        scores=tuple(_scores(result, lang)),
        decision=decision_lines(decision, known, result.unusual is not None, lang),
        verdict=_verdict(record, decision, lang),
        past=past_patients(record, decision, known, lang),
        warnings=tuple(warnings[:MOST_WARNINGS]) or (words.NO_WARNINGS.say(lang),),
        more_warnings=words.MORE.say(lang, n=more) if more else "",
        provenance=tuple(_provenance(record, result, decision, lang)),
    )


def _heads(lang: Lang) -> Heads:
    order = (
        words.TITLE,
        PATIENT,
        words.SCORES,
        words.DECISION,
        words.VERDICT,
        words.PAST,
        words.WARNINGS,
        words.PROVENANCE,
    )
    return Heads(*(phrase.say(lang) for phrase in order))


def _pictures(record: CaseRecord, lang: Lang) -> list[ReportPicture]:
    """In the order of the table of titles; one that is not in it comes last, by its own name."""
    order = list(words.PICTURES)
    known = sorted(
        record.pictures,
        key=lambda one: order.index(one.name) if one.name in order else len(order),
    )
    return [
        ReportPicture(
            one.name,
            words.PICTURES.get(one.name, Phrase(one.name, one.name)).say(lang),
            in_language(one.caption, PICTURE_PHRASES, lang),
            in_language(one.alt or one.caption or one.name, PICTURE_PHRASES, lang),
            one.png,
        )
        for one in known
    ]


def _scores(result: CaseResult, lang: Lang) -> list[ScoreLine]:
    lines = [_score(score, lang) for score in result.scores]
    if result.withheld:
        word = words.WITHHELD.say(lang)
        reason = _withheld(cut(result.withheld.reason, LONGEST_REASON), lang)
        *others, last = result.withheld.tasks
        lines += [ScoreLine(NAMES[task], "", word, Tone.UNDECIDED, "", "", None) for task in others]
        lines.append(ScoreLine(NAMES[last], "", word, Tone.UNDECIDED, "", reason, None))
    return lines


def _score(score: TaskScore, lang: Lang) -> ScoreLine:
    interval, cutoff = score.interval, score.cutoff
    against = words.AGAINST.say(
        lang,
        cutoff=cutoff_text(cutoff),
        level=f"{interval.level:.0%}",
        low=shown(interval.low, cutoff),
        high=shown(interval.high, cutoff),
    )
    return ScoreLine(
        NAMES[score.task],
        shown(score.dls, cutoff),
        side(score.group).say(lang),
        tone(score.group),
        against,
        _MEANINGS.get((score.task, score.group), words.UNDECIDED).say(lang),
        Gauge(score.dls, interval.low, interval.high, cutoff),
    )


def _verdict(record: CaseRecord, decision: dict[str, Any], lang: Lang) -> VerdictLines:
    """The last assessment; one of an answer that has changed since says so."""
    given = last_assessment(record)
    if given is None:
        return VerdictLines(words.NO_VERDICT.say(lang), "", "")
    who = assessed_by(record)
    if who == LOCAL_USER:
        who = words.LOCAL_USER.say(lang)
    who = cut(who, _LONGEST_NAME)
    signed = ", ".join(part for part in (who, _date(given.made_at, lang)) if part)
    answer = decision["guideline"]["node"], decision["imaging"]["recommendation"]
    if (given.node, given.recommendation) != answer:
        signed += f". {words.EARLIER_ANSWER.say(lang, node=given.node)}"
    reason = cut(given.reason, _LONGEST_VERDICT)
    return VerdictLines(_OPINIONS[given.opinion].say(lang), reason, signed)


def _provenance(
    record: CaseRecord, result: CaseResult, decision: dict[str, Any], lang: Lang
) -> list[Fact]:
    weights = f"{result.weights_id} ({result.weights_sha256[:12]})"
    if result.demo_weights:
        weights += f", {words.DEMO_WEIGHTS.say(lang)}"
    version = result.versions
    software = [f"nsclc-dss {version.get('dss_core', '?')}"]
    software += [f"{name} {version[name]}" for name in ("torch", "python") if name in version]
    found = [
        (words.CASE_ID, str(record.id)),
        (words.WEIGHTS, weights),
        (words.INPUT, result.input_digest[:12]),
        (words.SNAPSHOT, decision["guideline"]["snapshot"]),
        (words.SOFTWARE, ", ".join(software)),
    ]
    if place := place_of(record):
        found.append((words.COHORT_ID, f"{place.cohort.name} ({place.cohort.digest[:12]})"))
    return [Fact(phrase.say(lang), cut(value, 90)) for phrase, value in found]


def _warning(warning: CaseWarning, lang: Lang) -> str:
    """The first sentence of a warning, by its code; without a fixed form as it was written."""
    message = " ".join(warning.message.split())
    for phrase in WARNINGS.get(warning.code, ()):
        values = phrase.begins(message)
        if values is not None:
            said = {name: translated(one, VALUES, lang) or one for name, one in values.items()}
            return cut(phrase.say(lang, **said), _LONGEST_WARNING)
    first = cut(message.partition(". ")[0].rstrip(".") + ".", _LONGEST_WARNING)
    return first if lang is Lang.EN else UNTRANSLATED.say(lang, text=first)


def _withheld(reason: str, lang: Lang) -> str:
    """The reason in the words of the JSON, after a translation where the report has one."""
    for phrase in WITHHELD:
        values = phrase.begins(reason)
        if values is not None and lang is not Lang.EN:
            return UNTRANSLATED_BESIDE.say(lang, said=phrase.say(lang, **values), text=reason)
    return reason


def _date(at: datetime, lang: Lang) -> str:
    return f"{at.year}年{at.month}月{at.day}日" if lang is Lang.ZH else f"{at:%d %b %Y}"

"""The cards of the tumour board's page: scores, decision, cohort, warnings, origin.

Plain HTML with large type that follows the screen's size. The page fits one screen: the images take
the height that the rest leaves. Colours are those of `dss_ui.decision.pathway_view`. Every string
is escaped.
"""

from html import escape
from textwrap import shorten

from dss_core.decision.assessment import Assessment, Opinion
from dss_core.decision.decide import Decision
from dss_core.decision.pathway import NAMES, UNUSUAL, ImagingScore, ScoreGroup
from dss_core.records import Task
from dss_core.scoring.score_text import cutoff_text, shown
from dss_ui.decision.decision_cards import BADGES, bar, group_word
from dss_ui.decision.pathway_view import DARK, LIGHT
from dss_ui.decision.pathway_view import style as flow_style
from dss_ui.shell.words import TASKS

OPINIONS = {
    Opinion.ACCEPT: "accepted",
    Opinion.DISAGREE: "disagreed",
    Opinion.NOT_USABLE: "not usable",
}
_HIGH = {False: "#9A5B00", True: "#F0B35A"}
_CSS = """
.stMainBlockContainer{padding:.6rem 2rem .4rem;height:100vh;display:flex;flex-direction:column}
.stMainBlockContainer [data-testid="stAlertContainer"]{padding:.3rem .8rem;min-height:0}
.stMainBlockContainer .stVerticalBlock{gap:.45rem}
.stMainBlockContainer h1{padding:0;font-size:1.6rem}
.stAppHeader{background:transparent;pointer-events:none;height:2.4rem;min-height:0}
.st-key-banner{padding-left:1.6rem}
.stAppHeader button{pointer-events:auto}
.stMainBlockContainer .stAlert{padding-left:1.6rem}
.stVerticalBlock>:has(>.st-key-board-images){flex:1 1 0;min-height:9rem;max-height:38vw}
.stVerticalBlock>:has(>.st-key-board-images .stColumn:nth-child(4)){max-height:28vw}
.st-key-board-images,.st-key-board-images div:has(img){height:100%;min-height:0}
.st-key-board-images .stImage,.st-key-board-images .stImage *{width:100%;max-width:100%}
.st-key-board-images img{height:100%;object-fit:contain;background:#0C0F12}
.dss-board{display:grid;grid-template-columns:1.05fr 1fr 1fr;gap:.7rem}
.dss-board .box{border:1px solid var(--line);border-radius:.5rem;padding:.45rem .8rem;
 font-size:clamp(.82rem,1.15vw,1.5rem);line-height:1.32;overflow-wrap:anywhere}
.dss-board h2{font-size:.78em;font-weight:600;color:var(--soft);margin:0 0 .1rem;padding:0;
 letter-spacing:.02em}
.dss-board p{margin:0 0 .2rem;font-size:inherit}
.dss-board .score+.score{margin-top:.7rem}
.dss-board .row{display:flex;align-items:baseline;gap:.6rem;flex-wrap:wrap}
.dss-board .name{font-weight:600}
.dss-board .number{font-size:2.3em;font-weight:700;line-height:1.1}
.dss-board .group{font-weight:700;font-size:1.1em}
.dss-board .high,.dss-board .small.high{color:var(--high)} .dss-board .low{color:var(--lit)}
.dss-board .between,.dss-board .withheld{color:var(--soft)}
.dss-board .small{font-size:.84em;color:var(--soft)}
.dss-board .lead{font-size:1.12em;font-weight:650}
.dss-board .badge{font-weight:700}
.dss-board .agree{color:var(--good)} .dss-board .diverge{color:var(--high)}
.dss-board .not_comparable{color:var(--soft)}
.dss-board .foot{grid-column:1/-1;font-size:clamp(.74rem,.85vw,1.1rem);color:var(--soft);
 line-height:1.35}
.dss-board .foot .warn{color:var(--high)}
"""


def style(dark: bool) -> str:
    """The style sheet of the page, for a light or dark screen."""
    names = "".join(f"--{n.replace('_', '-')}:{v};" for n, v in (DARK if dark else LIGHT).items())
    return f"{flow_style(dark)}<style>.dss-board{{{names}--high:{_HIGH[dark]};}}{_CSS}</style>"


def board(*boxes: str) -> str:
    """The cards side by side, in the order given."""
    return f'<section class="dss-board" aria-label="Summary">{"".join(boxes)}</section>'


def scores_box(scores: dict[Task, ImagingScore | None], reasons: dict[Task, str]) -> str:
    """Every score large, with its group, interval and place on the scale from 0 to 1."""
    parts = [
        _score(score) if score else _absent(task, reasons[task]) for task, score in scores.items()
    ]
    return _box("Imaging scores (not a tissue test)", "".join(parts))


def decision_box(decision: Decision, placed: bool, assessment: Assessment | None) -> str:
    """Agreement first, then both pathways' ends.

    Parameters
    ----------
    placed : bool
        Whether anything is recorded of the patient.
    """
    comparison, guideline = decision.comparison, decision.guideline
    if placed:
        lead = (
            f'<p class="lead"><span class="badge {comparison.agreement}">'
            f"{BADGES[comparison.agreement]}.</span> {escape(comparison.reasons[0])}</p>"
        )
        node = f"{guideline.node.id}, {guideline.node.title}"
    else:
        lead = '<p class="lead">No patient record. Complete it on the Decision page.</p>'
        node = "not evaluated"
    given = ""
    if decision.imaging.scores.unusual:
        given = f'<p class="small high">{escape(UNUSUAL)}</p>'
    if assessment:
        given += f'<p class="small">{escape(_assessed(assessment))}</p>'
    return _box(
        "Imaging and 2020 guideline (historical; not for treatment decisions)",
        f"{lead}<p>Imaging: <strong>{escape(decision.imaging.route.node.title)}</strong></p>"
        f"<p>Guideline {escape(guideline.table.snapshot.id)}: <strong>{escape(node)}</strong></p>"
        f"{given}",
    )


def _assessed(assessment: Assessment) -> str:
    """The clinician's assessment with the start of its reason: the page stays one screen."""
    reason = shorten(assessment.reason, 160, placeholder=" …")
    return f"Clinician's assessment: {OPINIONS[assessment.opinion]}. {reason}".rstrip()


def cohort_box(lines: tuple[str, ...], notes: tuple[str, ...]) -> str:
    """Outcomes of past patients, and how to read them."""
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return _box("Outcomes of past patients", body + _small(notes))


def foot(warnings: tuple[str, ...], origin: str) -> str:
    """Warnings of the case, then what produced the page."""
    said = "".join(f'<div class="warn">⚠ {escape(warning)}</div>' for warning in warnings)
    return f'<div class="foot">{said}<div>{escape(origin)}</div></div>'


def _score(score: ImagingScore) -> str:
    number = shown(score.dls, score.cutoff)
    against = f"cut-off {cutoff_text(score.cutoff)}"
    if score.interval:
        low, high = (shown(end, score.cutoff) for end in score.interval)
        against += f", 90% interval {low} to {high}"
    meaning = ""
    if score.group is not ScoreGroup.INDETERMINATE:
        task = TASKS[score.task]
        meaning = _small((task.high if score.group is ScoreGroup.HIGH else task.low,))
    return (
        f'<div class="score" role="img" aria-label="{escape(score.says)}"><div class="row">'
        f'<span class="name">{NAMES[score.task]}</span><span class="number">{number}</span>'
        f'<span class="group {score.group}">{group_word(score)}</span>'
        f'<span class="small">{against}</span>'
        f'</div><div class="dss-gauge">{bar(score)}</div>{meaning}</div>'
    )


def _absent(task: Task, reason: str) -> str:
    return (
        f'<div class="score"><div class="row"><span class="name">{NAMES[task]}</span>'
        f'<span class="group withheld">no score</span></div><p class="small">{escape(reason)}</p>'
        "</div>"
    )


def _box(title: str, body: str) -> str:
    return f'<div class="box"><h2>{escape(title)}</h2>{body}</div>'


def _small(notes: tuple[str, ...]) -> str:
    return "".join(f'<p class="small">{escape(note)}</p>' for note in notes)

"""What a board report says of the decision: agreement, reasons, and the answers in their order."""

from collections.abc import Iterator
from typing import Any

from dss_core.decision.agreement import TISSUE_FIRST, Agreement
from dss_core.decision.rule_set import guideline_rules, imaging_rules
from dss_core.exports import board_words as words
from dss_core.exports.board_report import Answer, DecisionLines, Tone
from dss_core.exports.decision_words import DECISION_PHRASES
from dss_core.exports.phrase import Lang, in_language

LONGEST_REASON = 600
_BADGES = {
    Agreement.AGREE: (words.AGREE, Tone.GOOD),
    Agreement.DIVERGE: (words.DIVERGE, Tone.HIGH),
    Agreement.NOT_COMPARABLE: (words.NOT_COMPARABLE, Tone.UNDECIDED),
}


def decision_lines(
    decision: dict[str, Any], known: bool, unusual: bool, lang: Lang
) -> DecisionLines:
    """Both answers and whether they agree, tissue before a score.

    Parameters
    ----------
    decision : dict
        As `decide` prints it.
    known : bool
        Whether anything is recorded of the patient.
    unusual : bool
        Whether the images are unlike the training data: the scores are then doubted.
    """
    gap = "" if lang is Lang.ZH else " "
    doubt = (words.UNUSUAL.say(lang),) if unusual else ()
    guideline = words.GUIDELINE.say(lang, snapshot=snapshot_name(decision, lang))
    if not known:
        badge, colour = _BADGES[Agreement.NOT_COMPARABLE]
        lead = gap.join((words.NO_PATIENT.say(lang), *doubt))
        apart = (_imaging(decision, lang), Answer(guideline, words.NOT_EVALUATED.say(lang)))
        return DecisionLines(badge.say(lang), colour, lead, apart)
    badge, colour = _BADGES[Agreement(decision["agreement"])]
    said = {TISSUE_FIRST} if decision["tissue"] else set()  # the name of the first answer says it
    reasons = [one for one in decision["reasons"] if one not in said]
    lead = gap.join(in_language(one, DECISION_PHRASES, lang) for one in reasons)
    lead = cut(lead, LONGEST_REASON)
    answers = tuple(_answers(decision, Answer(guideline, _guideline(decision, lang)), lang))
    return DecisionLines(
        badge.say(lang), colour, gap.join(one for one in (lead, *doubt) if one), answers
    )


def _answers(decision: dict[str, Any], guideline: Answer, lang: Lang) -> Iterator[Answer]:
    if decision["tissue"] is None:
        yield _imaging(decision, lang)
        yield guideline
        return
    yield Answer(words.TISSUE.say(lang), _tissue(decision["tissue"], lang))
    yield guideline
    yield _imaging(decision, lang)


def _imaging(decision: dict[str, Any], lang: Lang) -> Answer:
    """What the scores suggest; beneath a result on tissue it is no answer of its own."""
    recommended = decision["imaging"]["recommendation"]
    nodes = {node.id: node.title for node in imaging_rules().table().nodes}
    text = in_language(nodes.get(recommended, recommended), DECISION_PHRASES, lang)
    beneath = decision["tissue"] is not None
    name = words.IMAGING_ALONE if beneath else words.IMAGING
    return Answer(name.say(lang), text, strong=not beneath)


def _tissue(tissue: dict[str, Any], lang: Lang) -> str:
    names = {gene.id: gene.name for gene in guideline_rules().genes}

    def named(gene: str) -> str:
        return in_language(names.get(gene, gene), DECISION_PHRASES, lang)

    found = [words.GENE_POSITIVE.say(lang, gene=named(gene)) for gene in tissue["positive"]]
    found += [words.GENE_NEGATIVE.say(lang, gene=named(gene)) for gene in tissue["negative"]]
    if tissue["pdl1"] is not None:
        percent = f"{tissue['pdl1']:g}"
        found.append(words.PDL1.say(lang, measure=tissue["pdl1_measure"], percent=percent))
    return ("，" if lang is Lang.ZH else ", ").join(found)


def _guideline(decision: dict[str, Any], lang: Lang) -> str:
    """The answer as a treatment, where it is one, then its code."""
    guideline = decision["guideline"]
    table = guideline_rules().table(guideline["snapshot"])
    treatment = next((n.headline for n in table.nodes if n.id == guideline["node"]), "")
    code, title = guideline["node"], in_language(guideline["title"], DECISION_PHRASES, lang)
    if treatment in ("", guideline["title"]):
        return f"{title} ({code})"
    return f"{in_language(treatment, DECISION_PHRASES, lang)} ({code}, {title})"


def snapshot_name(decision: dict[str, Any], lang: Lang) -> str:
    """Which version of the guideline, in words."""
    named = decision["guideline"]["snapshot"]
    return words.SNAPSHOTS[named].say(lang) if named in words.SNAPSHOTS else str(named)


def cut(text: str, longest: int) -> str:
    """Text of at most so many characters, cut between words where there are words."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    whole = text[: longest - 1]
    words_of = whole.rpartition(" ")[0]
    return f"{words_of if len(words_of) > longest // 2 else whole} …"

"""What is recorded of a patient, on one line: all inputs of the decision, and what is missing.

Only what somebody recorded is said; what nobody did is named as not recorded, never as a value.
"""

from collections.abc import Iterator

from dss_core.case.record import Document
from dss_core.decision.patient import GeneStatus, Patient, Pdl1Assay, Pdl1Status
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.exports import patient_words as words
from dss_core.exports.phrase import Lang, Phrase

_LATER = (
    "small_or_mixed_specimen",
    "can_wait_for_results",
    "rebiopsy_or_plasma_feasible",
    "platinum_ok",
    "bevacizumab_ok",
    "pemetrexed_ok",
)
_OLDEST = 89


def patient_line(facts: Document, lang: Lang) -> str:
    """The facts of a patient file on one line.

    Raises
    ------
    DecisionError
        If the facts cannot be used.
    """
    patient = patient_from_json(facts, guideline_rules()).patient
    known = [text for text in _known(patient, lang) if text]
    missing = [phrase.say(lang) for phrase in _missing(patient)]
    said = ("；" if lang is Lang.ZH else "; ").join(known)
    if not missing:
        return said
    left = words.NOT_RECORDED.say(lang, names=_listed(missing, lang))
    return f"{said}{'。' if lang is Lang.ZH else '. '}{left}" if said else left


def _known(patient: Patient, lang: Lang) -> Iterator[str]:
    if patient.stage_scope:
        yield words.STAGES[patient.stage_scope].say(lang)
    if patient.histology:
        yield words.HISTOLOGIES[patient.histology].say(lang)
    if patient.ecog_ps is not None:
        yield words.PS.say(lang, ps=patient.ecog_ps)
    yield _yes_no(patient, "prior_systemic_for_advanced", lang)
    if patient.age is not None:
        old = patient.age > _OLDEST  # a higher age can name a person
        yield words.OLD.say(lang) if old else words.AGE.say(lang, years=patient.age)
    if patient.smoking:
        yield words.SMOKING[patient.smoking].say(lang)
    yield from _genes(patient, lang)
    yield _pdl1(patient, lang)
    if patient.ici_contraindication:
        yield words.CONTRAINDICATIONS[patient.ici_contraindication].say(lang)
    for name in _LATER:
        yield _yes_no(patient, name, lang)


def _missing(patient: Patient) -> Iterator[Phrase]:
    """What every answer of the guideline rests on and nobody recorded."""
    unknown = GeneStatus.NOT_RECORDED
    genes = [gene for gene in guideline_rules().gene_ids if patient.gene(gene) is unknown]
    every = len(genes) == len(guideline_rules().gene_ids)
    if patient.stage_scope is None:
        yield words.STAGE_NAME
    if patient.histology is None:
        yield words.HISTOLOGY_NAME
    if patient.ecog_ps is None:
        yield words.PS_NAME
    if patient.prior_systemic_for_advanced is None:
        yield words.PRIOR_NAME
    if every:
        yield words.GENES_NAME
    else:
        yield from (words.GENES[gene] for gene in genes)
    if patient.pdl1_status is None:
        yield words.PDL1_NAME


def _genes(patient: Patient, lang: Lang) -> Iterator[str]:
    """Genes by their status, those found first."""
    for status, phrase in words.GENE_STATUS.items():
        genes = [g for g in guideline_rules().gene_ids if patient.gene(g) is status]
        if genes:
            yield phrase.say(lang, genes=_listed([_gene(g, patient, lang) for g in genes], lang))


def _gene(gene: str, patient: Patient, lang: Lang) -> str:
    name = words.GENES[gene].say(lang)
    if gene != "egfr" or not patient.egfr_variants:
        return name
    variants = ", ".join(sorted(patient.egfr_variants))
    return words.VARIANTS.say(lang, gene=name, variants=variants)


def _pdl1(patient: Patient, lang: Lang) -> str:
    status, assay = patient.pdl1_status, patient.pdl1_assay
    if status is None:
        return ""
    sp142 = assay is Pdl1Assay.SP142
    measured = (("TC" if sp142 else "TPS", patient.pdl1_tps), ("IC", patient.pdl1_ic))
    parts = [f"{name} {percent:g}%" for name, percent in measured if percent is not None]
    if status is not Pdl1Status.RESULTED or not parts:
        return words.PDL1_STATUS[status].say(lang)
    said = words.PDL1.say(lang, parts=", ".join(parts))
    return words.ASSAY.say(lang, parts=said, assay=assay.value) if assay else said


def _yes_no(patient: Patient, name: str, lang: Lang) -> str:
    value = patient.value(name)
    return "" if value is None else words.YES_NO[name][0 if value else 1].say(lang)


def _listed(names: list[str], lang: Lang) -> str:
    return ("、" if lang is Lang.ZH else ", ").join(names)

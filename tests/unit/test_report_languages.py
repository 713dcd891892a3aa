"""Every fixed text of a report is said in every language; facts are only what is known."""

import ast
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import dss_core
from dss_core.attention.explanation import CAPTION
from dss_core.case.demo_patients import demo_patients
from dss_core.decision.decide import decide
from dss_core.decision.pathway import ImagingScores, published
from dss_core.decision.rule_set import guideline_rules, imaging_rules
from dss_core.exports.decision_words import DECISION_PHRASES
from dss_core.exports.make_board_report import board_report
from dss_core.exports.patient_line import patient_line
from dss_core.exports.phrase import Lang, Phrase, in_language, translated
from dss_core.exports.picture_words import NOT_REPORTED, PICTURE_PHRASES
from dss_core.exports.warning_words import WARNINGS
from dss_core.records import Task
from tests.board_case import demo, with_result
from tests.decision_case import GENES, read, record

SOURCES = sorted(Path(dss_core.__file__).parent.rglob("*.py"))
VALUE = "7"


def sentences(path: Path) -> list[str]:
    """Every text of a source with a number in place of each value."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else VALUE for p in node.values]
            found.append("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found


def test_every_warning_of_the_program_has_its_sentence_in_every_language() -> None:
    codes, said = set(), []
    for path in SOURCES:
        if path.parent.name == "exports":
            continue
        tree = ast.parse(path.read_text())
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
        made = [c for c in calls if getattr(c.func, "id", "") == "CaseWarning" and c.args]
        codes |= {c.args[0].value for c in made if isinstance(c.args[0], ast.Constant)}  # type: ignore[misc]
        if made:
            said += sentences(path)
    assert len(codes) > 20
    assert codes <= WARNINGS.keys()
    for code, phrases in WARNINGS.items():
        if code.endswith("_outside_training"):
            continue  # one sentence for four quantities: see the test below
        for phrase in phrases:
            assert any(phrase.begins(one) is not None for one in said), (code, phrase.en)


def test_warnings_are_translated_by_code_without_the_name_of_the_region() -> None:
    warnings = [
        {"code": "overlapping_contours", "message": "Contours of 'A. Surname' partly overlap and "
         "were merged. Check the outline."},
        {"code": "suv_outside_training", "message": "SUVmax 0.8 g/mL, outside the training range "
         "(1.41 to 32 g/mL): the score may be unreliable."},
        {"code": "neighbourhood_leaves_image", "message": "The network field extends beyond the "
         "CT and the PET and was padded: the score may be affected."},
        {"code": "of_a_later_version", "message": "Something new. Look."},
    ]  # fmt: skip
    case = with_result(demo(), warnings=warnings)
    assert board_report(case).warnings == (
        "Contours of the region partly overlap and were merged.",
        "SUVmax 0.8 g/mL, outside the training range (1.41 to 32 g/mL): the score may be "
        "unreliable.",
        "The network field extends beyond the CT and the PET and was padded: the score may be "
        "affected.",
        "Something new.",
    )
    chinese = board_report(case, Lang.ZH).warnings
    assert chinese == (
        "区域的轮廓部分重叠，已合并。",
        "SUVmax 0.8 g/mL，超出训练范围（1.41 至 32 g/mL）：评分可能不可靠。",
        "网络视野超出 CT 与 PET 范围，已填充：评分可能受影响。",
        "Something new.（原文）",
    )


def test_every_answer_and_reason_of_a_decision_has_its_words_in_every_language() -> None:
    rules = guideline_rules()
    said = {text for t in rules.tables for n in t.nodes for text in (n.title, n.headline)}
    said |= {node.title for node in imaging_rules().table().nodes}
    said |= {gene.name for gene in rules.genes}
    scores = [
        ImagingScores(published(Task.EGFR, egfr), published(Task.PDL1, pdl1))
        for egfr, pdl1 in ((0.9, 0.1), (0.1, 0.9), (0.1, 0.1))
    ]
    scores.append(ImagingScores(None, None))
    states = ("positive", "negative", "pending", "unknown")
    facts: list[dict[str, Any]] = [{"histology": None}, {"histology": "other"}]
    for egfr, other, wait in product(states, states, (True, False)):
        genes = dict.fromkeys(GENES, other) | {"egfr": egfr}
        for variant, ps, ici in (("L858R", 1, "none"), ("other", 3, "ild"), ("ex20ins", 2, None)):
            variants = [variant] if egfr == "positive" else []
            if other == "positive":
                genes |= dict.fromkeys(GENES[2:], "negative")
            facts.append(genes | {"can_wait_for_results": wait, "egfr_variants": variants,
                                  "ecog_ps": ps, "ici_contraindication": ici})  # fmt: skip
    for one, changes in product(scores, facts):
        said |= set(decide(read(**changes), one).comparison.reasons)
    assert len(said) > 80
    missing = [s for s in said if translated(s, DECISION_PHRASES, Lang.ZH) is None]
    assert not missing
    for text in said:
        assert translated(text, DECISION_PHRASES, Lang.EN) == text
        assert not re.search(
            r"\b(the|is|and|of)\b", translated(text, DECISION_PHRASES, Lang.ZH) or ""
        )


def test_captions_and_alternative_texts_of_every_demo_patient_are_said_in_chinese() -> None:
    for patient in demo_patients():
        for picture in board_report(patient.record, Lang.ZH).pictures:
            assert "原文" not in picture.caption + picture.alt
    attention = (
        f"{CAPTION} Grad-CAM of EGFR-DLS, towards EGFR mutant: 0 to 3 (log-odds), up to the case "
        "maximum. Dashed: network field of view."
    )
    assert "EGFR 突变型" in in_language(attention, PICTURE_PHRASES, Lang.ZH)
    reason = "Fewer than 10 patients in EGFR-DLS high (3)."
    assert translated(reason, NOT_REPORTED, Lang.ZH) == "EGFR-DLS high (3) 患者不足 10 例。"


def test_a_phrase_gives_back_its_values() -> None:
    phrase = Phrase("{n} of {name} (a.b)", "{name}：{n}")
    assert phrase.read("3 of 4 (a.b)") == {"n": "3", "name": "4"}
    assert phrase.read("3 of 4 (axb)") is None
    assert phrase.begins("3 of 4 (a.b) and") is not None and phrase.begins("3 of 4 (a.b)c") is None


def test_the_facts_are_all_inputs_of_the_decision_and_only_what_is_known() -> None:
    facts = record(egfr="positive", egfr_variants=["ex19del"], alk="pending", ret="unknown",
                   pdl1_tps=80, pdl1_assay="22C3", platinum_ok=False, age=65)  # fmt: skip
    assert patient_line(facts, Lang.EN) == (
        "stage IV; adenocarcinoma; PS 1; no prior systemic therapy; 65 years; smoker; EGFR "
        "(ex19del) positive; ROS1, BRAF V600E, NTRK, MET exon 14 negative; ALK pending; PD-L1 TPS "
        "80% (22C3); no contraindication to immunotherapy; treatment can wait; repeat biopsy or "
        "plasma feasible; not suitable for platinum. Not recorded: RET"
    )
    assert patient_line({}, Lang.EN) == (
        "Not recorded: stage, histology, PS, prior therapy, driver genes, PD-L1"
    )
    assert "over 89 years" in patient_line(record(age=97), Lang.EN)
    sp142 = record(pdl1_tps=5, pdl1_ic=12, pdl1_assay="SP142")
    assert "PD-L1 TC 5%, IC 12% (SP142)" in patient_line(sp142, Lang.EN)


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("patient", demo_patients(), ids=lambda one: one.name)
def test_every_value_of_a_fact_has_its_words(patient: Any, lang: Lang) -> None:
    line = board_report(patient.record, lang).patient
    assert "PS" in line and "{" not in line
    assert line != board_report(patient.record, Lang.EN).patient or lang is Lang.EN

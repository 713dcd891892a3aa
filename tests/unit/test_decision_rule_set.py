"""A guideline is data: a made-up one works without code, a faulty one is refused whole."""

import json
from pathlib import Path

import pytest

from dss_core.cli import main
from dss_core.decision.document import rules_document
from dss_core.decision.rule_set import guideline_rules, imaging_rules
from dss_core.decision.rule_words import Mark, Strategy
from dss_core.errors import DecisionError

ROOT = Path(__file__).resolve().parents[2]

MADE_UP = """
id = "made_up_2031"
title = "Made-up guideline of 2031"
notice = "Not a guideline: made up for a test."
[[snapshot]]
id = "2031"
title = "All of 2031"
as_of = 2031-12-31
[[gene]]
id = "egfr"
name = "EGFR mutation"
[[gene]]
id = "zeta9"
name = "A gene nobody knows yet"
[condition.zeta]
says = "zeta9 positive"
genes = ["zeta9"]
status = ["positive"]
[condition.frail]
says = "PS 4"
field = "ecog_ps"
is = [4]
[[step]]
id = "driver"
question = "Is zeta9 positive?"
branch = [
  { when = ["zeta", "not frail"], to = "Z1", flags = ["new"], answer = "Yes" },
  { to = "Z0", answer = "No" },
]
[flag.new]
says = "Brand new."
[regimen]
zetanib = { name = "Zetanib", drugs = ["zetanib"] }
rest = { name = "Rest" }
[source]
dream = { citation = "A made-up trial", appeared = 2031-01-01, about = ["zetanib"], mark = "MEM" }
[node.Z1]
title = "Zeta"
says = "Treat zeta9."
strategy = "targeted"
preferred = [{ regimen = "zetanib" }]
mark = "MEM"
evidence = ["dream"]
[node.Z0]
title = "Nothing"
says = "Nothing to treat."
strategy = "none"
preferred = [{ regimen = "rest" }]
mark = "RULE"
"""


def made_up(folder: Path, text: str = MADE_UP) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "rules.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("ps", "node"), [(1, "Z1"), (4, "Z0")])
def test_a_new_guideline_year_is_a_data_file_and_no_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ps: int, node: str
) -> None:
    folder = made_up(tmp_path / "made_up_2031")
    patient = tmp_path / "patient.json"
    patient.write_text(json.dumps({"biomarkers": {"zeta9": "positive"}, "ecog_ps": ps}))
    assert main(["decide", str(patient), "--rules", str(folder)]) == 0
    said = json.loads(capsys.readouterr().out)["guideline"]
    assert (said["rules"], said["snapshot"], said["node"]) == ("made_up_2031", "2031", node)
    assert said["flags"] == (["new"] if node == "Z1" else [])
    assert "Zetanib" in rules_document(guideline_rules(folder))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'to = "Z0", answer',
            'to = "Z7", answer',
            r"step\[0\]\.branch\[1\]\.to: unknown node 'Z7'",
        ),
        ('{ to = "Z0"', '{ when = ["zeta"], to = "Z0"', "may have no way on"),
        ('to = "Z0", answer', 'to = "next", answer', "last step and cannot go on"),
        ('strategy = "none"', 'strategy = "waypoint"', "ends in the waypoint Z0"),
        ('genes = ["zeta9"]', 'genes = ["zeta8"]', "unknown gene 'zeta8'"),
        (
            'status = ["positive"]',
            'status = ["likely"]',
            "condition.zeta.status.0.: expected 'positive'.*'likely'",
        ),
        ('field = "ecog_ps"', 'field = "ecog"', "unknown field 'ecog'"),
        ("is = [4]", "is = [5]", "unknown value 5"),
        ('"not frail"', '"not weak"', "unknown condition 'weak'"),
        ('flags = ["new"]', 'flags = ["old"]', "unknown flag 'old'"),
        ('regimen = "zetanib"', 'regimen = "thetanib"', "unknown regimen 'thetanib'"),
        ('evidence = ["dream"]', 'evidence = ["sleep"]', "unknown source 'sleep'"),
        (
            'strategy = "targeted"',
            'strategy = "hope"',
            "node.Z1.strategy: expected 'none'.*found 'hope'",
        ),
        ('mark = "RULE"', 'mark = "SURE"', "node.Z0.mark: expected 'C', .*found 'SURE'"),
        ('title = "Zeta"', 'titel = "Zeta"', "node.Z1.titel: unknown field"),
        ("[source]", "[source", "not valid TOML"),
    ],
)
def test_a_faulty_row_is_refused_by_name(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in MADE_UP
    folder = made_up(tmp_path / "faulty", MADE_UP.replace(old, new, 1))
    with pytest.raises(DecisionError, match=fault):
        guideline_rules(folder)


def test_all_faults_of_a_rule_set_are_named_at_once(tmp_path: Path) -> None:
    text = MADE_UP.replace('evidence = ["dream"]', 'evidence = ["sleep"]')
    folder = made_up(tmp_path / "faulty", text.replace('regimen = "rest"', 'regimen = "nap"'))
    with pytest.raises(DecisionError, match=r"2 faults: .*'sleep'.*'nap'"):
        guideline_rules(folder)


def test_shape_and_names_of_every_row_are_refused_together(tmp_path: Path) -> None:
    text = MADE_UP
    for old, new in (
        ('mark = "RULE"', 'mark = "SURE"'),
        ('title = "Zeta"', 'titel = "Zeta"'),
        ("is = [4]", "is = [4, 7]"),
        ('"not frail"', '"not weak"'),
        ('flags = ["new"]', 'flags = ["old"]'),
        ('notice = "Not', 'notice = 3 # "Not'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(DecisionError) as refused:
        guideline_rules(made_up(tmp_path / "faulty", text))
    said = str(refused.value)
    assert said.startswith("The rule set faulty cannot be used, 7 faults: ")
    for fault in (
        "notice: expected text, found 3",
        "condition.frail.is: unknown value 7 of ecog_ps",
        "node.Z1.title: expected, not found",
        "node.Z1.titel: unknown field",
        "node.Z0.mark: expected 'C', 'P', 'MEM' or 'RULE', found 'SURE'",
        "step[0].branch[0].when[1]: unknown condition 'weak'",
        "step[0].branch[0].flags[0]: unknown flag 'old'",
    ):
        assert fault in said, said


@pytest.mark.parametrize("section", ["snapshot", "gene", "node", "step", "condition", "regimen"])
@pytest.mark.parametrize("value", ["5", '"text"', "[1]", "[{ id = 3 }]", "nan", "[[[]]]"])
def test_a_section_of_another_shape_is_refused_in_words(
    tmp_path: Path, section: str, value: str
) -> None:
    rows = [row for row in MADE_UP.split("[[") if not row.startswith(section + "]]")]
    kept = "[[".join(rows)
    text = f"{section} = {value}\n" + "\n".join(
        line for line in kept.splitlines() if not line.startswith(f"[{section}")
    )
    with pytest.raises(DecisionError):
        guideline_rules(made_up(tmp_path / "faulty", text))


def test_rules_nested_without_end_are_refused(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "deep", MADE_UP + "deep = " + "[" * 100_000 + "]" * 100_000)
    with pytest.raises(DecisionError, match="nested too deep"):
        guideline_rules(folder)


def test_an_empty_folder_is_not_a_rule_set(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match=r"a folder with \.toml files"):
        guideline_rules(tmp_path)


def test_every_row_of_the_2020_guideline_carries_a_mark_and_is_reachable() -> None:
    for table in guideline_rules().tables:
        targets = {b.to for s in table.steps for b in s.branches if b.to}
        vias = {b.via for s in table.steps for b in s.branches if b.via}
        assert targets | vias == set(table.nodes)
        assert {node.id for node in vias} == {"M2", "M3"}
        for node in table.nodes:
            assert node.mark is Mark.RULE or node.evidence
            assert node.preferred or node.strategy is Strategy.WAYPOINT


def test_every_immunotherapy_of_the_vocabulary_is_known_as_one() -> None:
    drugs = {"pembrolizumab", "atezolizumab", "nivolumab", "ipilimumab"}
    for regimen in guideline_rules().table().regimens:
        by_name = regimen.id == "driver_negative_regimen" or any(d in regimen.id for d in drugs)
        assert regimen.contains_ici == by_name


def test_every_regimen_and_source_is_used() -> None:
    table = guideline_rules().table()
    offered = {o.regimen for n in table.nodes for o in (*n.preferred, *n.other)}
    assert offered == set(table.regimens)
    shown = {s.id for t in guideline_rules().tables for n in t.nodes for s in n.evidence}
    last = max(t.snapshot.as_of for t in guideline_rules().tables)
    for source in table.sources:
        assert (source.id in shown) == (source.appeared <= last), source.id
    assert {s for n in imaging_rules().table().nodes for s in n.evidence} == set(
        imaging_rules().table().sources
    )


def test_the_document_for_clinicians_is_the_rule_table_of_today() -> None:
    """Made again by `python -m dss_core rules --out docs/decision_rules.md`."""
    kept = (ROOT / "docs" / "decision_rules.md").read_text(encoding="utf-8")
    assert kept == rules_document(guideline_rules())
    for node in guideline_rules().table().nodes:
        assert f"### {node.id}: {node.title}" in kept

"""The drawing of a route: its own text alternative, folded but for the way taken, and escaped."""

import re
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from dss_core.decision.pathway_engine import route
from dss_core.decision.rule_set import guideline_rules
from dss_ui.decision.pathway_view import evidence, flow
from tests.decision_case import read
from tests.unit.test_decision_rule_set import MADE_UP, made_up


@pytest.mark.parametrize("node", ["E1", "NS50", "M0"])
def test_the_drawing_is_its_own_text_alternative(node: str) -> None:
    changes: dict[str, Any] = {
        "E1": {"egfr": "positive", "egfr_variants": ["L858R"]},
        "NS50": {"pdl1_tps": 80},
        "M0": {"egfr": "pending"},
    }[node]
    routed = route(guideline_rules().table(), read(**changes).patient)
    drawn = flow(routed)
    assert routed.node.id == node
    assert drawn.count('<li class="step') == len(routed.table.steps)
    assert drawn.count('<li class="step asked') == len(routed.path)
    assert f"ending in {routed.node.title}" in drawn
    assert drawn.count(f'<div class="end">{routed.node.title}</div>') == 1
    assert drawn.count('<div class="end">') == drawn.count('aria-current="step"') == 1
    assert drawn.count("<details") == drawn.count("<summary")
    for branch in (branch for step in routed.table.steps for branch in step.branches):
        if branch.to and branch.to.id != node:
            assert f"→ {escape(branch.to.title)} ({branch.to.id})</summary>" in drawn
    why = evidence(routed, ())
    assert f"{routed.table.snapshot.id} · {node}<" in why
    marks = [source for source in routed.sources if source.mark == "MEM"]
    assert why.count("citation not verified") >= len(marks)
    assert all(escape(source.citation) in why for source in routed.sources)


def test_only_the_way_taken_is_open() -> None:
    """Without what is folded: the questions asked, the answers taken, one end, and no code."""
    routed = route(guideline_rules().table(), read(pdl1_tps=80).patient)
    drawn = flow(routed)
    while "<details>" in drawn:
        drawn = re.sub(r"<details>(?:(?!<details>).)*?</details>", "", drawn, flags=re.S)
    for taken in routed.path:
        assert escape(taken.step.question) in drawn and escape(taken.branch.answer) in drawn
    assert drawn.count('<div class="q">') == len(routed.path)
    shown = unescape(re.sub(r"<[^>]+>", " ", drawn))
    assert not {node.id for node in routed.table.nodes} & set(re.findall(r"[\w+-]+", shown))


def test_every_string_of_the_table_is_escaped(tmp_path: Path) -> None:
    evil = MADE_UP.replace("Is zeta9 positive?", "<script>x</script>?").replace(
        'title = "Zeta"', "title = '<img src=x onerror=\"y\">'"
    )
    table = guideline_rules(made_up(tmp_path / "evil", evil)).table()
    drawn = flow(route(table, read().patient))
    assert "<script" not in drawn and "<img" not in drawn
    assert "&lt;script&gt;" in drawn

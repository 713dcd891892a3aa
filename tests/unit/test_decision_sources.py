"""Every source is of its snapshot and of its options, and cites the paper that holds the figure."""

from datetime import date
from pathlib import Path

import pytest

from dss_core.decision.rule_set import guideline_rules, imaging_rules
from dss_core.decision.rule_table import RuleTable
from dss_core.errors import DecisionError
from tests.decision_case import route_of
from tests.unit.test_decision_rule_set import MADE_UP, made_up

TABLES = [*guideline_rules().tables, *imaging_rules().tables]
SOURCES = {source.id: source for source in guideline_rules().table().sources}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.snapshot.id)
def test_no_node_shows_a_source_later_than_its_snapshot_or_not_of_its_options(
    table: RuleTable,
) -> None:
    for node in table.nodes:
        offered = {option.regimen.id for option in (*node.preferred, *node.other)}
        for source in node.evidence:
            assert source.appeared <= table.snapshot.as_of, (node.id, source.id)
            assert not source.about or source.about & offered, (node.id, source.id)


def test_snapshots_are_dated_as_the_guideline_editions_they_stand_for() -> None:
    late, early = guideline_rules().tables
    assert (late.snapshot.as_of, early.snapshot.as_of) == (date(2020, 9, 15), date(2020, 2, 11))


@pytest.mark.parametrize(
    ("id_", "cited", "found"),
    [
        ("checkmate_9la", "Lancet Oncol 2021;22:198", "14.1 vs 10.7 months, HR 0.69"),
        ("checkmate_9la", "Lancet Oncol 2021;22:198", "15.6 vs 10.9 months, HR 0.66"),
        ("archer_1050_os", "doi 10.1200/JCO.2018.78.7994", "34.1 vs 26.8 months, HR 0.760"),
        ("archer_1050", "Lancet Oncol 2017;18:1454", "PFS 14.7 vs 9.2 months, HR 0.59"),
        ("alex_update", "Ann Oncol 2020;31:1056", "PFS 34.8 vs 10.9 months, HR 0.43"),
        ("alex", "N Engl J Med 2017;377:829", "PFS HR 0.47"),
        ("fda_atezolizumab", "18 May 2020", "OS 20.2 vs 13.1 months, HR 0.59"),
    ],
)
def test_a_figure_stands_with_the_paper_that_holds_it(id_: str, cited: str, found: str) -> None:
    """Figures as in the abstracts of the papers cited."""
    assert cited in SOURCES[id_].citation
    assert found in SOURCES[id_].finding


def test_every_comparison_names_both_arms_and_every_paper_its_journal() -> None:
    for source in SOURCES.values():
        if "HR " in source.finding:
            assert " vs " in source.finding, source.id
        if " et al." in source.citation:
            assert any(year in source.citation for year in map(str, range(2000, 2022))), source.id
            assert len(source.citation.split(",")) >= 2, source.id


def test_a_route_shows_evidence_of_the_options_that_remain() -> None:
    shown = {source.id for source in route_of(pdl1_tps=80).sources}
    assert {"keynote_024", "keynote_189"} <= shown
    left = {source.id for source in route_of(pdl1_tps=80, platinum_ok=False).sources}
    assert "keynote_024" in left and "keynote_189" not in left


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("appeared = 2031-01-01, ", "", "source.dream.appeared: expected, not found"),
        ("appeared = 2031-01-01", 'appeared = "2031"', "source.dream.appeared: "),
        ("as_of = 2031-12-31\n", "", r"snapshot\[0\].as_of: expected, not found"),
        ('about = ["zetanib"]', 'about = ["thetanib"]', "unknown regimen 'thetanib'"),
        (
            'id = "made_up_2031"',
            'shared = ["scopes"]\nid = "made_up_2031"',
            "shared must be a list",
        ),
    ],
)
def test_a_source_without_its_date_is_refused(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in MADE_UP
    with pytest.raises(DecisionError, match=fault):
        guideline_rules(made_up(tmp_path / "faulty", MADE_UP.replace(old, new, 1)))


def test_a_source_later_than_the_snapshot_is_not_shown(tmp_path: Path) -> None:
    late = MADE_UP.replace("appeared = 2031-01-01", "appeared = 2032-01-01")
    table = guideline_rules(made_up(tmp_path / "late", late)).table()
    assert [node.evidence for node in table.nodes] == [(), ()]
    assert [source.id for source in table.sources] == ["dream"]

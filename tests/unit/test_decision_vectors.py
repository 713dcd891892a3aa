"""The guideline's test vectors, and cases around every corner of the walk."""

from typing import Any

import pytest

from tests.decision_case import ICI, all_genes, names, route_of

DOUBLET = ("platinum_pemetrexed", "platinum_paclitaxel")


@pytest.mark.parametrize(
    ("changes", "node", "shown", "banned"),
    [
        (
            {"smoking": "never", "egfr": "positive", "egfr_variants": ["L858R"], "pdl1_tps": 30},
            "E1",
            ["osimertinib"],
            ICI,
        ),
        (
            {"pdl1_tps": 75},
            "NS50",
            ["pembrolizumab", "pembrolizumab_platinum_pemetrexed", "atezolizumab"],
            (),
        ),
        ({"ecog_ps": 0, "pdl1_tps": 20}, "NS1", ["pembrolizumab_platinum_pemetrexed"], ()),
        (
            {"histology": "squamous"},
            "SQ0",
            ["pembrolizumab_carboplatin_paclitaxel", "pembrolizumab_carboplatin_nab_paclitaxel"],
            ("pemetrexed", "bevacizumab"),
        ),
        (
            {"smoking": "never", "age": 42, "alk": "positive", "pdl1_tps": 90},
            "A1",
            ["alectinib"],
            ("pembrolizumab",),
        ),
        (
            {"egfr": "positive", "egfr_variants": ["G719X", "S768I"]},
            "E2",
            ["afatinib", "osimertinib"],
            ICI,
        ),
        (
            {
                "ecog_ps": 2,
                **all_genes("pending"),
                "pdl1_tps": 80,
                "can_wait_for_results": False,
            },
            "M1",
            DOUBLET,
            ICI,
        ),
        (
            {"pdl1_tps": 70, "ici_contraindication": "autoimmune_active"},
            "NS-C",
            ["platinum_pemetrexed", "platinum_pemetrexed_bevacizumab"],
            ICI,
        ),
        (
            {"histology": "squamous", **all_genes("not_tested"), "pdl1_tps": 55},
            "SQ50",
            ["pembrolizumab", "pembrolizumab_carboplatin_paclitaxel"],
            ("pemetrexed", "bevacizumab"),
        ),
        (
            {
                **all_genes("insufficient"),
                "rebiopsy_or_plasma_feasible": False,
                "pdl1_tps": 80,
            },
            "NS50",
            ["pembrolizumab", "pembrolizumab_platinum_pemetrexed"],
            (),
        ),
    ],
)
def test_published_vector_ends_where_it_must(
    changes: dict[str, Any], node: str, shown: list[str], banned: tuple[str, ...]
) -> None:
    result = route_of(**changes)
    assert result.node.id == node
    assert set(shown) <= {option.regimen.id for option in result.preferred}
    assert [name for name in names(result) if any(drug in name for drug in banned)] == []


def test_pembrolizumab_alone_is_never_preferred_below_50() -> None:
    result = route_of(ecog_ps=0, pdl1_tps=20)
    assert "pembrolizumab" not in [option.regimen.id for option in result.preferred]
    assert "pembrolizumab" in names(result)
    assert "pembrolizumab" not in names(route_of(pdl1_tps=20, platinum_ok=True))
    assert "pembrolizumab" not in names(route_of(pdl1_tps=0))


def test_insufficient_tissue_is_flagged_driver_unknown_and_passes_m2() -> None:
    result = route_of(**all_genes("insufficient"), rebiopsy_or_plasma_feasible=False, pdl1_tps=80)
    assert "driver_unknown" in [flag.id for flag in result.flags]
    assert [taken.branch.via.id for taken in result.path if taken.branch.via] == ["M2"]


@pytest.mark.parametrize(
    ("changes", "node"),
    [
        ({"stage_scope": "other"}, "G0"),
        ({"prior_systemic_for_advanced": True}, "G0"),
        ({"histology": "other"}, "G0"),
        ({"stage_scope": None}, "G0"),
        ({"ecog_ps": None}, "G0"),
        ({"histology": "adenosquamous", "pdl1_tps": 50}, "NS50"),
        ({"histology": "adenosquamous", "ret": "not_tested"}, "M0"),
        ({"histology": "squamous", "smoking": "light_former", "ret": "not_tested"}, "M0"),
        ({"histology": "squamous", "smoking": None, "ret": "not_tested"}, "M0"),
        ({"histology": "squamous", "age": 49, "ret": "not_tested"}, "M0"),
        ({"histology": "squamous", "age": 50, "ret": "not_tested"}, "SQ0"),
        ({"histology": "squamous", "small_or_mixed_specimen": True, "ntrk": "failed"}, "M0"),
        ({"histology": "squamous", "ntrk": "pending"}, "M0"),
        ({"histology": "squamous", "alk": "positive"}, "A1"),
        ({"egfr": "positive", "ros1": "positive"}, "MDT"),
        ({"egfr": "positive"}, "E4"),
        ({"egfr": "positive", "egfr_variants": ["T790M"]}, "E4"),
        ({"egfr": "positive", "egfr_variants": ["T790M", "ex19del"]}, "E1"),
        ({"egfr": "positive", "egfr_variants": ["ex20ins", "L861Q"]}, "E2"),
        ({"egfr": "positive", "egfr_variants": ["other", "ex20ins"]}, "E3"),
        ({"egfr": "positive", "egfr_variants": ["L858R"], "alk": "pending"}, "E1"),
        ({"met_ex14": "positive"}, "X1"),
        ({"met_ex14": "positive", "guideline_snapshot": "2020_early"}, "NS0"),
        ({"ret": "pending", "guideline_snapshot": "2020_early"}, "NS0"),
        ({"ntrk": "positive", "guideline_snapshot": "2020_early"}, "N1"),
        (
            {"egfr": "positive", "ret": "positive", "guideline_snapshot": "2020_early"},
            "E4",
        ),
        ({"egfr": "insufficient"}, "M0"),
        ({"egfr": "insufficient", "rebiopsy_or_plasma_feasible": False}, "NS0"),
        (
            {"egfr": "insufficient", "alk": "not_tested", "rebiopsy_or_plasma_feasible": False},
            "M0",
        ),
        (
            {
                "egfr": "failed",
                "rebiopsy_or_plasma_feasible": False,
                "can_wait_for_results": False,
            },
            "NS0",
        ),
        ({"egfr": "failed", "can_wait_for_results": False}, "M1"),
        ({"ntrk": "not_tested", "pdl1_tps": 90, "can_wait_for_results": False}, "NS50"),
        ({"ntrk": None, "pdl1_tps": 90, "can_wait_for_results": False}, "NS50"),
        ({"ntrk": "not_tested", "pdl1_tps": 90}, "M0"),
        ({"ntrk": "not_tested", "can_wait_for_results": False, "ecog_ps": 3}, "M1p"),
        ({"ntrk": "failed", "ros1": "failed", "can_wait_for_results": False}, "M1"),
        ({"ret": "not_tested", "pdl1_tps": 90, "can_wait_for_results": False}, "M1"),
        ({"histology": "squamous", "ntrk": "pending", "can_wait_for_results": False}, "SQ0"),
        ({"egfr": None}, "M0"),
        ({"histology": "squamous", **all_genes("unknown")}, "SQ0"),
        ({"egfr": "pending", "can_wait_for_results": False, "ecog_ps": 3}, "M1p"),
        ({"egfr": "pending", "can_wait_for_results": None}, "M0"),
        ({"ecog_ps": 3, "ici_contraindication": None}, "BSC"),
        ({"ici_contraindication": None, "pdl1_status": "pending"}, "C0"),
        ({"ici_contraindication": "ild", "pdl1_status": "pending", "ecog_ps": 2}, "NS-P2C"),
        ({"ici_contraindication": "autoimmune_history", "histology": "squamous"}, "SQ-C"),
        ({"pdl1_status": "pending"}, "P0"),
        ({"pdl1_status": "pending", "ecog_ps": 2}, "P0"),
        ({"pdl1_status": "pending", "can_wait_for_results": False, "pdl1_tps": 90}, "NSU"),
        ({"pdl1_status": "not_tested"}, "NSU"),
        ({"pdl1_tps": None}, "NSU"),
        ({"pdl1_tps": 90, "pdl1_assay": "SP142"}, "NSU"),
        ({"pdl1_tps": 0.9}, "NS0"),
        ({"pdl1_tps": 1}, "NS1"),
        ({"pdl1_tps": 49.9}, "NS1"),
        ({"pdl1_tps": 50}, "NS50"),
        ({"ecog_ps": 2, "pdl1_tps": 50}, "NS-P2+"),
        ({"ecog_ps": 2, "pdl1_tps": None, "histology": "squamous"}, "SQ-P2-"),
    ],
)
def test_corner_of_the_walk_ends_where_it_must(changes: dict[str, Any], node: str) -> None:
    assert route_of(**changes).node.id == node


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"histology": "squamous"}, "histology_squamous_no_pemetrexed"),
        ({"histology": "adenosquamous"}, "adenosquamous_component"),
        ({"egfr": "positive", "egfr_variants": ["L858R"], "ecog_ps": 4}, "caution_ild"),
        (
            {"egfr": "positive", "egfr_variants": ["L858R"], "ici_contraindication": "ild"},
            "caution_ild",
        ),
        ({"pdl1_assay": "SP142"}, "sp142_not_a_tps"),
        ({"pdl1_status": "pending", "pdl1_tps": 80}, "tps_not_counted"),
        ({"pdl1_tps": None}, "tps_missing"),
        ({"egfr": "pending", "can_wait_for_results": None}, "urgency_not_recorded"),
        (
            {"ret": "positive", "guideline_snapshot": "2020_early"},
            "driver_outside_snapshot",
        ),
        ({"histology": "squamous", "egfr": "not_tested"}, "driver_not_tested"),
        ({"ntrk": "pending", "can_wait_for_results": False}, "ntrk_missing"),
        ({"pdl1_ic": 20, "pdl1_assay": "22C3"}, "ic_not_counted"),
        ({"platinum_ok": False}, "no_preferred_option_left"),
        ({"ecog_ps": None}, "ps_not_recorded"),
    ],
)
def test_what_the_reader_must_know_is_flagged(changes: dict[str, Any], flag: str) -> None:
    assert flag in [raised.id for raised in route_of(**changes).flags]
    assert flag not in [raised.id for raised in route_of().flags]


def test_ps_2_takes_the_options_of_its_band_and_gentler_ones() -> None:
    gentler = {"combination_chemotherapy", "single_agent_chemotherapy", "supportive_care"}
    for tps in (20, 80):
        fit, frail = route_of(pdl1_tps=tps), route_of(pdl1_tps=tps, ecog_ps=2)
        assert frail.preferred == fit.preferred or [o.regimen for o in frail.preferred] == [
            o.regimen for o in fit.preferred
        ]
        assert set(names(frail)) == set(names(fit)) | gentler


def test_early_snapshot_has_no_atezolizumab_alone_and_no_double_ici_with_chemotherapy() -> None:
    early = names(route_of(pdl1_tps=80, guideline_snapshot="2020_early"))
    late = names(route_of(pdl1_tps=80))
    assert set(late) - set(early) == {"atezolizumab", "nivolumab_ipilimumab_platinum_pemetrexed"}


def test_exon_20_insertion_gets_neither_an_egfr_tki_nor_immunotherapy() -> None:
    result = route_of(egfr="positive", egfr_variants=["ex20ins"], pdl1_tps=90)
    classes = set().union(*(o.regimen.classes for o in (*result.preferred, *result.other)))
    assert classes == {"platinum", "chemotherapy"}
    assert names(result)[0] == "platinum_pemetrexed"
    squamous = route_of(egfr="positive", egfr_variants=["ex20ins"], histology="squamous")
    assert "platinum_paclitaxel" in names(squamous)


def test_a_regimen_that_may_hold_immunotherapy_needs_all_genes_and_an_assessment() -> None:
    assert "driver_negative_regimen" in names(route_of(ros1="positive"))
    for change in ({"egfr": "pending"}, {"ret": "not_tested"}, {"ici_contraindication": None}):
        offered = names(route_of(ros1="positive", **change))
        assert "driver_negative_regimen" not in offered
        assert "driver_negative_chemotherapy" in offered


def test_filters_take_options_away_but_never_change_the_node() -> None:
    filtered = route_of(ici_contraindication="ild", bevacizumab_ok=False, pemetrexed_ok=False)
    assert filtered.node.id == route_of(ici_contraindication="ild").node.id == "NS-C"
    assert filtered.preferred == ()
    assert "carboplatin_paclitaxel" in names(filtered)
    assert not [n for n in names(filtered) if "bevacizumab" in n or "pemetrexed" in n]


@pytest.mark.parametrize("histology", ["adenocarcinoma", "squamous"])
@pytest.mark.parametrize(
    ("tc", "ic", "high"),
    [(50, None, True), (49.9, 9.9, False), (0, 10, True), (None, 10, True), (None, None, False)],
)
def test_sp142_offers_atezolizumab_alone_as_it_was_approved(
    histology: str, tc: float | None, ic: float | None, high: bool
) -> None:
    """US FDA, 18 May 2020: TC 50 % or more, or IC 10 % or more; later than the early snapshot."""
    marker = {"pdl1_assay": "SP142", "pdl1_tps": tc, "pdl1_ic": ic, "histology": histology}
    late = route_of(**marker)
    assert late.node.id in ("NSU", "SQU")
    assert ("atezolizumab" in names(late)) == high
    assert ("fda_atezolizumab" in {source.id for source in late.sources}) == high
    assert "pembrolizumab" not in names(late)
    assert "atezolizumab" not in names(route_of(**marker, guideline_snapshot="2020_early"))
    assert "atezolizumab" not in names(route_of(**marker, pdl1_status="pending"))


def test_only_ntrk_missing_without_time_to_wait_keeps_immunotherapy() -> None:
    """NCCN 1.2020 asked for EGFR, ALK, ROS1 and BRAF before immunotherapy, not for NTRK."""
    result = route_of(ntrk="not_tested", pdl1_tps=90, can_wait_for_results=False)
    assert [taken.branch.via.id for taken in result.path if taken.branch.via] == ["M3"]
    assert names(result) == names(route_of(pdl1_tps=90))
    for gene in ("egfr", "alk", "ros1", "braf_v600e", "met_ex14", "ret"):
        held = route_of(ntrk="pending", pdl1_tps=90, can_wait_for_results=False, **{gene: "failed"})
        assert held.node.id == "M1"
        assert [name for name in names(held) if any(drug in name for drug in ICI)] == []


def test_a_gene_without_a_record_is_not_said_to_be_untested() -> None:
    unknown, untested = route_of(egfr=None), route_of(egfr="not_tested")
    assert "record_genes" in names(unknown) and "test_missing_genes" not in names(unknown)
    assert "test_missing_genes" in names(untested) and "record_genes" not in names(untested)

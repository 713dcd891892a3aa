"""Signatures applied to a patient: the nomogram reads what the model computes."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.errors import CohortError
from dss_core.evaluation.nomogram import nomogram
from dss_core.evaluation.signature_fit import fit
from dss_core.evaluation.signature_use import apply, explain, not_recorded
from dss_core.evaluation.signatures import Coding, Signature, read_signature


def patients(n: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(11)
    table = pd.DataFrame(
        {
            "age_years": random.integers(35, 85, n).astype(float),
            "sex": random.choice(["female", "male"], n),
            "histology": random.choice(["adenocarcinoma", "squamous", "other"], n),
            "smoking": random.choice(["never", "ever"], n),
            "stage": random.choice(["I", "II", "III", "IV"], n),
            "suvmax": random.gamma(3, 3, n).round(2),
            "egfr_dls": random.uniform(0.02, 0.98, n).round(3),
        }
    )
    line = 4 * table["egfr_dls"] - 2 + (table["smoking"] == "never") - 0.05 * table["suvmax"]
    mutant = random.random(n) < 1 / (1 + np.exp(-line))
    return table.assign(egfr_status=np.where(mutant, "mutant", "wild type"))


def made(coding: Coding = Coding.CATEGORIES) -> Signature:
    return fit(patients(), "egfr_status", score="egfr_dls", coding=coding, trained_on="here")


SIGNATURES = {coding: made(coding) for coding in Coding}
PATIENT = st.fixed_dictionaries(
    {
        "age_years": st.none() | st.floats(18, 100),
        "sex": st.sampled_from([None, "female", "male"]),
        "histology": st.sampled_from([None, "adenocarcinoma", "squamous", "other"]),
        "smoking": st.sampled_from([None, "never", "ever", "former"]),
        "stage": st.sampled_from([None, "I", "II", "III", "IV"]),
        "suvmax": st.none() | st.floats(0, 60),
        "egfr_dls": st.none() | st.floats(0, 1),
    }
)


WHOLE: dict[str, str | float | None] = {
    "age_years": 60.0,
    "sex": "female",
    "histology": "squamous",
    "smoking": "never",
    "stage": "IV",
    "suvmax": 9.0,
    "egfr_dls": 0.6,
}


@given(PATIENT | st.just(WHOLE), st.sampled_from(list(Coding)))
def test_nomogram_breakdown_and_model_give_one_probability(
    patient: dict[str, str | float | None], coding: Coding
) -> None:
    """Three ways to one number, outside training too; none of them while a value is missing."""
    signature = SIGNATURES[coding]
    expected = float(apply(signature, pd.DataFrame({k: [v] for k, v in patient.items()}))[0])
    found = nomogram(signature, patient)
    missing = {name for name in signature.variables if patient[name] is None}
    assert {axis.variable for axis in found.axes if axis.patient is None} == missing
    assert set(not_recorded(signature, patient)) == missing
    if missing:
        assert found.total is None and found.probability is None
        with pytest.raises(CohortError, match="not recorded: "):
            explain(signature, patient)
        return
    assert found.probability == pytest.approx(expected, abs=1e-9)
    assert explain(signature, patient).probability == pytest.approx(expected, abs=1e-9)
    assert found.total == pytest.approx(sum(axis.patient or 0.0 for axis in found.axes))


def test_the_widest_axis_spans_a_hundred_points_and_no_other_more() -> None:
    spans = {
        a.variable: a.ticks[-1].points - a.ticks[0].points
        for a in nomogram(SIGNATURES[Coding.CATEGORIES], {}).axes
    }
    assert max(spans.values()) == pytest.approx(100)
    # 4 log-odds over the score's range against 1 for smoking, by construction
    assert max(spans, key=spans.__getitem__) == "egfr_dls"
    assert min(a.ticks[0].points for a in nomogram(SIGNATURES[Coding.CATEGORIES], {}).axes) == 0


def test_probabilities_on_the_sum_lie_where_the_model_puts_them() -> None:
    """Read the other way round: the mark of 50 % is at log-odds zero."""
    signature = SIGNATURES[Coding.CATEGORIES]
    found = nomogram(signature, WHOLE)
    half = next(t.points for t in found.probabilities if t.text == "50%")
    assert found.total is not None and found.probability is not None
    assert (found.total > half) == (found.probability > 0.5)
    places = [t.points for t in found.probabilities]
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] <= found.most


def test_nothing_stands_in_for_a_value_that_is_not_recorded() -> None:
    axes = {a.variable: a for a in nomogram(SIGNATURES[Coding.RELEASED], {"sex": "female"}).axes}
    assert axes["sex"].patient is not None
    assert axes["smoking"].patient is None


def test_a_value_the_signature_does_not_know_is_refused() -> None:
    with pytest.raises(CohortError, match="knows histology as"):
        nomogram(SIGNATURES[Coding.RELEASED], {"histology": "small cell"})


def test_a_stored_signature_is_the_same_one() -> None:
    for signature in SIGNATURES.values():
        assert read_signature(signature.to_text()) == signature


def stored() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(SIGNATURES[Coding.CATEGORIES].to_text())
    return value


def test_the_format_stands_first_in_the_file() -> None:
    assert next(iter(stored().items())) == ("format", 1)


def test_every_bad_field_is_named_at_once_by_its_path() -> None:
    value = stored() | {"format": 2, "coding": "mine", "n": 2.5, "more": 1}
    value["terms"][0]["mean"] = True
    value["terms"][3]["codes"]["male"] = "one"
    value["filled"][1]["value"] = [1]
    del value["ranges"][0]["low"]
    with pytest.raises(CohortError) as refused:
        read_signature(json.dumps(value), "The signature mine.json")
    assert str(refused.value) == (
        "The signature mine.json cannot be used, 8 faults: "
        "coding: expected 'released' or 'categories', found 'mine'; "
        "terms[0].mean: expected a number, found True; "
        "terms[3].codes.male: expected a number, found 'one'; "
        "filled[1].value: expected text or a number, found [1]; "
        "ranges[0].low: expected, not found; n: expected a whole number, found 2.5; "
        "format: expected 1, found 2; more: unknown field. "
        "Write it again with `python -m dss_core evaluate --signatures-out`."
    )


def test_a_term_without_its_fill_value_is_refused() -> None:
    value = stored()
    del value["filled"][1]
    with pytest.raises(CohortError, match=r"filled: .* for every term, found none for sex"):
        read_signature(json.dumps(value))


def test_a_signature_without_terms_is_refused() -> None:
    with pytest.raises(CohortError, match="terms: expected a list of at least 1"):
        read_signature(json.dumps(stored() | {"terms": []}))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (json.dumps(stored() | {"intercept": float("nan")}), "finite numbers only, found NaN"),
        ("[" * 100_000, "nested at most 50 levels deep"),
        ("[" * 60 + "]" * 60, "nested at most 50 levels deep"),
        ("[]", "the whole: expected an object"),
        ("", "not valid JSON"),
    ],
)
def test_what_is_no_signature_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(CohortError, match=sentence):
        read_signature(text)


def test_variables_that_never_vary_have_no_effect_and_no_error() -> None:
    """Rounding took the variance of one of these two below zero; older files hold null for it."""
    rows = patients().assign(stage="II", sex="male")
    signature = fit(rows, "egfr_status", score="egfr_dls", coding=Coding.CATEGORIES)
    constant = [term for term in signature.terms if term.variable in ("stage", "sex")]
    assert [(term.coefficient, term.standard_error) for term in constant] == [(0.0, 0.0)] * 2
    text = signature.to_text().replace('"standard_error": 0.0,', '"standard_error": null,')
    assert "null" in text
    assert read_signature(text) == signature

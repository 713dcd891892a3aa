"""What must hold of the evaluation for any scores: symmetries, bounds, orders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.evaluation.associations import benjamini_hochberg, holm
from dss_core.statistics.calibration import calibration_report
from dss_core.statistics.decision_curve import net_benefit, reference_lines
from dss_core.statistics.discrimination import auc_delong, compare_auc, roc
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.proportions import wilson
from dss_core.statistics.reclassification import reclassify

PATIENTS = st.integers(0, 2**32 - 1).map(lambda seed: cases(seed))


def cases(seed: int) -> tuple[Floats, Floats, Bools]:
    """Two probabilities with ties and a label with both classes, of 20 to 80 patients."""
    random = np.random.default_rng(seed)
    n = int(random.integers(20, 80))
    positive = random.random(n) < random.uniform(0.2, 0.8)
    positive[:4] = [True, True, False, False]
    one, two = (random.beta(2, 2, n).round(2).clip(0.01, 0.99) for _ in range(2))
    return one, two, positive


@given(PATIENTS)
def test_turning_a_score_round_turns_its_area_round(found: tuple[Floats, Floats, Bools]) -> None:
    score, _, positive = found
    area, turned = auc_delong(score, positive), auc_delong(-score, positive)
    assert (area.estimate or 0) + (turned.estimate or 0) == pytest.approx(1)
    assert auc_delong(np.exp(3 * score), positive).estimate == pytest.approx(area.estimate)


@given(PATIENTS)
def test_the_area_is_the_one_under_the_drawn_curve(found: tuple[Floats, Floats, Bools]) -> None:
    score, _, positive = found
    curve = roc(score, positive, repeats=2)
    under = np.trapezoid(curve.sensitivity, curve.false_positive)
    assert under == pytest.approx(auc_delong(score, positive).estimate)


@given(PATIENTS)
def test_comparing_the_other_way_round_changes_signs_only(
    found: tuple[Floats, Floats, Bools],
) -> None:
    one, two, positive = found
    there, back = (compare_auc(a, b, positive, ("a", "b")) for a, b in ((one, two), (two, one)))
    assert there.difference.estimate == pytest.approx(-(back.difference.estimate or 0))
    assert there.p == pytest.approx(back.p)
    new, old = (reclassify(a, b, positive, ("a", "b")) for a, b in ((one, two), (two, one)))
    for gain, loss in (
        (new.nri_category, old.nri_category),
        (new.nri_free, old.nri_free),
        (new.idi, old.idi),
    ):
        assert gain.value.estimate == pytest.approx(-(loss.value.estimate or 0))
        assert gain.p == pytest.approx(loss.p)


@given(PATIENTS)
def test_no_model_gains_more_than_treating_exactly_the_positives(
    found: tuple[Floats, Floats, Bools],
) -> None:
    score, _, positive = found
    line = net_benefit(score, positive, "score").net_benefit
    assert (line <= positive.mean() + 1e-12).all()
    perfect = net_benefit(np.where(positive, 1.0, 0.0), positive, "perfect").net_benefit
    assert perfect == pytest.approx(np.full(perfect.size, positive.mean()))
    everybody, nobody = reference_lines(positive)
    assert everybody.net_benefit[0] == pytest.approx(line[0])
    assert not nobody.net_benefit.any()


@given(PATIENTS)
def test_calibration_counts_every_patient_once_and_stays_in_bounds(
    found: tuple[Floats, Floats, Bools],
) -> None:
    score, _, positive = found
    report = calibration_report(score, positive)
    assert sum(b.n for b in report.bins) == positive.size
    assert 0 <= report.ece <= 1
    said = sum(b.n * b.mean_probability for b in report.bins)
    assert said == pytest.approx(float(score.sum()))
    # the mean gap is at least the gap of the means
    assert report.ece >= abs(score.mean() - positive.mean()) - 1e-9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_corrected_p_values_never_fall_and_keep_their_order(p: list[float]) -> None:
    values = np.array(p)
    for corrected in (holm(values), benjamini_hochberg(values)):
        assert (corrected >= values - 1e-12).all()
        assert (corrected <= 1).all()
        assert (np.diff(corrected[np.argsort(values, kind="stable")]) >= -1e-12).all()


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_and_its_complement_have_mirrored_intervals(count: tuple[int, int]) -> None:
    k, n = count
    share, other = wilson(k, n), wilson(n - k, n)
    assert share.low == pytest.approx(1 - (other.high or 0), abs=1e-12)
    assert (share.low or 0) - 1e-12 <= k / n <= (share.high or 0) + 1e-12

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test
from sksurv.compare import compare_survival

from radsurv.survival.group_comparison import hazard_ratio, log_rank
from radsurv.survival.outcome import Outcome


@pytest.mark.parametrize("rule", ["min", "1se"])
def test_log_rank_and_hazard_ratio_of_r(reference, rule):
    short, expected = reference.golden[f"loo_group_{rule}"].astype(bool), reference.summary[rule]
    test = log_rank(reference.outcome, short)
    assert test.chi2 == pytest.approx(expected["logrank_chi2"], rel=1e-11)
    assert test.p == pytest.approx(expected["logrank_p"], rel=1e-10)
    assert (test.observed, test.expected) == pytest.approx((expected["obs_short"], expected["exp_short"]), rel=1e-12)
    for ties in ("efron", "breslow"):
        ratio = hazard_ratio(reference.outcome, short, ties=ties)
        assert (ratio.ratio, ratio.low, ratio.high) == pytest.approx(
            tuple(expected[[f"hr_{ties}", f"hr_{ties}_lo", f"hr_{ties}_hi"]]), rel=1e-8
        )


def random_groups(seed):
    generator = np.random.default_rng(seed)
    first = generator.random(80) < 0.4
    time = np.ceil(generator.exponential(np.where(first, 6, 9)))
    return Outcome(time, generator.random(80) < 0.7), first


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_lifelines_and_scikit_survival(seed):
    outcome, first = random_groups(seed)
    test = log_rank(outcome, first)
    theirs = logrank_test(outcome.time[first], outcome.time[~first], outcome.event[first], outcome.event[~first])
    assert (test.chi2, test.p) == pytest.approx((theirs.test_statistic, theirs.p_value), rel=1e-9)
    assert (test.chi2, test.p) == pytest.approx(compare_survival(outcome.structured(), first.astype(int)), rel=1e-9)

    frame = pd.DataFrame({"time": outcome.time, "event": outcome.event, "first": first.astype(float)})
    fitted = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-10}).summary.loc["first"]
    ratio = hazard_ratio(outcome, first)
    expected = fitted[["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%"]]
    assert (ratio.ratio, ratio.low, ratio.high) == pytest.approx(tuple(expected), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_swapping_the_groups_inverts_the_ratio(data, cohorts):
    _, outcome = data.draw(cohorts(min_patients=2, max_patients=12))
    first = np.array(data.draw(st.lists(st.booleans(), min_size=len(outcome), max_size=len(outcome))))
    here, there = log_rank(outcome, first), log_rank(outcome, ~first)
    assert (here.chi2, here.p) == pytest.approx((there.chi2, there.p), rel=1e-9, nan_ok=True)
    ratio, inverse = hazard_ratio(outcome, first), hazard_ratio(outcome, ~first)
    assert (ratio.reason is None) == (inverse.reason is None)
    inverted = (1 / inverse.ratio, 1 / inverse.high, 1 / inverse.low)
    assert (ratio.ratio, ratio.low, ratio.high) == pytest.approx(inverted, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("time", "event", "first", "reason"),
    [
        ([1, 2, 3], [1, 1, 1], [1, 1, 1], "all 3 patients are in one group"),
        ([1, 2, 3], [1, 1, 1], [0, 0, 0], "all 3 patients are in one group"),
        ([1, 2, 3], [0, 0, 0], [1, 0, 1], "no patient had the event"),
        ([1, 2, 3], [0, 0, 1], [1, 0, 1], "never at risk together"),
    ],
)
def test_what_cannot_be_compared_is_nan_with_a_reason(time, event, first, reason):
    outcome = Outcome(np.array(time, dtype=float), np.array(event, dtype=bool))
    for result in (log_rank(outcome, np.array(first, dtype=bool)), hazard_ratio(outcome, np.array(first, dtype=bool))):
        assert reason in result.reason
    assert np.isnan(log_rank(outcome, np.array(first, dtype=bool)).p)
    assert np.isnan(hazard_ratio(outcome, np.array(first, dtype=bool)).ratio)


def test_complete_separation_has_a_log_rank_but_no_hazard_ratio():
    outcome = Outcome(np.array([1.0, 2.0, 3.0, 8.0, 9.0]), np.array([True, True, True, False, False]))
    first = np.array([True, True, True, False, False])
    assert log_rank(outcome, first).p < 0.1
    assert "all events are in the first group" in hazard_ratio(outcome, first).reason
    assert "all events are in the second group" in hazard_ratio(outcome, ~first).reason

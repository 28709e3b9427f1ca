import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test
from real_groups import REAL_GROUPS
from sksurv.compare import compare_survival

from radsurv.survival.group_comparison import hazard_ratio, log_rank, proportional_hazards
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


@pytest.mark.parametrize("data", REAL_GROUPS)
def test_proportional_hazards_of_cox_zph(data):
    """``cox.zph(coxph(Surv(time, event) ~ group))$table`` of R 4.2.2, survival 3.5-3."""
    outcome, first = REAL_GROUPS[data].patients()
    test, expected = proportional_hazards(outcome, first), REAL_GROUPS[data].cox_zph
    assert (test.chi2, test.p) == pytest.approx(expected, rel=1e-7)
    there = proportional_hazards(outcome, ~first)
    assert (there.chi2, there.p) == pytest.approx((test.chi2, test.p), rel=1e-9)


@pytest.mark.parametrize(
    ("event", "first", "reason"),
    [
        ([1, 1, 1, 1], [1, 1, 1, 1], "all 4 patients are in one group"),
        ([1, 1, 0, 0], [1, 1, 0, 0], "all events are in the first group"),
        ([0, 0, 0, 0], [1, 0, 1, 0], "no patient had the event"),
    ],
)
def test_without_a_hazard_ratio_there_is_no_test_of_it(event, first, reason):
    outcome = Outcome(np.arange(1.0, 5.0), np.array(event, dtype=bool))
    test = proportional_hazards(outcome, np.array(first, dtype=bool))
    assert np.isnan(test.p)
    assert reason in test.reason


def test_events_of_one_time_cannot_show_a_change():
    outcome = Outcome(np.array([2.0, 2.0, 3.0, 3.0]), np.array([True, True, False, False]))
    test = proportional_hazards(outcome, np.array([True, False, True, False]))
    assert np.isnan(test.p)
    assert "one time only" in test.reason


def test_p_is_uniform_where_hazards_are_proportional():
    """300 simulated cohorts with a hazard ratio of 2: 5 % below .05, within three standard errors."""
    generator, found = np.random.default_rng(5), []
    for _ in range(300):
        first = generator.random(120) < 0.5
        time = generator.exponential(np.where(first, 5, 10))
        found.append(proportional_hazards(Outcome(np.minimum(time, 15), time <= 15), first).p)
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 300))

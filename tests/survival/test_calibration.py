"""D-calibration against SurvivalEVAL, observed risks against lifelines."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from sksurv.nonparametric import kaplan_meier_estimator

from radsurv.survival.calibration import calibration_curve, d_calibration, observed_risk
from radsurv.survival.outcome import Outcome, check_outcome

TIME = [21, 28, 7, 16, 11, 7, 4, 11, 7, 18, 18, 7, 16, 6, 9, 14, 3, 7, 22, 18, 7, 14, 20, 5]
EVENT = [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1]
RISK = [0.25, 0.71, 0.28, 0.53, 0.56, 0.71, 0.48, 0.86, 0.38, 0.19, 0.86, 0.15,
        0.86, 0.44, 0.79, 0.76, 0.68, 0.31, 0.83, 0.52, 0.76, 0.63, 0.78, 0.75]  # fmt: skip


def test_d_calibration_is_that_of_survivaleval():
    # SurvivalEVAL 0.9.0, d_calibration(1 - RISK, EVENT, num_bins=4).
    found = d_calibration(check_outcome(TIME, EVENT), 1 - np.array(RISK))
    assert found.n_bins == 4
    assert found.chi2 == pytest.approx(4.92253064540596, abs=1e-12)
    assert found.p == pytest.approx(0.1775585207821255, abs=1e-12)


def test_probabilities_of_0_and_1_and_on_limits():
    # SurvivalEVAL 0.9.0, d_calibration(..., num_bins=3).
    survival = np.array([1, 0, 0.5, 0.25, 0.75, 0.3, 0.9, 0.1] * 2)
    found = d_calibration(check_outcome(np.arange(1, 17), [1, 0, 0, 1, 0, 0, 1, 1] * 2), survival)
    assert found.chi2 == pytest.approx(7.388888888888888, abs=1e-12)


def test_even_probabilities_are_perfect():
    outcome = check_outcome(np.arange(1, 101), np.ones(100))
    even = d_calibration(outcome, (np.arange(100) + 0.5) / 100)
    assert (even.chi2, even.p, even.n_bins) == (0, 1, 10)
    certain = d_calibration(outcome, np.full(100, 0.99))
    assert certain.chi2 == pytest.approx(900)


def test_nine_patients_are_too_few():
    found = d_calibration(check_outcome(np.arange(1, 10), np.ones(9)), np.full(9, 0.5))
    assert np.isnan([found.chi2, found.p]).all()
    assert found.reason == "found 9 patients, at least 10 are needed"


def test_observed_risk_is_lifelines():
    fitter = KaplanMeierFitter().fit(TIME, EVENT)
    limits = fitter.confidence_interval_survival_function_
    for horizon in (3, 7, 8.5, 18, 22):
        found = observed_risk(check_outcome(TIME, EVENT), horizon)
        row = limits[limits.index <= horizon].iloc[-1]
        expected = 1 - np.array([fitter.predict(horizon), row.iloc[1], row.iloc[0]])
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_observed_risk_at_the_edges():
    outcome = check_outcome([2, 3, 4], [1, 1, 0])
    np.testing.assert_equal(observed_risk(outcome, 1), (0, np.nan, np.nan))
    np.testing.assert_equal(observed_risk(outcome, 5), (np.nan, np.nan, np.nan))
    np.testing.assert_equal(observed_risk(check_outcome([2, 3], [1, 1]), 5), (1, np.nan, np.nan))


def test_curve_in_fifths():
    generator = np.random.default_rng(0)
    risk = generator.permutation(np.arange(60) / 60)
    outcome = check_outcome(generator.exponential(10, 60) + 0.1, generator.random(60) < 0.8)
    curve = calibration_curve(outcome, 1 - risk, 7.0)
    assert curve["n"].tolist() == [12] * 5
    np.testing.assert_allclose(curve["predicted"], np.arange(5) * 0.2 + 5.5 / 60)
    for group, observed in enumerate(curve["observed"]):
        members = (risk * 5).astype(int) == group
        times, survival = kaplan_meier_estimator(outcome.event[members], outcome.time[members])
        assert observed == pytest.approx(1 - survival[times <= 7][-1])


def test_equal_predictions_are_one_group():
    curve = calibration_curve(check_outcome(TIME, EVENT), np.full(len(TIME), 0.4), 8.0)
    assert curve["n"].tolist() == [len(TIME)]
    assert curve["predicted"].tolist() == [0.6]
    few = calibration_curve(Outcome(np.array([1.0, 2.0]), np.array([True, False])), np.array([0.1, 0.9]), 1.0)
    assert few["n"].tolist() == [2]

"""The slope against scikit-survival's Cox model, and the likelihoods that have no maximum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sksurv.linear_model import CoxPHSurvivalAnalysis

from radsurv.survival.calibration_slope import calibration_slope
from radsurv.survival.outcome import Outcome, check_outcome


@pytest.mark.parametrize("scale", [1e-6, 1, 300])
@pytest.mark.parametrize("seed", range(3))
def test_slope_is_that_of_a_cox_model_with_ties(seed, scale):
    generator = np.random.default_rng(seed)
    score = scale * generator.normal(5, 1, size=80)
    time = generator.exponential(10 * np.exp(-0.7 * score / scale) * np.exp(3.5)).round() + 1
    outcome = check_outcome(time, generator.random(80) < 0.7)
    reference = CoxPHSurvivalAnalysis(ties="breslow", tol=1e-14).fit(score[:, None] / scale, outcome.structured())
    assert calibration_slope(outcome, score).slope * scale == pytest.approx(reference.coef_[0], rel=1e-6)


def test_slope_of_two_events_in_closed_form():
    # Scores 1, 0, 1, 0; likelihood e^b/(2e^b + 2) · 1/(e^b + 2), maximal at e^2b = 2.
    found = calibration_slope(check_outcome([1, 2, 3, 4], [1, 1, 0, 0]), np.array([1.0, 0.0, 1.0, 0.0]))
    assert found.slope == pytest.approx(np.log(2) / 2, abs=1e-9)


def test_halved_scores_have_twice_the_slope():
    generator = np.random.default_rng(5)
    outcome, score = check_outcome(generator.exponential(9, 40), np.ones(40)), generator.normal(size=40)
    assert calibration_slope(outcome, score / 2).slope == pytest.approx(2 * calibration_slope(outcome, score).slope)


@pytest.mark.parametrize(
    ("time", "event", "score", "reason"),
    [
        ([1, 2, 3], [0, 0, 0], [1, 2, 3], "no patient had the event"),
        ([1, 2, 3], [1, 1, 1], [2, 2, 2], "all patients have the same score"),
        ([1, 2, 3], [1, 1, 1], [3, 2, 1], "every event hits the patient with the highest score of those at risk"),
        ([1, 2, 3], [1, 1, 1], [1, 2, 3], "every event hits the patient with the lowest score of those at risk"),
        ([1, 2, 3], [0, 1, 1], [1, 2, 2], "at every event, all patients at risk have the same score"),
        ([1, 2, 3], [0, 0, 1], [1, 3, 2], "at every event, all patients at risk have the same score"),
    ],
)
def test_no_slope_has_a_reason(time, event, score, reason):
    found = calibration_slope(check_outcome(time, event), np.array(score, float))
    assert np.isnan(found.slope)
    assert found.reason == reason


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.booleans(), st.sampled_from([-1e6, -1.0, 0.0, 1e-9, 2.0, 40.0, 1e6])),
        min_size=1,
        max_size=9,
    )
)
@settings(max_examples=300)
def test_a_number_or_a_reason(rows):
    time, event, score = (np.array(column) for column in zip(*rows, strict=True))
    found = calibration_slope(Outcome(time.astype(float), event), score)
    assert np.isfinite(found.slope) == (found.reason is None)

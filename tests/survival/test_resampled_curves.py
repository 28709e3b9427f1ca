"""Curves in resamples, as weights, are those of the drawn patients by the functions that know no weights."""

import numpy as np
import pytest

from radsurv.survival.brier import brier_at_horizons
from radsurv.survival.calibration import calibration_groups, observed_risk
from radsurv.survival.decision_curve import decision_curve
from radsurv.survival.discrimination import auc
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.resampled_curves import (
    resampled_auc,
    resampled_brier,
    resampled_calibration,
    resampled_net_benefit,
)

DRAWS = 25


@pytest.fixture(scope="module", params=[0, 1], ids=["distinct times", "months and equal scores"])
def case(request):
    """Thirty patients, some of whom are censored at the time of an event of another; each draw, and its counts."""
    generator = np.random.default_rng(request.param)
    score = generator.normal(size=30)
    time = generator.exponential(15 * np.exp(-score)) + 0.5
    followed = generator.uniform(2, 40, 30)
    event = time <= followed
    time = np.minimum(time, followed)
    if request.param:
        time, score = np.ceil(time), np.round(score)
    outcome = check_outcome(time, event)
    horizons = np.quantile(time[event], [0.1, 0.4, 0.7])
    survival = np.exp(-np.exp(score)[:, None] * horizons / 15)
    drawn = generator.integers(30, size=(DRAWS, 30))
    counts = np.stack([np.bincount(patients, minlength=30) for patients in drawn])
    return outcome, score, survival, horizons, drawn, counts


def followed_beyond(outcome: Outcome, horizon: float) -> bool:
    return bool((outcome.time > horizon).any())


def test_auc(case):
    outcome, score, _, horizons, drawn, counts = case
    expected = np.full((DRAWS, 3), np.nan)
    for draw, patients in enumerate(drawn):
        resample = outcome.take(patients)
        for at, horizon in enumerate(horizons):
            if followed_beyond(resample, horizon) and (resample.event & (resample.time <= horizon)).any():
                expected[draw, at] = auc(resample, score[patients], np.array([horizon])).at_horizon[0]
    np.testing.assert_allclose(resampled_auc(outcome, score, counts, horizons), expected, rtol=1e-10)
    assert np.isfinite(expected).mean() > 0.9


def test_brier_score(case):
    outcome, _, survival, horizons, drawn, counts = case
    expected = np.full((DRAWS, 3), np.nan)
    for draw, patients in enumerate(drawn):
        resample = outcome.take(patients)
        for at, horizon in enumerate(horizons):
            own = survival[patients, at]
            if resample.time.min() > horizon:  # scikit-survival refuses it; everybody is alive and nobody censored
                expected[draw, at] = ((1 - own) ** 2).mean()
            elif followed_beyond(resample, horizon):
                expected[draw, at] = brier_at_horizons(resample, own[:, None], np.array([horizon]))[0]
    np.testing.assert_allclose(resampled_brier(outcome, survival, counts, horizons), expected, rtol=1e-10)


def test_observed_risk_of_the_groups(case):
    outcome, _, survival, horizons, drawn, counts = case
    group = calibration_groups(1 - survival[:, 1])
    expected = [
        [
            observed_risk(outcome.take(patients[group[patients] == one]), horizons[1])[0]
            if (group[patients] == one).any()
            else np.nan
            for one in np.unique(group)
        ]
        for patients in drawn
    ]
    found = resampled_calibration(outcome, survival[:, 1], counts, horizons[1])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    assert found.shape[1] > 1


@pytest.mark.parametrize("at", [1, 2])
def test_net_benefit(case, at):
    outcome, _, survival, horizons, drawn, counts = case
    expected = [
        decision_curve(outcome.take(patients), survival[patients, at], horizons[at])["net_benefit"]
        for patients in drawn
    ]
    found = resampled_net_benefit(outcome, survival[:, at], counts, horizons[at])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_what_a_resample_cannot_tell_is_missing():
    """One event at 2, one patient censored at 3, one followed until 9; resamples of the event alone, and of the others alone."""
    outcome = check_outcome([2, 3, 9], [1, 0, 0])
    score, survival, horizons = np.array([1.0, 0, -1]), np.array([[0.2], [0.5], [0.8]]), np.array([5.0])
    counts = np.array([[3, 0, 0], [0, 2, 1], [0, 3, 0], [1, 1, 1]])
    np.testing.assert_array_equal(resampled_auc(outcome, score, counts, horizons)[:, 0], [np.nan, np.nan, np.nan, 1])
    brier = resampled_brier(outcome, survival, counts, horizons)[:, 0]
    # Censored ones stand for nobody; whoever is followed stands for themselves and for them.
    np.testing.assert_allclose(brier, [np.nan, 0.2**2, np.nan, (0.2**2 + 2 * 0.2**2) / 3])
    np.testing.assert_allclose(resampled_calibration(outcome, survival[:, 0], counts, 5.0)[:, 0], [1, 0, np.nan, 1 / 3])
    benefit = resampled_net_benefit(outcome, survival[:, 0], counts, 5.0)
    np.testing.assert_allclose(benefit[:, 79], [1, 0, 0, 1 / 3])  # from 80 % on, the first alone is treated

"""Uno's C and the AUC against their definitions; scikit-survival's own are what we call."""

import numpy as np
import pytest

from radsurv.survival.discrimination import auc, uno_c
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome, check_outcome


def cohort(n_patients: int = 60, seed: int = 3) -> tuple[Outcome, np.ndarray]:
    generator = np.random.default_rng(seed)
    score = generator.normal(size=n_patients).round(1)
    hidden = generator.exponential(20 * np.exp(-score)).round() + 1
    followed = generator.uniform(5, 60, n_patients).round()
    return check_outcome(np.minimum(hidden, followed), hidden <= followed), score


def uncensored(outcome: Outcome) -> dict[float, float]:
    """Kaplan-Meier estimate of not being censored before each time of an event: who is censored at that time leaves after."""
    later = Outcome(outcome.time + np.where(outcome.event, 0, 1e-6), ~outcome.event)
    curve = kaplan_meier(later)
    return {
        time: curve.loc[curve["time"] <= time, "survival"].iloc[-1] for time in np.unique(outcome.time[outcome.event])
    }


def test_uno_c_by_definition():
    outcome, score = cohort()
    last = choose_horizons(outcome)[0][-1]
    share = uncensored(outcome)
    concordant = comparable = 0.0
    for one in np.flatnonzero(outcome.event & (outcome.time <= last)):
        weight = share[outcome.time[one]] ** -2
        other = (outcome.time > outcome.time[one]) | ((outcome.time == outcome.time[one]) & ~outcome.event)
        comparable += weight * other.sum()
        concordant += weight * ((score[other] < score[one]).sum() + (score[other] == score[one]).sum() / 2)
    assert uno_c(outcome, score, np.array([last])) == pytest.approx(concordant / comparable, abs=1e-12)


def test_auc_by_definition():
    outcome, score = cohort()
    horizons = choose_horizons(outcome)[0]
    share = uncensored(outcome)
    found = auc(outcome, score, horizons)
    for horizon, area in zip(horizons, found.at_horizon, strict=True):
        cases = np.flatnonzero(outcome.event & (outcome.time <= horizon))
        controls = score[outcome.time > horizon]
        weight = np.array([1 / share[outcome.time[one]] for one in cases])
        above = (score[cases][:, None] > controls).mean(axis=1) + (score[cases][:, None] == controls).mean(axis=1) / 2
        assert area == pytest.approx((weight * above).sum() / weight.sum(), abs=1e-12)


def test_mean_auc_weighs_by_the_fall_of_the_survival_curve():
    outcome, score = cohort()
    horizons = choose_horizons(outcome)[0]
    found = auc(outcome, score, horizons)
    curve = kaplan_meier(outcome).set_index("time")["survival"]
    fall = -np.diff(np.concatenate([[1.0], curve.loc[horizons]]))
    assert found.mean == pytest.approx(np.average(found.at_horizon, weights=fall), abs=1e-12)


def test_without_censoring_uno_is_harrell():
    outcome, score = cohort()
    outcome = Outcome(outcome.time, np.ones(len(outcome), bool))
    ordered = np.sort(np.unique(outcome.time))
    assert uno_c(outcome, score, ordered[-2:-1]) == pytest.approx(harrell_c(outcome, score), abs=1e-12)


@pytest.mark.parametrize(("sign", "value"), [(1, 1.0), (-1, 0.0), (0, 0.5)], ids=["perfect", "reversed", "useless"])
def test_known_values(sign, value):
    outcome = check_outcome(np.arange(1, 41), np.arange(1, 41) % 3 > 0)
    horizons = choose_horizons(outcome)[0]
    score = -sign * outcome.time
    assert uno_c(outcome, score, horizons) == value
    np.testing.assert_allclose(auc(outcome, score, horizons).at_horizon, value)
    assert auc(outcome, score, horizons).mean == pytest.approx(value)


def test_an_event_of_the_last_patient_beside_a_censored_one():
    # Until time 6 nobody is uncensored with certainty: the weight of the last event would be infinite.
    outcome = check_outcome([1, 2, 3, 4, 5, 6, 6], [1, 1, 0, 1, 1, 1, 0])
    score = -outcome.time
    assert uno_c(outcome, score, np.array([2.0, 4.0])) == 1
    assert auc(outcome, score, np.array([2.0, 4.0])).at_horizon.tolist() == [1, 1]

"""Coefficients without a penalty to speak of, against scikit-survival's and in closed form."""

import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis

from radsurv.errors import TrainingSetError
from radsurv.survival.cox_regression import RIDGE, cox_coefficients, likelihood_ratio
from radsurv.survival.model import z_scores
from radsurv.survival.outcome import Outcome


def test_plain_cox_is_next_to_unpenalised(sixty):
    values = sixty.table[:, [4, 0, 2]]
    theirs = CoxPHSurvivalAnalysis(ties="breslow").fit(z_scores(values)[0], sixty.outcome.structured())
    assert cox_coefficients(values, sixty.outcome) == pytest.approx(theirs.coef_, abs=5 * RIDGE)


def test_the_gradient_vanishes_with_tied_times(sixty):
    """Of the log partial likelihood per patient (Breslow), less the ridge."""
    values = sixty.table[:, [4, 0, 2]]
    z, outcome = z_scores(values)[0], Outcome(np.ceil(sixty.outcome.time * 3), sixty.outcome.event)
    beta = cox_coefficients(values, outcome)
    risk, slope = np.exp(z @ beta), np.zeros(3)
    for patient in np.flatnonzero(outcome.event):
        at_risk = outcome.time >= outcome.time[patient]
        slope += z[patient] - risk[at_risk] @ z[at_risk] / risk[at_risk].sum()
    assert slope / 60 == pytest.approx(RIDGE * beta, abs=1e-7)
    assert len(np.unique(outcome.time)) < 60


def test_plain_cox_stays_finite_where_a_covariate_separates():
    """The higher, the earlier, without exception: the likelihood alone has no maximum."""
    outcome = Outcome(np.arange(1.0, 21.0), np.ones(20, dtype=bool))
    coefficients = cox_coefficients(-np.arange(20.0)[:, None], outcome)
    assert np.isfinite(coefficients).all()
    assert coefficients[0] > 3


def test_steps_that_do_not_settle_name_what_to_do(monkeypatch, sixty):
    def diverge(*_):
        raise ValueError("search direction contains NaN or infinite values")

    monkeypatch.setattr(CoxPHSurvivalAnalysis, "fit", diverge)
    message = f"model=cox does not settle on 3 features and {sixty.outcome.event.sum()} events .*take model=ridge_cox"
    with pytest.raises(TrainingSetError, match=message):
        cox_coefficients(sixty.table[:, :3], sixty.outcome)


def test_scores_far_apart_say_nothing_on_the_way():
    """scikit-survival's own baseline hazard overflows here; coefficients are what they are, and nobody is warned."""
    generator = np.random.default_rng(135)
    values = generator.normal(size=(15, 5))
    time = np.ceil(generator.exponential(30 * np.exp(-3 * values[:, 0] + 2 * values[:, 1])))
    outcome = Outcome(np.maximum(time, 1.0), generator.random(15) < 0.7)
    z, beta = z_scores(values)[0], cox_coefficients(values, outcome)
    assert np.ptp(z @ beta) > 20
    risk, slope = np.exp(z @ beta), np.zeros(5)
    for patient in np.flatnonzero(outcome.event):
        at_risk = outcome.time >= outcome.time[patient]
        slope += z[patient] - risk[at_risk] @ z[at_risk] / risk[at_risk].sum()
    assert slope / 15 == pytest.approx(RIDGE * beta, abs=1e-6)


def test_the_likelihood_ratio_is_that_of_two_coxph():
    """R 4, survival: ``2 * (coxph(Surv(time, event) ~ base + further, ties = "breslow")$loglik[2] - coxph(… ~ base, …)$loglik[2])``, once
    more with ``strata(site)``; of `further` alone ``2 * diff(coxph(… ~ further, …)$loglik)``.
    """
    generator = np.random.default_rng(11)
    base = generator.normal(size=60)
    further = 0.5 * base + generator.normal(size=60)
    time = np.ceil(20 * generator.exponential(np.exp(-0.5 * base - 0.6 * further)))
    outcome = Outcome(time, generator.random(60) < 0.7)
    sites = np.where(np.arange(60) % 3 == 0, "b", "a").tolist()
    assert likelihood_ratio(further, base, outcome) == pytest.approx(7.84554077342946, rel=1e-8)
    assert likelihood_ratio(further, base, outcome, sites) == pytest.approx(8.28194671764172, rel=1e-8)
    constant = np.ones(60)
    assert likelihood_ratio(further, constant, outcome) == pytest.approx(22.5787552663112, rel=1e-8)
    assert likelihood_ratio(-further, base, outcome) == pytest.approx(-7.84554077342946, rel=1e-8), "against itself"
    assert likelihood_ratio(constant, base, outcome) == 0
    assert likelihood_ratio(3 * base, base, outcome) == pytest.approx(0, abs=1e-6), "it says the same"

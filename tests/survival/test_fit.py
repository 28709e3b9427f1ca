"""Every model fits the same training set, and is judged the same way."""

import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis

from radsurv.config import ModelConfig
from radsurv.survival.cox import RIDGE
from radsurv.survival.fit import fit_reduced
from radsurv.survival.metrics import harrell_c
from radsurv.survival.model import z_scores
from radsurv.survival.outcome import Outcome
from radsurv.survival.reduction import Reduction

NAMES = ("coxnet", "ridge_cox", "cox", "rsf", "gbs")
KEPT = np.array([4, 0, 2])
REDUCTION = Reduction(KEPT, np.full(3, 0.6), KEPT, 5)


@pytest.fixture(scope="module")
def cohort():
    """Sixty patients without tied times; the table has five columns, of which three are kept."""
    generator = np.random.default_rng(11)
    table = generator.normal(3, 2, size=(60, 5))
    time = generator.exponential(np.exp(-0.5 * table[:, 0] + 0.4 * table[:, 4])) + 1e-3
    folds = generator.permutation(60) % 5 + 1
    return table, Outcome(time, generator.random(60) < 0.8), folds


def fit(cohort, name, reduction=REDUCTION, folds=None, seed=3, **options):
    table, outcome, drawn = cohort
    config = ModelConfig(name=name, trees=20, **options)
    values = table[:, reduction.kept]
    return fit_reduced(values, reduction, outcome, drawn if folds is None else folds, config, seed)


@pytest.mark.parametrize("name", NAMES)
def test_every_model_learns_and_is_asked_the_same_things(cohort, name):
    table, outcome, _ = cohort
    model = fit(cohort, name).model
    score = model.score(table)
    assert harrell_c(outcome, score) > 0.7
    assert model.threshold == pytest.approx(np.median(score), rel=1e-12)
    assert not model.is_null
    assert model.features.tolist() == KEPT.tolist()
    times = np.array([1e-6, *np.quantile(outcome.time, [0.2, 0.5, 0.8]), 1e6])
    survival = model.survival(table, times)
    assert survival.shape == (60, 5)
    assert (survival[:, 0] == 1).all()
    assert (np.diff(survival, axis=1) <= 0).all()
    assert (survival >= 0).all()
    # Who has the higher score has the lower chance of surviving.
    assert np.corrcoef(score, survival[:, 2])[0, 1] < -0.8
    assert model.to_dict(list("abcde"))["features"] == ["e", "a", "c"]


@pytest.mark.parametrize("name", ["rsf", "gbs"])
def test_trees_hang_on_the_seed_alone(cohort, name):
    table = cohort[0]
    first, again, other = (fit(cohort, name, seed=seed).model.score(table) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_ridge_is_that_of_scikit_survival(cohort):
    """At the λ chosen, the coefficients of an independent solver: n λ is its penalty."""
    table, outcome, _ = cohort
    model = fit(cohort, "ridge_cox").model
    theirs = CoxPHSurvivalAnalysis(alpha=model.penalty * 60, ties="breslow", tol=1e-12)
    theirs.fit(z_scores(table[:, KEPT])[0], outcome.structured())
    assert model.coefficients == pytest.approx(theirs.coef_, rel=2e-3)  # glmnet stops that early
    assert np.count_nonzero(model.coefficients) == 3


def test_plain_cox_is_next_to_unpenalised(cohort):
    table, outcome, _ = cohort
    model = fit(cohort, "cox").model
    theirs = CoxPHSurvivalAnalysis(ties="breslow").fit(z_scores(table[:, KEPT])[0], outcome.structured())
    assert model.coefficients == pytest.approx(theirs.coef_, abs=5 * RIDGE)


def test_plain_cox_stays_finite_where_a_covariate_separates():
    """The higher, the earlier, without exception: the likelihood alone has no maximum."""
    outcome = Outcome(np.arange(1.0, 21.0), np.ones(20, dtype=bool))
    one = Reduction(np.array([0]), np.ones(1), np.array([0]), 1)
    model = fit((-np.arange(20.0)[:, None], outcome, np.arange(20) % 5 + 1), "cox", one).model
    assert np.isfinite(model.coefficients).all()
    assert model.coefficients[0] > 3


@pytest.mark.parametrize("name", NAMES)
def test_without_a_feature_every_model_is_null(cohort, name):
    nothing = Reduction(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64), 5)
    several = np.stack([cohort[2], cohort[2][::-1]])
    found = fit(cohort, name, nothing, several)
    assert [model.is_null for model in (found.model, *found.by_draw)] == [True] * 3
    assert not found.model.score(cohort[0]).any()


def test_draws_of_the_folds_choose_together_and_alone(cohort):
    generator = np.random.default_rng(0)
    folds = np.stack([generator.permutation(60) % 5 + 1 for _ in range(6)])
    found = fit(cohort, "coxnet", folds=folds)
    alone = [fit(cohort, "coxnet", folds=one) for one in folds]
    assert [model.penalty for model in found.by_draw] == [one.model.penalty for one in alone]
    assert all(
        np.array_equal(ours.coefficients, one.model.coefficients)
        for ours, one in zip(found.by_draw, alone, strict=True)
    )
    penalties = [model.penalty for model in found.by_draw]
    assert min(penalties) <= found.model.penalty <= max(penalties)
    assert not alone[0].by_draw

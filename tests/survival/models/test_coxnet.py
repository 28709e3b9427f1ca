"""The fitted model against R's cv.glmnet and scikit-survival."""

import numpy as np
import pytest
from sksurv.linear_model import CoxnetSurvivalAnalysis

import conf
from radsurv.survival.model import z_scores
from radsurv.survival.model_options import ReducedTrainingSet
from radsurv.survival.reduction import Reduction


@pytest.mark.parametrize("path", ["complete", "until_minimum"])
@pytest.mark.parametrize("rule", ["min", "1se"])
def test_the_model_of_glmnet(reference, rule, path):
    golden = reference.golden
    kept = golden["full_step3"].astype(np.int64)
    reduction = Reduction(kept, golden["full_strength"][kept], kept, len(kept))
    folds = reference.inner_folds[:1]
    training = ReducedTrainingSet(reference.table[:, kept], reduction, reference.outcome, folds, 0)
    found = conf.model("coxnet", alpha=0.1, lambda_rule=rule, path=path).fit_reduced(training)
    place = golden["full_index"][["min", "1se"].index(rule)]
    assert found.model.penalty == pytest.approx(golden["full_lambda"][place], rel=1e-12)
    assert found.model.coefficients == pytest.approx(golden["full_beta"][:, place], abs=1e-11)
    assert found.model.score(reference.table) == pytest.approx(golden[f"full_lp_{rule}"], abs=1e-10)
    assert not found.by_draw


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0])
def test_the_model_of_scikit_survival_at_the_same_penalty(sixty, alpha):
    model = conf.model("coxnet", alpha=alpha).fit_reduced(sixty.training_set()).model
    theirs = CoxnetSurvivalAnalysis(l1_ratio=alpha, alphas=[model.penalty], tol=1e-12, max_iter=10**6)
    theirs.fit(z_scores(sixty.table[:, [4, 0, 2]])[0], sixty.outcome.structured())
    assert model.coefficients == pytest.approx(theirs.coef_[:, 0], abs=2e-3)
    assert model.coefficients.any()


def test_survival_is_that_of_scikit_survival_with_breslows_baseline(sixty):
    model = conf.model("coxnet", alpha=0.5).fit_reduced(sixty.training_set()).model
    theirs = CoxnetSurvivalAnalysis(
        l1_ratio=0.5, alphas=[model.penalty], tol=1e-12, max_iter=10**6, fit_baseline_model=True
    )
    z = z_scores(sixty.table[:, [4, 0, 2]])[0]
    curves = theirs.fit(z, sixty.outcome.structured()).predict_survival_function(z[:5])
    times = np.quantile(sixty.outcome.time, [0.1, 0.4, 0.8])
    expected = np.array([curve(times) for curve in curves])
    assert model.survival(sixty.table[:5], times) == pytest.approx(expected, abs=2e-3)


def test_draws_of_the_folds_choose_together_and_alone(sixty):
    generator = np.random.default_rng(0)
    folds = np.stack([generator.permutation(60) % 5 + 1 for _ in range(6)])
    options = conf.model("coxnet")
    found = options.fit_reduced(sixty.training_set(folds=folds))
    alone = [options.fit_reduced(sixty.training_set(folds=one)) for one in folds]
    assert [model.penalty for model in found.by_draw] == [one.model.penalty for one in alone]
    assert all(
        np.array_equal(ours.coefficients, one.model.coefficients)
        for ours, one in zip(found.by_draw, alone, strict=True)
    )
    penalties = [model.penalty for model in found.by_draw]
    assert min(penalties) <= found.model.penalty <= max(penalties)
    assert not alone[0].by_draw


def test_settings_are_those_of_the_path():
    settings = conf.model("coxnet", alpha=0.3, n_lambda=40, path="until_minimum").settings
    assert (settings.l1_ratio, settings.n_lambda, settings.until_minimum) == (0.3, 40, True)
    assert not conf.model("coxnet", path="complete").settings.until_minimum


@pytest.mark.parametrize("alpha", [0.0, 1.1])
def test_a_share_of_the_lasso_outside_its_range_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        conf.model("coxnet", alpha=alpha)

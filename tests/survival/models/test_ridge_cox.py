"""At the λ chosen, the coefficients of independent solvers."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sksurv.linear_model import CoxPHSurvivalAnalysis

import conf
from radsurv.survival.model import z_scores

KEPT = [4, 0, 2]


@pytest.fixture(scope="module")
def model(sixty):
    return conf.model("ridge_cox").fit_reduced(sixty.training_set()).model


def test_ridge_is_that_of_scikit_survival(sixty, model):
    """n λ is its penalty."""
    theirs = CoxPHSurvivalAnalysis(alpha=model.penalty * 60, ties="breslow", tol=1e-12)
    theirs.fit(z_scores(sixty.table[:, KEPT])[0], sixty.outcome.structured())
    assert model.coefficients == pytest.approx(theirs.coef_, rel=2e-3)  # glmnet stops that early
    assert np.count_nonzero(model.coefficients) == 3


def test_ridge_is_that_of_lifelines(sixty, model):
    """λ is its penalty."""
    table = pd.DataFrame(z_scores(sixty.table[:, KEPT])[0], columns=list("eac"))
    table = table.assign(time=sixty.outcome.time, event=sixty.outcome.event)
    theirs = CoxPHFitter(penalizer=model.penalty, l1_ratio=0).fit(table, "time", "event")
    assert model.coefficients == pytest.approx(theirs.params_.to_numpy(), rel=2e-3)


def test_no_lasso_at_all():
    options = conf.model("ridge_cox", n_lambda=30)
    assert (options.settings.l1_ratio, options.settings.n_lambda) == (0.0, 30)
    with pytest.raises(ValueError, match="alpha"):
        conf.model("ridge_cox", alpha=0.5)


def test_one_standard_error_shrinks_more(sixty, model):
    sparser = conf.model("ridge_cox", lambda_rule="1se").fit_reduced(sixty.training_set()).model
    assert sparser.penalty > model.penalty
    assert np.linalg.norm(sparser.coefficients) < np.linalg.norm(model.coefficients)

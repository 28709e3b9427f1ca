"""Features without a penalty on the path of an elastic net, as R's glmnet has them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis

from radsurv.survival.elastic_net_path import PathSettings, fit_coxnet, penalty_factors
from radsurv.survival.nested_path import inner_members, nested_path
from radsurv.survival.outcome import Outcome, check_outcome

FOLDER = Path(__file__).parents[1] / "data/penalty_factor"
N_FREE = 3


def patients(case):
    table = pd.read_csv(FOLDER / f"{case}.csv")
    values = table.filter(regex="^x").to_numpy()
    return values, check_outcome(table["months"], table["event"]), table["fold"].to_numpy()


@pytest.mark.parametrize("case", ["joint", "wide"])
@pytest.mark.parametrize("alpha", ["0", "0.1", "1"])
def test_paths_of_glmnet(case, alpha):
    """Ties, censoring, and a label that one inner training set lacks."""
    z, outcome, folds = patients(case)
    theirs = pd.read_csv(FOLDER / f"{case}_{alpha}.csv")
    path = fit_coxnet(z, outcome, folds, PathSettings(float(alpha), 40, until_minimum=False), N_FREE)
    assert len(path.lambdas) == len(theirs)
    assert path.lambdas == pytest.approx(theirs["lambda"].to_numpy(), rel=1e-10)
    assert path.deviance_ratio == pytest.approx(theirs["deviance_ratio"].to_numpy(), rel=1e-10)
    assert path.coefficients == pytest.approx(theirs.filter(regex="^x").to_numpy(), abs=1e-10)
    assert path.cv_deviance == pytest.approx(theirs["cvm"].to_numpy(), rel=1e-10)
    assert path.cv_error == pytest.approx(theirs["cvsd"].to_numpy(), rel=1e-10)


def test_nothing_but_unpenalised_features_is_plain_cox_regression():
    z, outcome, folds = patients("joint")
    path = fit_coxnet(z[:, :2], outcome, folds, PathSettings(0.5, 40, until_minimum=False), 2)
    assert len(path.lambdas) == 1
    theirs = CoxPHSurvivalAnalysis(ties="breslow", tol=1e-12).fit(z[:, :2], outcome.structured())
    assert path.coefficients[0] == pytest.approx(theirs.coef_, rel=1e-3)  # glmnet stops that early


def test_nested_parts_have_factors_of_their_own():
    """With the same features everywhere, the curve of shared ones; and an inner set may lack an unpenalised one."""
    z, outcome, folds = patients("joint")
    settings, drawn = PathSettings(0.3, 40, until_minimum=False), np.atleast_2d(folds)
    shared = fit_coxnet(z[:, [0, 1, 4, 5]], outcome, folds, settings, 2)
    own = [z[:, [0, 1, 4, 5]]] * 5
    nested = nested_path(own, outcome, drawn, settings, [2] * 5)
    # Inner sets are scaled by their own members, which unpenalised coefficients do not feel, penalised ones a little.
    assert nested.coefficients == pytest.approx(shared.coefficients, abs=1e-9)
    assert nested.cv_deviance[0] == pytest.approx(shared.cv_deviance[0], abs=1e-3)
    assert len(inner_members(drawn)) == 4
    fewer = nested_path([*own[:2], z[:, [0, 4]], *own[3:]], outcome, drawn, settings, [2, 2, 1, 2, 2])
    assert np.array_equal(fewer.coefficients, nested.coefficients)
    assert fewer.cv_deviance[0] != nested.cv_deviance[0]


def test_factors_have_the_mean_one():
    assert penalty_factors(8, 3).tolist() == [0.0, 0.0, 0.0, *[1.6] * 5]
    assert penalty_factors(4, 0).tolist() == [1.0] * 4
    assert penalty_factors(2, 2).tolist() == [0.0, 0.0]


def test_separation_ends_at_finite_coefficients():
    """Nobody of one label has the event: its coefficient has no maximum."""
    label = np.repeat([0.0, 1.0], 10)[:, None]
    noise = np.random.default_rng(0).normal(size=(20, 2))
    outcome = Outcome(np.arange(1.0, 21.0), np.repeat([True, False], 10))
    path = fit_coxnet(
        np.hstack([label, noise]), outcome, np.arange(20) % 4 + 1, PathSettings(0.1, 20, until_minimum=False), 1
    )
    assert np.isfinite(path.coefficients).all()
    assert path.coefficients[0, 0] < -5

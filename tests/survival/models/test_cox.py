"""The whole model against lifelines, with the same ridge."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

import conf
from radsurv.survival.cox_regression import RIDGE
from radsurv.survival.model import z_scores

KEPT = [4, 0, 2]


@pytest.fixture(scope="module")
def found(sixty):
    return conf.model("cox").fit_reduced(sixty.training_set(folds=np.stack([sixty.folds, sixty.folds[::-1]])))


@pytest.fixture(scope="module")
def theirs(sixty):
    table = pd.DataFrame(z_scores(sixty.table[:, KEPT])[0], columns=list("eac"))
    table = table.assign(time=sixty.outcome.time, event=sixty.outcome.event)
    options = {"precision": 1e-12, "r_precision": 1e-14}
    return CoxPHFitter(penalizer=RIDGE).fit(table, "time", "event", fit_options=options)


def test_coefficients_of_lifelines(found, theirs):
    assert found.model.coefficients == pytest.approx(theirs.params_.to_numpy(), rel=1e-6)


def test_survival_curves_of_lifelines(sixty, found, theirs):
    times = np.sort(sixty.outcome.time)[[5, 20, 30, 50]]  # between the times of patients lifelines interpolates
    z = pd.DataFrame(z_scores(sixty.table[:, KEPT])[0], columns=list("eac"))
    expected = theirs.predict_survival_function(z, times=times).to_numpy().T
    assert found.model.survival(sixty.table, times) == pytest.approx(expected, rel=1e-5)


def test_there_is_no_penalty_to_choose(found):
    assert np.isnan(found.model.penalty)
    assert not found.by_draw

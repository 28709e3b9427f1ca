"""Every model fits the same training set, and is judged the same way."""

import numpy as np
import pytest

import conf
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.model import SurvivalModel
from radsurv.survival.model_options import MODELS, several


def options(name):
    """As in conf/, with fewer trees."""
    return conf.model(name, **({"trees": 20} if name in ("rsf", "gbs") else {}))


@pytest.mark.parametrize("name", MODELS)
def test_every_model_learns_and_is_asked_the_same_things(sixty, name):
    model = options(name).fit_reduced(sixty.training_set()).model
    table, outcome = sixty.table, sixty.outcome
    score = model.score(table)
    assert harrell_c(outcome, score) > 0.7
    assert model.threshold == pytest.approx(np.median(score), rel=1e-12)
    assert not model.is_null
    assert model.features.tolist() == [4, 0, 2]
    times = np.array([1e-6, *np.quantile(outcome.time, [0.2, 0.5, 0.8]), 1e6])
    survival = model.survival(table, times)
    assert survival.shape == (60, 5)
    assert (survival[:, 0] == 1).all()
    assert (np.diff(survival, axis=1) <= 0).all()
    assert (survival >= 0).all()
    # Who has the higher score has the lower chance of surviving.
    assert np.corrcoef(score, survival[:, 2])[0, 1] < -0.8
    assert model.to_dict(list("abcde"))["features"] == ["e", "a", "c"]


@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_says_of_itself_is_what_it_does(sixty, name):
    chosen = options(name)
    model = chosen.fit_reduced(sixty.training_set()).model
    assert np.isfinite(model.coefficients).all() == chosen.has_coefficients
    assert np.isfinite(model.penalty) == chosen.has_penalty
    assert isinstance(model, SurvivalModel) == chosen.has_coefficients
    assert set(chosen.searchable) <= set(type(chosen).model_fields)
    assert chosen.describe()
    assert chosen.choice() == chosen.name == name


@pytest.mark.parametrize("name", MODELS)
def test_the_order_of_the_patients_does_not_matter_to_scores(sixty, name):
    """Nor who else is scored with them."""
    model = options(name).fit_reduced(sixty.training_set()).model
    some = np.array([40, 3, 17])
    assert model.score(sixty.table[some]) == pytest.approx(model.score(sixty.table)[some], rel=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_without_a_feature_every_model_is_null(sixty, name):
    """With as many models of single draws as it has with features: none where draws choose nothing."""
    several_draws = np.stack([sixty.folds, sixty.folds[::-1]])
    chosen = options(name)
    found = chosen.fit_reduced(sixty.training_set((), several_draws))
    assert all(model.is_null for model in (found.model, *found.by_draw))
    assert len(found.by_draw) == (2 if chosen.has_penalty else 0)
    assert len(found.by_draw) == len(chosen.fit_reduced(sixty.training_set(folds=several_draws)).by_draw)
    assert not found.model.score(sixty.table).any()


def test_the_null_model_predicts_the_survival_of_nelson_and_aalen(sixty):
    outcome = sixty.outcome
    model = options("coxnet").fit_reduced(sixty.training_set(())).model
    times = np.array([0.0, *np.quantile(outcome.time, [0.1, 0.5, 0.9])])
    hazard = [
        sum(1 / np.count_nonzero(outcome.time >= death) for death in outcome.time[outcome.event] if death <= time)
        for time in times
    ]
    assert model.survival(sixty.table[:2], times) == pytest.approx(np.exp(-np.array([hazard] * 2)), rel=1e-12)
    assert np.isnan(model.penalty)
    assert model.threshold == 0


def test_options_can_be_changed_one_by_one():
    plain = conf.model("coxnet")
    changed = plain.with_options({"alpha": 0.7})
    assert (changed.alpha, changed.lambda_rule, changed.n_lambda) == (0.7, plain.lambda_rule, plain.n_lambda)
    assert plain.alpha != 0.7
    assert plain.with_options({}) == plain


def test_one_draw_of_the_folds_has_nothing_to_be_held_against():
    assert several(["model"]) == []
    assert several(["one", "other"]) == ["one", "other"]

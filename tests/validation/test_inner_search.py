"""Hyper-parameters of one training set, by hand; and what is computed once for several of them."""

from typing import ClassVar

import numpy as np
import pytest
import toys

import conf
import radsurv.validation.inner_search as module
from radsurv.survival.elastic_net_path import fit_coxnet
from radsurv.survival.model import z_scores
from radsurv.survival.nested_path import nested_path
from radsurv.survival.outcome import check_outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.training_sets import training_sets
from radsurv.validation.inner_search import (
    InnerSearch,
    SharedRanks,
    TransformedSets,
    configured,
    loosest,
    searched,
)

OUTCOME = check_outcome([5, 3, 9, 1, 7, 7, 2, 8, 4, 6, 11, 10], [1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1])
VALUES = np.random.default_rng(3).normal(size=(12, 4)) - OUTCOME.time[:, None] * [0.3, 0.1, 0.0, -0.2]
FOLDS = np.tile([1, 2, 3], 4)[None]
REDUCTION = conf.reduction(cindex=0.6, pearson=0.85)
MODEL = conf.model("coxnet", alpha=0.5, path="complete")


class ByHand:
    """Three inner sets whose reductions are written down; they hang on one threshold and on the group alone."""

    transforms = ()
    n_sets = 4
    KEPT: ClassVar = {
        0.6: [[0, 3], [0], [3, 0], [0, 1]],
        0.65: [[0, 3], [0], [3, 0], [0, 1]],
        0.7: [[3], [3], [0], [3]],
        0.9: [[]] * 4,
    }

    def __init__(self):
        self.asked = []

    def reduce(self, which, options, among):
        self.asked.append((which, options.cindex))
        kept = [one for one in self.KEPT[options.cindex][which] if among is None or among[one]]
        return Reduction(np.array(kept, dtype=np.int64), np.full(len(kept), 0.7), np.array(kept, dtype=np.int64), 4)

    def kept(self, which, reduction):
        return VALUES[:, reduction.kept] * (1 + which)  # every set has values of its own


@pytest.fixture
def paths(monkeypatch):
    """How often a path was fitted."""
    fitted = []

    def counting(*arguments):
        fitted.append(arguments)
        return nested_path(*arguments)

    monkeypatch.setattr(module, "nested_path", counting)
    return fitted


def search(sets=None, groups=None, model=MODEL, folds=FOLDS):
    return InnerSearch(ByHand() if sets is None else sets, OUTCOME, folds, REDUCTION, model, groups or {}, 0)


def by_hand(columns, settings=MODEL.settings):
    return nested_path([VALUES[:, one] * (1 + which) for which, one in enumerate(columns)], OUTCOME, FOLDS, settings)


def test_the_value_is_that_of_the_chosen_lambda():
    path = by_hand(ByHand.KEPT[0.6])
    assert search().value({}, "deviance") == path.cv_deviance[path.chosen("min")] == path.cv_deviance.min()
    assert search().value({}, "c") == path.concordance[path.chosen("min")]
    assert search().value({"lambda_rule": "1se"}, "deviance") == path.cv_deviance[path.chosen("1se")]
    other = by_hand(ByHand.KEPT[0.7], MODEL.model_copy(update={"alpha": 1.0}).settings)
    assert search().value({"cindex": 0.7, "alpha": 1.0}, "deviance") == other.cv_deviance.min()


def test_the_null_model_has_the_value_of_no_model_at_all():
    """The path of no feature: one λ or many, no coefficient, and the deviance that glmnet calls null."""
    path = by_hand([[]] * 4)
    assert search().value({"cindex": 0.9}, "deviance") == path.cv_deviance[path.chosen("min")]
    reduced, fit = search().fit({"cindex": 0.9}, nested=True)
    assert fit.model.is_null
    assert np.isnan(fit.model.penalty)
    assert not len(reduced.kept)


@pytest.mark.parametrize("rule", ["min", "1se"])
def test_the_nested_fit_is_the_path_at_the_lambda_of_the_inner_sets(rule):
    path, chosen = by_hand(ByHand.KEPT[0.6]), {"lambda_rule": rule}
    reduced, fit = search().fit(chosen, nested=True)
    assert reduced.kept.tolist() == fit.model.features.tolist() == [0, 3]
    assert fit.model.coefficients.tolist() == path.coefficients[path.chosen(rule)].tolist()
    assert fit.model.penalty == path.lambdas[path.chosen(rule)]
    assert fit.model.mean == pytest.approx(VALUES[:, [0, 3]].mean(axis=0))


def test_the_other_fit_asks_the_whole_set_alone():
    sets = ByHand()
    reduced, fit = search(sets).fit({"cindex": 0.7}, nested=False)
    assert sets.asked == [(0, 0.7)]
    path = fit_coxnet(z_scores(VALUES[:, [3]])[0], OUTCOME, FOLDS, MODEL.settings)
    assert fit.model.coefficients.tolist() == path.coefficients[path.chosen("min")].tolist()
    assert reduced.kept.tolist() == [3]


def test_several_draws_of_the_folds_are_one_path(paths):
    class Twice(ByHand):
        n_sets = 7

        def reduce(self, which, options, among):
            return super().reduce(0 if which == 0 else 1 + (which - 1) % 3, options, among)

    folds = np.concatenate([FOLDS, FOLDS[:, ::-1]])
    _, fit = search(Twice(), folds=folds).fit({}, nested=True)
    assert len(fit.by_draw) == 2
    assert len(paths) == 1
    assert len(paths[0][0]) == 7


# What is remembered


def test_the_same_options_need_no_second_path(paths):
    """Whatever object they are in: what counts is what they say."""
    sets = ByHand()
    one = search(sets)
    first = one.value({}, "deviance")
    asked = len(sets.asked)
    assert one.value({"cindex": 0.6, "alpha": 0.5}, "deviance") == first
    assert one.value({"pearson": 0.85, "lambda_rule": "min"}, "deviance") == first
    one.fit({}, nested=True)
    assert (len(paths), len(sets.asked), asked) == (1, 4, 4)


def test_another_rule_or_objective_needs_no_second_path(paths):
    one = search()
    for rule in ("min", "1se"):
        for objective in ("deviance", "c"):
            one.value({"lambda_rule": rule}, objective)
    assert len(paths) == 1


def test_thresholds_that_keep_the_same_need_no_second_path(paths):
    sets = ByHand()
    one = search(sets)
    assert one.value({"cindex": 0.6}, "deviance") == one.value({"cindex": 0.65}, "deviance")
    assert len(paths) == 1
    assert len(sets.asked) == 8


def test_what_makes_a_difference_has_a_path_of_its_own(paths):
    groups = {"all": np.ones(4, dtype=bool), "none of 3": np.arange(4) != 3}
    one = search(groups=groups)
    for chosen in ({}, {"alpha": 1.0}, {"cindex": 0.7}, {"features": "none of 3"}):
        one.value(chosen, "deviance")
    assert len(paths) == 4
    one.value({"features": "all"}, "deviance")  # the same features as without a group
    assert len(paths) == 4


def test_the_same_columns_of_other_sets_are_no_excuse(paths):
    """The features kept in the whole set agree, those of an inner one do not."""
    sets = ByHand()
    sets.KEPT = {0.6: [[0, 3], [0], [3, 0], [0, 1]], 0.7: [[0, 3], [0], [3, 0], [0, 3]]}
    one = search(sets)
    assert one.value({"cindex": 0.6}, "deviance") != one.value({"cindex": 0.7}, "deviance")
    assert len(paths) == 2


# Inner training sets


PATIENTS = toys.cohort(24)
MEMBERS = np.delete(np.arange(24), [2, 11, 17])
DRAWN = np.stack([np.arange(21) % 3 + 1, np.arange(21)[::-1] % 3 + 1])


@pytest.mark.parametrize(
    "members", [MEMBERS, np.sort(MEMBERS[np.arange(21) // 2])], ids=["once each", "with repetition"]
)
@pytest.mark.parametrize("icc", [None, 0.8])
@pytest.mark.parametrize("among", [None, np.arange(12) < 9], ids=["all", "some"])
def test_every_inner_set_is_reduced_by_its_members_alone(members, icc, among):
    options = conf.reduction(**toys.REDUCTION, icc=icc)
    folds = DRAWN if len(np.unique(members)) == 21 else np.unique(members, return_inverse=True)[1][None] % 3 + 1
    shared = SharedRanks(PATIENTS, PATIENTS.outcome, members, folds, options, among)
    alone = TransformedSets(PATIENTS, PATIENTS.outcome, members, folds, options, among, toys.transforms(toys.Same()))
    inside = [np.ones(21, dtype=bool), *(draw != out for draw in folds for out in (1, 2, 3))]
    assert shared.n_sets == alone.n_sets == len(inside)
    for which, chosen in enumerate(inside):
        rows = members[chosen]
        table, readings = rank_table(PATIENTS.measured.values[rows]), PATIENTS.readings.take(rows)
        everybody = training_sets(np.ones((1, len(rows)), dtype=int))
        expected = FeatureReduction(table, everybody, options, readings, among).reduce(PATIENTS.outcome.take(rows))[0]
        assert len(expected.kept)
        for found in (shared.reduce(which, options, None), alone.reduce(which, options, None)):
            for part in ("kept", "strength", "candidates", "n_varying"):
                assert np.array_equal(getattr(found, part), getattr(expected, part))
        kept = PATIENTS.measured.values[members][:, expected.kept]
        assert np.array_equal(shared.kept(which, expected), kept)
        assert np.array_equal(alone.kept(which, expected), kept)


def test_transforms_are_fitted_on_the_members_of_each_inner_set():
    sets = TransformedSets(
        PATIENTS, PATIENTS.outcome, MEMBERS, DRAWN[:1], REDUCTION, None, toys.transforms(toys.Centre())
    )
    values = PATIENTS.measured.values[MEMBERS]
    some = Reduction(np.array([5, 1]), np.zeros(2), np.array([5, 1]), 12)
    for which, inside in enumerate([np.ones(21, dtype=bool), *(DRAWN[0] != out for out in (1, 2, 3))]):
        expected = (values - values[inside].mean(axis=0))[:, [5, 1]]
        assert sets.kept(which, some) == pytest.approx(expected, abs=1e-14)
    assert sets.transforms[0].means["all"] == pytest.approx(values.mean(axis=0))


def test_without_folds_there_is_the_whole_set_alone():
    shared = SharedRanks(PATIENTS, PATIENTS.outcome, MEMBERS, DRAWN[:0], REDUCTION, None)
    assert shared.n_sets == 1


# Options


def test_hyper_parameters_take_the_place_of_options():
    reduction, model = configured(REDUCTION, MODEL, {"cindex": 0.7, "alpha": 1.0, "features": "late"})
    assert (reduction.cindex, reduction.pearson, model.alpha, model.lambda_rule) == (0.7, 0.85, 1.0, "min")
    assert (REDUCTION.cindex, MODEL.alpha) == (0.6, 0.5)


def test_what_is_searched_hangs_on_steps_and_model():
    asked = conf.search("optuna", **toys.FEW_TRIALS)
    assert list(searched(asked, REDUCTION, MODEL)) == ["cindex", "pearson", "alpha", "lambda_rule"]
    assert searched(asked, REDUCTION, conf.model("rsf")) == {"cindex": [0.5, 0.55, 0.6], "pearson": [0.6, 0.9]}
    fewer = conf.reduction(steps=["mad", "pearson"])
    assert list(searched(asked, fewer, MODEL)) == ["pearson", "alpha", "lambda_rule"]
    grouped = asked.model_copy(update={"features": {"a": ["*"], "b": ["f*"]}})
    assert searched(grouped, REDUCTION, MODEL)["features"] == ["a", "b"]
    assert searched(conf.search("none"), REDUCTION, MODEL) == {}


def test_the_loosest_thresholds():
    found = loosest(conf.search("optuna", **toys.FEW_TRIALS), REDUCTION)
    assert (found.cindex, found.pearson, found.mad) == (0.5, 0.9, 0.0)
    assert loosest(conf.search("none"), REDUCTION) is REDUCTION

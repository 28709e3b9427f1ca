"""Hyper-parameters of one training set, by hand; and what is computed once for several of them."""

from typing import ClassVar

import numpy as np
import pytest

import conf
import radsurv.validation.inner_search as module
from radsurv.survival.elastic_net_path import fit_coxnet
from radsurv.survival.model import z_scores
from radsurv.survival.nested_path import nested_path
from radsurv.survival.outcome import check_outcome
from radsurv.survival.reduction import Reduction
from radsurv.validation.inner_search import InnerSearch

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
    kept = [VALUES[:, one] * (1 + which) for which, one in enumerate(columns)]
    return nested_path(kept, OUTCOME, FOLDS, settings, [0] * len(kept))


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

"""The λ curve with features of their own in every inner training set."""

import numpy as np
import pytest

import conf
from radsurv.survival.cox_path import cross_validate_parts, cross_validate_path
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.model_options import ReducedTrainingSet
from radsurv.survival.nested_path import NestedPath, nested_path
from radsurv.survival.outcome import check_outcome
from radsurv.survival.reduction import Reduction

MODEL = conf.model("coxnet", alpha=0.5, path="complete")
N_FOLDS = 4


@pytest.fixture(scope="module")
def cohort():
    generator = np.random.default_rng(5)
    values = generator.normal(size=(40, 8))
    time = np.ceil(15 * generator.exponential(np.exp(-values[:, 0] - values[:, 1]))) + 1
    outcome = check_outcome(time, generator.random(40) < 0.7)
    return values, outcome, generator.permutation(np.arange(40) % N_FOLDS + 1)


def by_time(cohort):
    values, outcome, folds = cohort
    order = np.lexsort((~outcome.event, outcome.time))
    ordered = outcome.take(order)
    return np.ascontiguousarray(values[order].T), ordered.time, ordered.event, folds[None, order].astype(np.int64)


def keep(features):
    chosen = np.array(features, dtype=np.int64)
    return Reduction(chosen, np.full(len(chosen), 0.6), chosen, len(chosen))


def judged(values, reductions, outcome, folds):
    """The path on the features that each reduction kept."""
    kept = [values[:, one.kept] for one in reductions]
    return nested_path(kept, outcome, np.atleast_2d(folds), MODEL.settings, [0] * len(kept))


@pytest.mark.parametrize("stop_early", [True, False])
def test_the_same_features_everywhere_give_the_curve_of_glmnet(cohort, stop_early):
    x, time, event, folds = by_time(cohort)
    arguments = time, event, np.zeros(0, dtype=np.bool_), folds, N_FOLDS, 0.5, 100, stop_early
    starts = 8 * np.arange(N_FOLDS + 1)
    even = np.ones(8)
    own = np.tile(x, (N_FOLDS, 1)), np.ones(8 * N_FOLDS), starts
    lambdas, coefficients, mean, error, _ = cross_validate_parts(x, even, *own, *arguments)
    theirs = cross_validate_path(x, even, *arguments)
    for ours, expected in zip(
        (lambdas, coefficients, mean, error), (theirs[0], theirs[2], theirs[4], theirs[5]), strict=True
    ):
        np.testing.assert_array_equal(ours, expected)


def test_a_fold_sees_its_own_features_only(cohort):
    """Without features in any inner training set the curve is flat: the null deviance, and a C of one half."""
    values, outcome, folds = cohort
    path = judged(values, [keep(range(8)), *[keep([])] * N_FOLDS], outcome, folds)
    assert len(path.lambdas) > 5
    assert np.ptp(path.cv_deviance) == 0
    assert (path.concordance == 0.5).all()
    assert path.chosen("min") == path.chosen("1se") == 0
    one = judged(values, [keep(range(8)), keep([0, 1]), *[keep([])] * (N_FOLDS - 1)], outcome, folds)
    assert np.ptp(one.cv_deviance) > 0


def test_concordance_within_left_out_folds(cohort):
    """With a single feature the sign of its coefficient orders the patients: C is that of the feature."""
    values, outcome, folds = cohort
    path = judged(values, [keep([0])] * (N_FOLDS + 1), outcome, folds)
    pairs, concordant = 0.0, 0.0
    for fold in range(1, N_FOLDS + 1):
        inside = np.flatnonzero(folds == fold)
        part = outcome.take(inside)
        comparable = sum(
            part.event[a] and (part.time[a] < part.time[b] or (part.time[a] == part.time[b] and not part.event[b]))
            for a in range(len(part)) for b in range(len(part)) if a != b
        )  # fmt: skip
        pairs += comparable
        concordant += comparable * harrell_c(part, values[inside, 0])
    assert path.concordance[-1] == pytest.approx(concordant / pairs, rel=1e-12)


@pytest.mark.parametrize("rule", ["min", "1se"])
def test_the_model_at_the_chosen_penalty(cohort, rule):
    values, outcome, folds = cohort
    options = MODEL.with_options({"lambda_rule": rule})
    reductions = [keep([0, 1, 2]), keep([1, 0]), keep([1]), keep([]), keep([3, 1])]
    path = judged(values, reductions, outcome, folds)
    training = ReducedTrainingSet(values[:, :3], reductions[0], outcome, folds[None], 0)
    model = options.fit_of(training, path).model
    assert model.penalty == path.lambdas[path.chosen(rule)]
    assert model.coefficients.tolist() == path.coefficients[path.chosen(rule)].tolist()
    assert path.lambdas[path.chosen("1se")] >= path.lambdas[path.chosen("min")]
    usual = options.fit_reduced(training).model
    np.testing.assert_array_equal(model.sd, usual.sd)


def test_no_feature_is_the_null_model(cohort):
    values, outcome, folds = cohort
    model = MODEL.fit_reduced(ReducedTrainingSet(values[:, :0], keep([]), outcome, folds[None], 0)).model
    assert model.is_null
    assert np.isnan(model.penalty)
    assert model.threshold == 0


def test_scores_that_overflow_at_every_penalty_leave_the_largest():
    nothing = np.full((2, 3), np.inf), np.full((2, 3), np.nan), np.full(3, 0.5)
    path = NestedPath(np.array([3.0, 2.0, 1.0]), np.zeros((3, 1)), *nothing)
    assert path.chosen("min") == path.chosen("1se") == 0


def test_two_draws_of_the_same_folds_are_one(cohort):
    values, outcome, folds = cohort
    inner = [keep([1, 0]), keep([1]), keep([]), keep([3, 1])]
    once = judged(values, [keep([0, 1, 2]), *inner], outcome, folds)
    twice = judged(values, [keep([0, 1, 2]), *inner, *inner], outcome, np.stack([folds, folds]))
    np.testing.assert_array_equal(twice.draw_deviance, np.repeat(once.draw_deviance[:1], 3, axis=0))
    np.testing.assert_array_equal(twice.concordance, once.concordance)
    assert twice.chosen_by_draw("1se") == [once.chosen("1se")] * 2

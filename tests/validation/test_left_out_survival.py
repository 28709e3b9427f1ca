"""Survival of left-out patients comes from the training set of their fold."""

import numpy as np
import pytest
import toys
from lifelines import KaplanMeierFitter
from sksurv.linear_model import CoxPHSurvivalAnalysis

from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.model import SurvivalModel, breslow_baseline
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.left_out import LeftOutModels
from radsurv.validation.left_out_survival import left_out_survival
from radsurv.validation.splits import Splits

SLOPES = np.array([0.8, -0.4])


def model_of(values: np.ndarray, outcome: Outcome, slopes: np.ndarray) -> SurvivalModel:
    nothing, one = np.zeros(2), np.ones(2)
    baseline = breslow_baseline(outcome, values @ slopes)
    return SurvivalModel(np.arange(2), one, nothing, one, slopes, 0.1, 0.0, *baseline)


def left_out_of(fold: np.ndarray) -> np.ndarray:
    return np.unique(fold)[:, None] == fold


def survival_of(values, outcome, tested, models, horizons):
    """`left_out_survival` of one repeat, of features as they are."""
    nothing = np.zeros(len(tested), dtype=int)
    splits = Splits((~tested).astype(int), tested, nothing, np.arange(len(tested)))
    judges = LeftOutModels(splits, [LearnedModel((), model) for model in models])
    measured = toys.patients(values, outcome.time, outcome.event).measured
    return left_out_survival(measured, outcome, judges, horizons, survival_curve(outcome))


@pytest.fixture
def cohort():
    generator = np.random.default_rng(2)
    values = generator.normal(size=(45, 2))
    time = generator.exponential(15 * np.exp(-values @ SLOPES)).round() + 1
    return values, check_outcome(time, generator.random(45) < 0.7), np.arange(45) % 3


def test_survival_is_that_of_a_cox_model_of_the_other_folds(cohort):
    values, outcome, fold = cohort
    horizons = np.array([2.0, 5.0, 9.0, 30.0])
    fits = [
        CoxPHSurvivalAnalysis(tol=1e-14).fit(
            values[fold != which], outcome.take(np.flatnonzero(fold != which)).structured()
        )
        for which in range(3)
    ]
    models = [model_of(values[fold != which], outcome.take(np.flatnonzero(fold != which)), fit.coef_)
              for which, fit in enumerate(fits)]  # fmt: skip
    found = survival_of(values, outcome, left_out_of(fold), models, horizons)
    for patient, which in enumerate(fold):
        curve = fits[which].predict_survival_function(values[[patient]])[0]
        last = curve.domain[1]
        np.testing.assert_allclose(found.model[patient], [curve(min(time, last)) for time in horizons], rtol=1e-6)
        # Before the first time of its training set, scikit-survival's curve is not defined; nobody has died yet.
        expected = curve(min(outcome.time[patient], last)) if outcome.time[patient] >= curve.x[0] else 1.0
        assert found.at_end[patient] == pytest.approx(expected, rel=1e-6)
    fitter = KaplanMeierFitter().fit(outcome.time, outcome.event)
    np.testing.assert_allclose(found.kaplan_meier, fitter.predict(horizons), rtol=1e-9)


def test_an_outcome_matters_only_where_it_was_trained_on(cohort):
    values, outcome, _ = cohort
    fold = np.arange(45)
    models = [model_of(np.delete(values, one, axis=0), outcome.take(np.delete(fold, one)), SLOPES) for one in fold]
    horizons = np.array([3.0, 8.0])
    before = survival_of(values, outcome, left_out_of(fold), models, horizons)
    time, event = outcome.time.copy(), outcome.event.copy()
    time[7], event[7] = 0.5, True
    changed = Outcome(time, event)
    after = survival_of(values, changed, left_out_of(fold), models, horizons)
    np.testing.assert_array_equal(before.model, after.model)


def test_a_risk_beyond_the_range_of_numbers():
    outcome = check_outcome([2, 4, 6, 8], [1, 1, 1, 0])
    model = model_of(np.zeros((4, 2)), outcome, np.array([1.0, 0.0]))
    values = np.array([[1e4, 0], [-1e4, 0], [0, 0], [0, 0]])
    found = survival_of(
        values,
        outcome,
        left_out_of(np.array([0, 0, 1, 1])),
        [model] * 2,
        np.array([1.0, 5.0]),
    )
    np.testing.assert_array_equal(found.model[:2], [[1, 0], [1, 1]])


def test_no_horizon_leaves_the_end(cohort):
    values, outcome, fold = cohort
    models = [model_of(values, outcome, SLOPES)] * 3
    found = survival_of(values, outcome, left_out_of(fold), models, np.empty(0))
    assert found.model.shape == (45, 0)
    assert found.kaplan_meier.shape == (0,)
    assert np.all((found.at_end > 0) & (found.at_end <= 1))


def test_several_models_are_averaged(cohort):
    """Everybody judged by two of three models, the way out-of-bag patients are."""
    values, outcome, fold = cohort
    models = [model_of(values, outcome, slopes) for slopes in (SLOPES, 2 * SLOPES, -SLOPES)]
    horizons = np.array([4.0, 12.0])
    found = survival_of(values, outcome, ~left_out_of(fold), models, horizons)
    for patient in (0, 1, 2):
        judges = [which for which in range(3) if which != fold[patient]]
        expected = np.mean([models[which].survival(values[[patient]], horizons)[0] for which in judges], axis=0)
        np.testing.assert_allclose(found.model[patient], expected, rtol=1e-12)


def test_survival_passes_through_the_transforms(cohort):
    values, outcome, fold = cohort
    horizons, tested = np.array([4.0, 12.0]), left_out_of(fold)
    measured = toys.patients(values, outcome.time, outcome.event).measured
    centred = [toys.Centre().fit(measured.take(np.flatnonzero(~row))) for row in tested]
    models = [model_of(one.apply(measured).values, outcome, SLOPES) for one in centred]
    nothing = np.zeros(3, dtype=int)
    splits = Splits((~tested).astype(int), tested, nothing, np.arange(3))
    learned = [LearnedModel((one,), model) for one, model in zip(centred, models, strict=True)]
    judges = LeftOutModels(splits, learned)
    found = left_out_survival(measured, outcome, judges, horizons, survival_curve(outcome))
    for patient, which in enumerate(fold):
        row = values[[patient]] - values[fold != which].mean(axis=0)
        np.testing.assert_allclose(found.model[patient], models[which].survival(row, horizons)[0], rtol=1e-12)

from dataclasses import replace

import numpy as np
import pytest
from sksurv.linear_model import CoxnetSurvivalAnalysis

from radsurv.errors import TrainingSetError
from radsurv.survival.elastic_net_path import PathSettings, fit_coxnet
from radsurv.survival.outcome import Outcome
from radsurv.survival.risk_groups import risk_threshold

SETTINGS = PathSettings(l1_ratio=0.1, n_lambda=100, until_minimum=False)
RULES = ("min", "1se")


def random_cohort(n_patients, n_features, seed=0):
    """Continuous times, a third censored, effects of falling size."""
    generator = np.random.default_rng(seed)
    z = generator.normal(size=(n_patients, n_features))
    time = generator.exponential(np.exp(-z @ (0.8 / np.arange(1, n_features + 1))))
    return z, Outcome(time + 1e-3, generator.random(n_patients) < 0.7), np.arange(n_patients) % 5 + 1


def assert_along_paths(paths, golden, attribute, tolerance):
    for fold, path in enumerate(paths):
        values = getattr(path, attribute)
        assert values == pytest.approx(golden[fold, : len(values)], **tolerance)
        assert np.isnan(golden[fold, len(values) :]).all()


def test_paths_of_glmnet_in_every_fold(reference, complete_paths):
    golden = reference.golden
    assert [len(path.lambdas) for path in complete_paths] == golden["loo_nlambda"].tolist()
    assert_along_paths(complete_paths, golden["loo_lambda"], "lambdas", {"rel": 1e-12})
    assert_along_paths(complete_paths, golden["loo_devratio"], "deviance_ratio", {"rel": 1e-11, "abs": 1e-13})
    assert_along_paths(complete_paths, golden["loo_cvm"], "cv_deviance", {"rel": 1e-11})
    assert_along_paths(complete_paths, golden["loo_cvsd"], "cv_error", {"rel": 1e-10})
    for fold, path in enumerate(complete_paths):
        nonzero = np.count_nonzero(path.coefficients, axis=1)
        assert np.array_equal(nonzero, golden["loo_nzero"][fold, : len(nonzero)])


def test_choices_of_glmnet_in_every_fold(reference, complete_paths):
    golden = reference.golden
    for fold, path in enumerate(complete_paths):
        assert [path.chosen("min"), path.chosen("1se")] == golden["loo_index"][fold].tolist()
        for column, rule in enumerate(RULES):
            coefficients = path.coefficients[path.chosen(rule)]
            assert coefficients == pytest.approx(reference.ragged(f"loo_beta_{rule}", fold), abs=1e-11)
            score = reference.training_set(fold)[0] @ coefficients
            assert risk_threshold(score) == pytest.approx(golden["loo_threshold"][fold, column], abs=1e-10)


def test_stopping_early_chooses_the_same(complete_paths, fit_every_fold):
    for complete, stopped in zip(complete_paths, fit_every_fold(path="until_minimum"), strict=True):
        assert [stopped.chosen(rule) for rule in RULES] == [complete.chosen(rule) for rule in RULES]
        judged = len(stopped.lambdas)
        assert judged <= len(complete.lambdas)
        assert np.array_equal(stopped.cv_deviance, complete.cv_deviance[:judged])
        assert np.array_equal(stopped.coefficients, complete.coefficients[:judged])


def test_all_patients_with_the_pieces_of_the_cross_validation(reference):
    golden, kept = reference.golden, reference.golden["full_step3"]
    values = reference.table[:, kept]
    assert values.mean(axis=0) == pytest.approx(golden["full_mean"], rel=1e-12)
    assert values.std(axis=0, ddof=1) == pytest.approx(golden["full_sd"], rel=1e-12)
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    path = fit_coxnet(z, reference.outcome, reference.inner_folds[0], SETTINGS)
    assert path.lambdas == pytest.approx(golden["full_lambda"], rel=1e-12)
    assert pytest.approx(golden["full_beta"], abs=1e-11) == path.coefficients.T
    assert path.fold_deviance == pytest.approx(golden["full_cvraw"], abs=1e-9)
    assert [path.chosen("min"), path.chosen("1se")] == golden["full_index"].tolist()
    assert z @ path.coefficients[path.chosen("min")] == pytest.approx(golden["full_lp_min"], abs=1e-10)
    assert z @ path.coefficients[path.chosen("1se")] == pytest.approx(golden["full_lp_1se"], abs=1e-10)


def test_days_need_no_trick():
    """Ties between events and censorings count the same at 1 day and at 10,000."""
    z, outcome, folds = random_cohort(60, 4)
    early = Outcome(np.ceil(outcome.time * 4), outcome.event)
    late = Outcome(early.time + 10_000, outcome.event)
    assert np.array_equal(
        fit_coxnet(z, early, folds, SETTINGS).coefficients, fit_coxnet(z, late, folds, SETTINGS).coefficients
    )


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0])
def test_agrees_with_scikit_survival_where_no_times_are_tied(alpha):
    z, outcome, folds = random_cohort(90, 8, seed=4)
    path = fit_coxnet(z, outcome, folds, replace(SETTINGS, l1_ratio=alpha))
    theirs = CoxnetSurvivalAnalysis(l1_ratio=alpha, alpha_min_ratio=1e-4).fit(z, outcome.structured())
    shared = min(len(path.lambdas), len(theirs.alphas_))
    assert shared > 20
    assert path.lambdas[:shared] == pytest.approx(theirs.alphas_[:shared], rel=1e-6)
    assert pytest.approx(theirs.coef_[:, :shared], abs=2e-5) == path.coefficients[:shared].T
    assert path.deviance_ratio[:shared] == pytest.approx(theirs.deviance_ratio_[:shared], abs=1e-5)


def gradient(z, outcome, beta):
    """Of the log partial likelihood per patient, by its definition (Breslow)."""
    risk = np.exp(z @ beta)
    total = np.zeros(z.shape[1])
    for patient in np.flatnonzero(outcome.event):
        at_risk = outcome.time >= outcome.time[patient]
        total += z[patient] - risk[at_risk] @ z[at_risk] / risk[at_risk].sum()
    return total / len(z)


@pytest.mark.parametrize("alpha", [0.1, 1.0])
def test_solutions_with_ties_meet_the_conditions_of_optimality(alpha):
    z, outcome, folds = random_cohort(70, 6, seed=2)
    tied = Outcome(np.ceil(outcome.time * 3), outcome.event)
    path = fit_coxnet(z, tied, folds, replace(SETTINGS, l1_ratio=alpha))
    assert path.lambdas[0] * alpha == pytest.approx(np.abs(gradient(z, tied, np.zeros(6))).max(), rel=1e-12)
    for penalty, beta in zip(path.lambdas, path.coefficients, strict=True):
        slope = gradient(z, tied, beta) - penalty * (1 - alpha) * beta
        moving = beta != 0
        assert slope[moving] == pytest.approx(penalty * alpha * np.sign(beta[moving]), abs=2e-4)
        assert np.all(np.abs(slope[~moving]) <= penalty * alpha + 2e-4)


# What cannot be fitted as usual has a defined outcome.


def test_one_feature():
    z, outcome, folds = random_cohort(40, 1)
    path = fit_coxnet(z, outcome, folds, SETTINGS)
    assert path.chosen("min") > 0
    assert path.coefficients[path.chosen("min"), 0] > 0


def test_a_fold_without_an_event_has_no_say():
    z, outcome, folds = random_cohort(60, 5)
    silent = Outcome(outcome.time, outcome.event & (folds != 2))
    path = fit_coxnet(z, silent, folds, SETTINGS)
    voices = path.fold_deviance[[0, 2, 3, 4]]
    assert not path.fold_deviance[1].any()
    assert path.cv_deviance == pytest.approx(voices.sum(axis=0) / silent.event.sum(), rel=1e-12)


def test_an_inner_training_set_without_an_event_is_null():
    z, outcome, folds = random_cohort(60, 3)
    together = Outcome(outcome.time, outcome.event & (folds == 2))
    path = fit_coxnet(z, together, folds, SETTINGS)
    assert path.chosen("min") == 0
    assert np.ptp(path.cv_deviance) == pytest.approx(0, abs=1e-12)


def test_separation_ends_the_path_with_finite_coefficients():
    z = np.arange(20.0)[:, None] - 9.5
    outcome = Outcome(np.arange(20.0, 0.0, -1.0), np.ones(20, dtype=bool))
    for until_minimum in (False, True):
        fitted = fit_coxnet(
            z / z.std(ddof=1), outcome, np.arange(20) % 4 + 1, replace(SETTINGS, until_minimum=until_minimum)
        )
        assert np.isfinite(fitted.coefficients).all()
        assert np.isfinite(fitted.cv_deviance).all()
        assert fitted.coefficients[-1, 0] > 0


@pytest.mark.parametrize("patients_left", [2, 3])
def test_the_first_event_among_the_last_patients(patients_left):
    """glmnet stops with error 30000 here."""
    z, outcome, folds = random_cohort(30, 4)
    late = Outcome(np.sort(outcome.time), np.arange(30) == 30 - patients_left)
    path = fit_coxnet(z, late, folds, SETTINGS)
    assert np.isfinite(path.coefficients).all()
    assert np.isfinite(path.cv_deviance).all()


def test_an_event_with_nobody_else_at_risk_teaches_nothing():
    z, outcome, folds = random_cohort(30, 4)
    last = Outcome(np.sort(outcome.time), np.arange(30) == 29)
    path = fit_coxnet(z, last, folds, SETTINGS)
    assert not path.coefficients.any()
    assert len(path.lambdas) == 1


def test_two_patients_per_fold_and_more_features_than_patients():
    z, outcome, _ = random_cohort(10, 25, seed=5)
    everyone = Outcome(outcome.time, np.ones(10, dtype=bool))
    path = fit_coxnet(z, everyone, np.arange(10) % 5 + 1, SETTINGS)
    assert path.lambdas[1] / path.lambdas[0] == pytest.approx(0.01 ** (1 / 99), rel=1e-6)
    assert np.isfinite(path.cv_deviance).all()


@pytest.mark.parametrize(
    ("n_features", "event", "folds", "message"),
    [
        (0, [1, 1, 0], [1, 2, 3], "found 0 features and 2 events"),
        (2, [0, 0, 0], [1, 2, 3], "found 2 features and 0 events"),
        (2, [1, 1, 0], [4, 4, 4], "all 3 patients are in one inner fold"),
    ],
)
def test_what_cannot_be_fitted_at_all_is_refused(n_features, event, folds, message):
    outcome = Outcome(np.array([1.0, 2.0, 3.0]), np.array(event, dtype=bool))
    with pytest.raises(TrainingSetError, match=message):
        fit_coxnet(np.ones((3, n_features)), outcome, np.array(folds), SETTINGS)


def test_several_draws_of_the_folds_choose_by_their_mean_curve():
    """Each draw's curve is the one that it has alone; the stop waits for the slowest, so all choices stay the same."""
    z, outcome, _ = random_cohort(60, 4)
    folds = np.stack([np.random.default_rng(draw).permutation(60) % 5 + 1 for draw in range(4)])
    alone = [fit_coxnet(z, outcome, one, SETTINGS) for one in folds]
    for until_minimum in (False, True):
        together = fit_coxnet(z, outcome, folds, replace(SETTINGS, until_minimum=until_minimum))
        judged = len(together.lambdas)
        curves, errors = (
            np.stack([getattr(one, name)[:judged] for one in alone]) for name in ("cv_deviance", "cv_error")
        )
        assert np.array_equal(together.draw_deviance[:-1], curves)
        assert together.cv_deviance == pytest.approx(curves.mean(axis=0), rel=1e-14)
        assert together.cv_error == pytest.approx(errors.mean(axis=0), rel=1e-14)
        for rule in RULES:
            assert together.chosen_by_draw(rule) == [one.chosen(rule) for one in alone]
        assert together.chosen("min") == np.argmin(curves.mean(axis=0))
    assert len({one.chosen("min") for one in alone}) > 1

import json

import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis

import conf
from radsurv.errors import TrainingSetError
from radsurv.survival.model import SurvivalModel, breslow_baseline, model_of, null_model, power_of_two, z_scores
from radsurv.survival.model_options import ReducedTrainingSet
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.training_sets import training_sets

CONFIG = conf.model("coxnet", alpha=0.1, path="complete")


def fit_model(table, outcome, folds, reduction, model):
    """Reduce and fit on all patients of a table: the whole of one training set."""
    everybody = training_sets(np.ones((1, len(outcome)), dtype=np.int64))
    (reduced,) = FeatureReduction(rank_table(table), everybody, reduction).reduce(outcome)
    return model.fit_reduced(ReducedTrainingSet(table[:, reduced.kept], reduced, outcome, folds[None], 0)).model


@pytest.fixture(scope="module")
def cohort():
    generator = np.random.default_rng(0)
    table = generator.normal(size=(40, 6)) * 10.0 ** np.arange(-2, 4)
    time = np.ceil(300 * generator.exponential(np.exp(-table[:, 2] - table[:, 3] / 10)))
    return table, Outcome(time, generator.random(40) < 0.8), np.arange(40) % 5 + 1


@pytest.fixture(scope="module")
def model(cohort) -> SurvivalModel:
    return fit_model(*cohort, conf.reduction(cindex=0.55, pearson=0.85), CONFIG)


@pytest.mark.parametrize("rule", ["min", "1se"])
def test_one_training_set_from_table_to_threshold_as_in_r(reference, rule):
    config = CONFIG.model_copy(update={"lambda_rule": rule})
    reduction = conf.reduction(cindex=reference.c_threshold, pearson=0.85)
    golden = reference.golden
    fitted = fit_model(reference.table, reference.outcome, reference.inner_folds[0], reduction, config)
    assert np.array_equal(fitted.features, golden["full_step3"])
    assert fitted.mean == pytest.approx(golden["full_mean"], rel=1e-12)
    assert fitted.sd == pytest.approx(golden["full_sd"], rel=1e-12)
    assert fitted.penalty == pytest.approx(float(golden[f"full_lambda_{rule}"]), rel=1e-12)
    assert fitted.score(reference.table) == pytest.approx(golden[f"full_lp_{rule}"], abs=1e-10)
    assert fitted.threshold == pytest.approx(np.median(golden[f"full_lp_{rule}"]), abs=1e-10)


def test_baseline_hazard_of_scikit_survival():
    generator = np.random.default_rng(1)
    z = generator.normal(size=(50, 2))
    outcome = Outcome(np.ceil(20 * generator.exponential(np.exp(-z[:, 0]))), generator.random(50) < 0.7)
    theirs = CoxPHSurvivalAnalysis(ties="breslow").fit(z, outcome.structured())
    times, hazard = breslow_baseline(outcome, theirs.predict(z))
    # At score 0; scikit-survival's is the same function at all observed times.
    assert hazard == pytest.approx(theirs.cum_baseline_hazard_(times), rel=1e-12)


def test_survival_falls_from_one_and_faster_with_the_score(model, cohort):
    table, outcome, _ = cohort
    times = np.array([0.5, *np.quantile(outcome.time, [0.2, 0.5, 0.9])])
    survival = model.survival(table, times)
    assert np.array_equal(survival[:, 0], np.ones(len(table)))
    assert np.all(np.diff(survival, axis=1) <= 0)
    by_score = np.argsort(model.score(table))
    assert np.all(np.diff(survival[by_score, -1]) <= 0)


def test_json_and_back(model, cohort):
    names = [f"feature {column}" for column in range(6)]
    stored = json.loads(json.dumps(model.to_dict(names), allow_nan=False))
    shuffled = [5, 3, 1, 0, 2, 4]
    back = SurvivalModel.from_dict(stored, [names[column] for column in shuffled])
    table = cohort[0]
    assert np.array_equal(back.score(table[:, shuffled]), model.score(table))
    assert np.array_equal(back.survival(table[:, shuffled], [9.0]), model.survival(table, [9.0]))
    with pytest.raises(TrainingSetError, match="lacks 1 features of the model"):
        SurvivalModel.from_dict(stored, [name for name in names if name != stored["features"][0]])


def test_without_a_surviving_feature_the_model_is_null(cohort):
    fitted = fit_model(*cohort, conf.reduction(cindex=1.0, pearson=0.85), CONFIG)
    assert fitted.is_null
    assert np.isnan(fitted.penalty)
    assert fitted.threshold == 0
    assert not fitted.score(cohort[0]).any()
    back = SurvivalModel.from_dict(json.loads(json.dumps(fitted.to_dict([]), allow_nan=False)), [])
    assert back.is_null
    # Its baseline hazard is the Nelson-Aalen estimate.
    outcome = cohort[1]
    first = np.sort(outcome.time[outcome.event])[0]
    deaths = np.count_nonzero(outcome.event & (outcome.time == first))
    assert fitted.cumulative_hazard[0] == deaths / np.count_nonzero(outcome.time >= first)


@pytest.mark.parametrize("strata", [None, ["A", "B"] * 20])
def test_the_null_model_is_that_of_no_columns(cohort, strata):
    table, outcome, _ = cohort
    none = Reduction(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64), 6)
    one, other = null_model(none, outcome, strata), model_of(table[:, :0], none, outcome, np.zeros(0), np.nan, strata)
    assert one.to_dict([]) == other.to_dict([])
    assert len(one.strata) == (0 if strata is None else 2)


def test_missing_values_are_refused(cohort):
    table, outcome, folds = cohort
    spoilt = table.copy()
    spoilt[3, 1] = np.nan
    with pytest.raises(TrainingSetError, match="1 values are missing"):
        fit_model(spoilt, outcome, folds, conf.reduction(cindex=0.55, pearson=0.85), CONFIG)


@pytest.mark.parametrize("power", [-1000, -700, 0, 300, 1000])
def test_z_scores_do_not_hang_on_the_unit(power):
    """A power of two moves no digit, so neither may it here; the plain formula is what they are in between."""
    values = np.random.default_rng(4).normal(3, 2, size=(30, 4))
    z, mean, sd = z_scores(np.ldexp(values, power))
    plain_mean, plain_sd = values.mean(axis=0), values.std(axis=0, ddof=1)
    assert np.array_equal(z, (values - plain_mean) / plain_sd)
    assert np.array_equal(mean, np.ldexp(plain_mean, power))
    assert np.array_equal(sd, np.ldexp(plain_sd, power))


def test_powers_of_two_are_left_to_features_that_need_them():
    values = np.array([[1e-150, 3.0, 0.0, -1e200], [1e-151, -5.0, 0.0, 1e3]])
    scale = power_of_two(values, beyond=400)
    assert scale[1:3].tolist() == [1, 1]
    assert (np.frexp(scale)[0] == 0.5).all()
    largest = np.abs(values / scale).max(axis=0)
    assert ((largest[[0, 3]] >= 1) & (largest[[0, 3]] < 2)).all()

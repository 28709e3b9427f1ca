"""Bootstrap samples, out-of-bag predictions and the .632+ estimate."""

import numpy as np
import pytest
from radsurv.validation.pipeline import Pipeline
from sksurv.metrics import concordance_index_censored

from radsurv.config import ValidationConfig
from radsurv.errors import ConfigError
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.validation.bootstrap_632 import bootstrap_632, weigh
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.inner_folds import draw_member_folds
from radsurv.validation.left_out import SEVERAL
from radsurv.validation.splits import make_splits

SCHEME = ValidationConfig(scheme="bootstrap", resamples=30, inner_splits=4)


@pytest.fixture(scope="module")
def found(small):
    return cross_validate(**small.data, **{**small.options, "validation": SCHEME})


@pytest.fixture(scope="module")
def outcome(small):
    return check_outcome(small.data["time"], small.data["event"])


def test_samples_are_as_large_as_the_cohort_and_judged_by_those_outside(found):
    splits = found.splits
    assert splits.weights.shape == (30, 20)
    assert (splits.weights.sum(axis=1) == 20).all()
    assert np.array_equal(splits.tested, splits.weights == 0)
    assert splits.tested.any(axis=0).all()
    assert splits.tested.mean() == pytest.approx(np.exp(-1), abs=0.05)


def test_everybody_has_one_prediction_the_mean_of_those_out_of_bag(small, found):
    rows = found.predictions
    assert rows["patient_id"].tolist() == small.data["patient_ids"]
    assert (rows["fold"] == SEVERAL).all()
    assert (rows["threshold"] == 0).all()
    judges = np.flatnonzero(found.splits.tested[:, 3])
    table = small.data["table"][[3]]
    expected = np.mean([found.models[one].score(table)[0] - found.models[one].threshold for one in judges])
    assert rows["risk"].iloc[3] == pytest.approx(expected, rel=1e-12)
    assert rows["group"].iloc[3] == ("short" if expected > 0 else "long")


def test_out_of_bag_c_is_that_of_scikit_survival_sample_by_sample(small, found, outcome):
    values, whole = small.data["table"], found.models[0]
    result = bootstrap_632(found.splits, found.models, values, outcome, whole)
    each = []
    for tested, model in zip(found.splits.tested, found.models, strict=True):
        score = model.score(values[tested])
        each.append(concordance_index_censored(outcome.event[tested], outcome.time[tested], score, tied_tol=0)[0])
    assert result.values["out_of_bag_c"] == pytest.approx(np.mean(each), rel=1e-12)
    assert result.values["out_of_bag_c_sd"] == pytest.approx(np.std(each, ddof=1), rel=1e-12)
    apparent = concordance_index_censored(outcome.event, outcome.time, whole.score(values), tied_tol=0)[0]
    assert result.values["apparent_c"] == pytest.approx(apparent, rel=1e-12)
    assert result.values["c_632plus"] == weigh(result.values["apparent_c"], result.values["out_of_bag_c"])[0]


@pytest.mark.parametrize(
    ("apparent", "left_out", "estimate", "rate"),
    [
        (0.8, 0.8, 0.8, 0.0),  # no overfitting: both agree
        (0.9, 0.5, 0.5, 1.0),  # all of it is overfitting: only the out-of-bag value counts
        (0.9, 0.4, 0.5, 1.0),  # no worse than no information
        # Half of it: R = 1/2, w = .632 / (1 − .368 / 2), by hand.
        (0.9, 0.7, 0.9 - 0.2 * 0.632 / 0.816, 0.5),
        (0.45, 0.48, 0.5 - 0.05 * 0.368, 0.0),  # below a coin: plain .632, the left-out value no less than 1/2
    ],
)
def test_weights(apparent, left_out, estimate, rate):
    assert weigh(apparent, left_out) == pytest.approx((estimate, rate), rel=1e-12)
    assert np.isnan(weigh(0.7, np.nan)).all()


def test_copies_of_a_patient_share_their_inner_fold(outcome):
    rows = np.array([0, 0, 0, 2, 3, 3, 5, 6, 6, 7])
    folds = draw_member_folds(outcome.event, rows, 3, 5, np.random.default_rng(0))
    assert folds.shape == (5, 10)
    for patient in (0, 3, 6):
        assert (np.ptp(folds[:, rows == patient], axis=1) == 0).all()


def test_a_patient_outside_has_no_part_in_the_model(small, found):
    """Leakage: other values, and another outcome of the same kind, of the patients outside of a sample."""
    outside = np.flatnonzero(found.splits.tested[0])
    table, time = small.data["table"].copy(), small.data["time"].copy()
    table[outside], time[outside] = 99.0, 1.0
    again = cross_validate(**{**small.data, "table": table, "time": time}, **{**small.options, "validation": SCHEME})
    names = small.data["feature_names"]
    assert again.models[0].to_dict(names) == found.models[0].to_dict(names)
    assert again.models[1].to_dict(names) != found.models[1].to_dict(names)


def test_the_permutation_pipeline_predicts_the_same(small, found, outcome):
    pipeline = Pipeline(small.data["table"], small.options["reduction"], small.options["model"], SCHEME)
    risk, short = pipeline.predict(outcome, 0)
    assert np.array_equal(risk[0], found.predictions["risk"])
    assert np.array_equal(short[0], found.predictions["group"] == "short")


def test_rare_events_and_few_samples():
    rare = Outcome(np.arange(1.0, 31.0), np.isin(np.arange(30), [4, 9]))
    splits = make_splits(rare, SCHEME.model_copy(update={"resamples": 60}), 0)
    assert splits.weights[:, rare.event].any(axis=1).all()
    many = Outcome(np.arange(1.0, 2001.0), np.ones(2000, dtype=bool))
    with pytest.raises(ConfigError, match=r"validation.resamples=10: .* patients are in every sample"):
        make_splits(many, SCHEME.model_copy(update={"resamples": 10}), 0)

"""Bootstrap samples, out-of-bag predictions and the .632+ estimate."""

import numpy as np
import pytest
import toys
from sksurv.metrics import concordance_index_censored

import conf
from radsurv.validation.bootstrap_632 import bootstrap_632, weigh
from radsurv.validation.cross_validate import left_out
from radsurv.validation.inner_folds import draw_member_folds
from radsurv.validation.left_out import SEVERAL
from radsurv.validation.training import Training

SCHEME = conf.scheme("bootstrap", resamples=30, inner_splits=4)


@pytest.fixture(scope="module")
def found(small):
    return small.run(scheme=SCHEME)


@pytest.fixture(scope="module")
def outcome(small):
    return small.patients.outcome


def test_samples_are_as_large_as_the_cohort_and_judged_by_those_outside(found):
    splits = found.judges.splits
    assert splits.weights.shape == (30, 20)
    assert (splits.weights.sum(axis=1) == 20).all()
    assert np.array_equal(splits.tested, splits.weights == 0)
    assert splits.tested.any(axis=0).all()
    assert splits.tested.mean() == pytest.approx(np.exp(-1), abs=0.05)


def test_everybody_has_one_prediction_the_mean_of_those_out_of_bag(small, found):
    rows = found.predictions
    assert rows["patient_id"].tolist() == list(small.patients.ids)
    assert (rows["fold"] == SEVERAL).all()
    assert (rows["threshold"] == 0).all()
    judges = np.flatnonzero(found.judges.splits.tested[:, 3])
    table, models = small.patients.measured.values[[3]], [one.model for one in found.judges.learned]
    expected = np.mean([models[one].score(table)[0] - models[one].threshold for one in judges])
    assert rows["risk"].iloc[3] == pytest.approx(expected, rel=1e-12)
    assert rows["group"].iloc[3] == ("short" if expected > 0 else "long")


def test_out_of_bag_c_is_that_of_scikit_survival_sample_by_sample(small, found, outcome):
    values, whole = small.patients.measured.values, found.judges.learned[0]
    result = bootstrap_632(found.judges, small.patients, whole)
    each = []
    for tested, learned in zip(found.judges.splits.tested, found.judges.learned, strict=True):
        score = learned.model.score(values[tested])
        each.append(concordance_index_censored(outcome.event[tested], outcome.time[tested], score, tied_tol=0)[0])
    assert result.metrics["out_of_bag_c"] == pytest.approx(np.mean(each), rel=1e-12)
    assert result.metrics["out_of_bag_c_sd"] == pytest.approx(np.std(each, ddof=1), rel=1e-12)
    apparent = concordance_index_censored(outcome.event, outcome.time, whole.model.score(values), tied_tol=0)[0]
    assert result.metrics["apparent_c"] == pytest.approx(apparent, rel=1e-12)
    assert result.metrics["c_632plus"] == weigh(result.metrics["apparent_c"], result.metrics["out_of_bag_c"])[0]


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
    outside = np.flatnonzero(found.judges.splits.tested[0])
    table, time = small.patients.measured.values.copy(), small.patients.outcome.time.copy()
    table[outside], time[outside] = 99.0, 1.0
    again = small.run(toys.changed(small.patients, values=table, time=time), scheme=SCHEME)
    names = list(small.patients.names)
    before, after = ([one.model.to_dict(names) for one in result.judges.learned[:2]] for result in (found, again))
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_the_permutation_test_predicts_the_same(small, found, outcome):
    scores = left_out(Training(small.patients, small.under(scheme=SCHEME)).given(outcome, 0))
    assert np.array_equal(scores.risk[0], found.predictions["risk"])
    assert np.array_equal(scores.short[0], found.predictions["group"] == "short")


def test_a_sample_outside_of_which_nobody_is_comparable_has_no_part(small):
    """Three events: some samples leave censored patients alone outside."""
    event = np.isin(np.arange(20), np.argsort(small.patients.outcome.time)[-3:])
    patients = toys.changed(small.patients, event=event)
    found = small.run(patients, scheme=SCHEME)
    result = bootstrap_632(found.judges, patients, found.judges.learned[0])
    note = next(note for note in result.notes if "no two patients are comparable" in note)
    lost = int(note.split("outside of ")[1].split(" ")[0])
    assert 0 < lost < 30
    assert np.isfinite(result.metrics["out_of_bag_c"])


def test_how_far_samples_agree_on_features_has_limits(small, found):
    """Of folds that share patients it has none."""
    metrics = found.finding.metrics
    assert (
        metrics["selection_stability_low"] < metrics["selection_stability"] < metrics["selection_stability_high"] <= 1
    )
    folds = small.run(scheme=conf.scheme("repeated_kfold", inner_splits=4)).finding.metrics
    assert folds["selection_stability"] <= 1
    assert "selection_stability_low" not in folds

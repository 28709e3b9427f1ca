"""C by number of training patients, against the same written out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys
from sksurv.metrics import concordance_index_censored

import conf
from radsurv.catalogue.tables import LEARNING_CURVE
from radsurv.errors import TrainingSetError
from radsurv.stages.result_store import ResultStore
from radsurv.survival.outcome import check_outcome
from radsurv.validation.kfold_check import kfold_check
from radsurv.validation.learning_curve import SHARES, learning_curve, no_learning_curve
from radsurv.validation.protocol import Resources
from radsurv.validation.subsampled import Subsampled
from radsurv.validation.training import Training


@pytest.fixture(scope="module")
def found(small):
    return learning_curve(small.patients, small.protocol, Resources(), 5)


@pytest.fixture(scope="module")
def table(found):
    return found.tables[LEARNING_CURVE].set_index("share")


@pytest.mark.slow
def test_the_whole_is_the_kfold_check(small, found, table):
    checked = kfold_check(small.patients, small.protocol, Resources()).metrics
    assert table.loc[1.0, "harrell_c"] == checked["kfold_harrell_c"]
    assert table.loc[1.0, "harrell_c_sd"] == checked["kfold_harrell_c_sd"]
    assert found.metrics["learning_curve_rise"] == pytest.approx(
        table.loc[1.0, "harrell_c"] - table.loc[0.7, "harrell_c"], abs=1e-12
    )
    assert found.metrics["learning_curve_rise_low"] < found.metrics["learning_curve_rise_high"]


def test_a_part_written_out(small, table):
    """Each judged patient by a model of a part of the others; pairs counted by scikit-survival."""
    patients, outcome = small.patients, small.patients.outcome
    kfold = conf.scheme("repeated_kfold", n_splits=5, repeats=5, inner_splits=5)
    protocol = small.under(scheme=Subsampled.of(kfold, 0.7, 1))
    training = Training(patients, protocol)
    splits = training.splits()
    risk, sizes = np.zeros((5, 20)), []
    for place, tested, weights, one in zip(
        splits.places, splits.tested, splits.weights, training.in_every(splits), strict=True
    ):
        rows = np.flatnonzero(tested)
        risk[place.repeat, rows] = one.learned.score(patients.measured, rows)
        sizes.append((weights.sum(), weights[outcome.event].sum()))
    c = [concordance_index_censored(outcome.event, outcome.time, row)[0] for row in risk]
    assert table.loc[0.7, "harrell_c"] == pytest.approx(np.mean(c), abs=1e-12)
    assert table.loc[0.7, "harrell_c_sd"] == pytest.approx(np.std(c, ddof=1), abs=1e-12)
    assert table.loc[0.7, ["n_patients", "n_events"]].tolist() == pytest.approx(np.mean(sizes, axis=0).tolist())
    assert table.loc[0.7, "n_folds"] == 25


def test_sizes_at_which_folds_have_no_model_are_named(found, table):
    assert table.loc[0.4, "n_null_folds"] > 0
    named = f"{table.loc[0.4, 'n_null_folds']:.0f} of 25 with 40%"
    assert any(named in note for note in found.notes)


@pytest.mark.slow
def test_workers_change_nothing_and_what_is_done_is_kept(small, found, tmp_path):
    store = ResultStore(tmp_path)
    first = learning_curve(small.patients, small.protocol, Resources(n_jobs=2, store=store), 5)
    again = learning_curve(small.patients, small.protocol, Resources(store=store), 5)
    for one in (first, again):
        pd.testing.assert_frame_equal(one.tables[LEARNING_CURVE], found.tables[LEARNING_CURVE], check_exact=True)
        assert (one.metrics, one.notes) == (found.metrics, found.notes)
    assert first.run_notes == ["learning curve: 125 trainings"]
    assert again.run_notes == ["learning curve: 125 trainings, 5 of 5 sizes from an earlier run"]


def test_folds_that_are_sites_stay_sites(small):
    sites = small.under(scheme=conf.scheme("leave_site_out", inner_splits=4))
    own = learning_curve(small.patients, sites, Resources(), 2).tables[LEARNING_CURVE].set_index("share")
    assert own.loc[1.0, "harrell_c"] == small.run(scheme=sites.scheme).metrics["harrell_c"]
    assert np.isnan(own.loc[1.0, "harrell_c_sd"])  # the sets are the same in both draws, their parts are not
    assert own.loc[0.7, "harrell_c_sd"] > 0
    assert own["n_folds"].tolist() == [4] * (len(SHARES) - 1) + [2]


def test_a_flat_search_is_made_inside(small, monkeypatch):
    """Otherwise those who are judged would have had a part in the hyper-parameters of every size."""
    asked = []

    def refused(patients, protocol, resources, **_):
        asked.append(protocol.search)
        raise TrainingSetError("enough seen")

    monkeypatch.setattr("radsurv.validation.learning_curve.judged", refused)
    flat, nested = (conf.search(name, **toys.FEW_TRIALS) for name in ("flat", "optuna"))
    learning_curve(small.patients, small.under(search=flat), Resources(), 1)
    assert asked == [nested] * len(SHARES)


def test_sizes_that_fail_have_a_reason_and_the_others_stay(small):
    """Two events: a fifth of the patients away leaves one of them at least, 40 % of which is none."""
    time, event = np.arange(1.0, 21.0), np.isin(np.arange(20), (2, 5))
    found = learning_curve(toys.changed(small.patients, time=time, event=event), small.protocol, Resources(), 1)
    rows = found.tables[LEARNING_CURVE].set_index("share")
    assert "hold none, so nothing can be learned there" in rows.loc[0.4, "reason"]
    assert rows.loc[1.0, "reason"] == ""
    assert any("with 40% of the training patients there is no C" in note for note in found.notes)
    few = toys.patients(small.patients.measured.values[:4], [4, 3, 2, 1], [1, 1, 0, 0])
    nothing = learning_curve(few, small.protocol, Resources(), 1)
    assert np.isnan(list(nothing.metrics.values())).all()
    assert nothing.reasons.keys() == nothing.metrics.keys()


def test_who_is_judged_has_no_part_in_the_models_that_judge_them(small):
    """With features, time and event of one patient changed, the risks of those who share the fold stay."""
    scheme = Subsampled.of(conf.scheme("repeated_kfold", n_splits=5, repeats=1, inner_splits=5), 0.7, 1)
    values = small.patients.measured.values.copy()
    own = small.run(scheme=scheme)
    tested = own.judges.splits.tested
    one, fold = 3, int(np.flatnonzero(tested[:, 3])[0])
    values[one] += 9
    others = np.flatnonzero(tested[fold] & (np.arange(20) != one))
    changed = small.run(toys.changed(small.patients, values=values), scheme=scheme)
    before, after = (found.predictions["risk"].to_numpy()[others] for found in (own, changed))
    assert np.array_equal(before, after)


def test_patients_without_any_signal_have_a_level_curve():
    """Six cohorts whose features say nothing: no size is far from a coin."""
    means = []
    for seed in range(6):
        generator = np.random.default_rng(seed)
        outcome = check_outcome(generator.exponential(10, 40), generator.random(40) < 0.9)
        patients = toys.patients(generator.normal(size=(40, 30)), outcome.time, outcome.event)
        protocol = conf.protocol(
            reduction=conf.reduction(cindex=0.55, pearson=0.9), scheme=conf.scheme("loocv", inner_splits=4)
        )
        means.append(
            learning_curve(patients, replace(protocol, seed=seed), Resources(), 1).tables[LEARNING_CURVE]["harrell_c"]
        )
    assert np.mean(means, axis=0) == pytest.approx(np.full(len(SHARES), 0.5), abs=0.08)


def test_without_a_curve_the_table_has_its_columns():
    assert list(no_learning_curve().tables[LEARNING_CURVE].columns) == list(LEARNING_CURVE.columns)

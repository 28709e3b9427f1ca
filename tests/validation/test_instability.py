"""Refits on bootstrap samples, against scikit-survival's Cox regression of the same samples."""

import numpy as np
import pandas as pd
import pytest
import toys
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.util import Surv

import conf
from radsurv.catalogue.tables import INSTABILITY
from radsurv.stages.result_store import ResultStore
from radsurv.survival.cox_regression import RIDGE
from radsurv.survival.horizons import choose_horizons, middle_horizon
from radsurv.validation.instability import SERIES, instability, no_instability
from radsurv.validation.protocol import Resources

N = 40


@pytest.fixture(scope="module")
def protocol(small):
    return small.under(model=conf.model("cox"), reduction=conf.reduction("none"))


@pytest.fixture(scope="module")
def patients(small):
    return small.patients.among(small.patients.names[:3])


@pytest.fixture(scope="module")
def found(patients, protocol):
    return instability(patients, protocol, Resources(), N)


@pytest.fixture(scope="module")
def by_others(patients):
    """Survival at the middle horizon, and whether above the median risk: of the model of all, then of each sample."""
    outcome, values = patients.outcome, patients.measured.values
    samples = [np.ones(len(outcome), dtype=int)]
    for number in range(N):
        generator = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(SERIES.stream, number)).spawn(1)[0])
        samples.append(np.bincount(generator.integers(20, size=20), minlength=20))
    horizon = choose_horizons(outcome)[0]
    horizon = horizon[(len(horizon) - 1) // 2]
    survival, short = [], []
    for weights in samples:
        rows = np.repeat(np.arange(len(outcome)), weights)
        mean, sd = values[rows].mean(axis=0), values[rows].std(axis=0, ddof=1)
        z = (values - mean) / sd
        model = CoxPHSurvivalAnalysis(alpha=RIDGE * len(rows), ties="breslow")
        model.fit(z[rows], Surv.from_arrays(outcome.event[rows], outcome.time[rows]))
        curves = model.predict_survival_function(z)
        last = curves[0].x[-1]
        survival.append([1.0 if horizon < curve.x[0] else float(curve(min(horizon, last))) for curve in curves])
        score = model.predict(z)
        short.append(score > np.median(score[rows]))
    return np.array(survival), np.array(short)


def test_ranges_and_mean_differences_are_those_of_the_refits(found, by_others):
    survival, short = by_others
    table = found.tables[INSTABILITY]
    expected = {
        "survival": survival[0],
        "survival_low": np.percentile(survival[1:], 2.5, axis=0),
        "survival_high": np.percentile(survival[1:], 97.5, axis=0),
        "absolute_error": np.abs(survival[1:] - survival[0]).mean(axis=0),
        "other_group": (short[1:] != short[0]).mean(axis=0),
    }
    for name, values in expected.items():
        assert table[name].tolist() == pytest.approx(values.tolist(), abs=1e-6), name
    assert found.metrics["instability_mape"] == pytest.approx(expected["absolute_error"].mean(), abs=1e-6)
    assert found.metrics["instability_other_group"] == pytest.approx(expected["other_group"].mean(), abs=1e-9)
    assert 0 < found.metrics["instability_other_group"] < 0.5
    assert table["survival_low"].min() < table["survival_high"].max()


def test_workers_change_nothing_and_what_is_done_is_kept(patients, protocol, found, tmp_path):
    store = ResultStore(tmp_path)
    first = instability(patients, protocol, Resources(n_jobs=2, store=store), N)
    again = instability(patients, protocol, Resources(store=store), N)
    for one in (first, again):
        pd.testing.assert_frame_equal(one.tables[INSTABILITY], found.tables[INSTABILITY], check_exact=True)
        assert (one.metrics, one.notes) == (found.metrics, found.notes)
    assert again.run_notes == [f"instability: {N} refits of the model of all patients, {N} of them from an earlier run"]
    assert "earlier" not in first.run_notes[0]
    more = instability(patients, protocol, Resources(store=store), N + 5)
    assert more.run_notes == [
        f"instability: {N + 5} refits of the model of all patients, {N} of them from an earlier run"
    ]
    assert more.metrics == instability(patients, protocol, Resources(), N + 5).metrics


def test_refits_without_a_model_are_named(small):
    nothing = small.under(reduction=conf.reduction(cindex=0.999))
    found = instability(small.patients, nothing, Resources(), N)
    assert found.notes == [f"instability: {N} of {N} refits have no model (everybody alike)"]
    assert found.metrics["instability_other_group"] == 0  # everybody is a long survivor, in all of them
    # Each refit tells everybody the Kaplan-Meier curve of its sample, give or take Breslow's estimate of it.
    assert found.tables[INSTABILITY]["survival"].nunique() == 1
    assert found.metrics["instability_mape"] > 0


@pytest.mark.slow
def test_given_inner_folds_are_those_of_the_model_of_all_patients_and_of_no_refit(small, folds):
    given, drawn = (instability(small.patients, small.under(inner_folds=one), Resources(), N) for one in (folds, None))
    ranges = ["survival_low", "survival_high"]
    pd.testing.assert_frame_equal(
        given.tables[INSTABILITY][ranges], drawn.tables[INSTABILITY][ranges], check_exact=True
    )
    assert not given.tables[INSTABILITY]["survival"].equals(drawn.tables[INSTABILITY]["survival"])


def test_a_sample_without_enough_of_a_site_is_drawn_again():
    """ComBat asks for five patients of every site, of whom a sample may hold fewer: the others are no reason to have none."""
    sites = np.array(["a"] * 27 + ["b"] * 23 + ["c"] * 10)
    patients = toys.changed(toys.cohort(60), site=sites)
    protocol = conf.protocol(
        transforms=conf.transforms("combat"),
        reduction=conf.reduction("none"), model=conf.model("cox"), scheme=conf.scheme("repeated_kfold"),
    )  # fmt: skip
    found = instability(patients, protocol, Resources(), N)
    assert np.isfinite([*found.metrics.values()]).all()
    assert any("drawn again" in note for note in found.notes)


def test_where_there_is_no_horizon_there_is_a_reason(small):
    censored = toys.changed(small.patients, event=np.zeros(20))
    assert middle_horizon(censored.outcome) is None
    found = instability(censored, small.protocol, Resources(), N)
    assert found.reasons.keys() == found.metrics.keys()
    assert found.tables[INSTABILITY].empty
    assert list(no_instability().tables[INSTABILITY].columns) == list(INSTABILITY.columns)

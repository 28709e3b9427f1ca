"""Bands about curves: quantiles over the resamples that the limits of C come from."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import CALIBRATION, DECISION, HORIZONS
from radsurv.survival.calibration import calibration_groups, observed_risk
from radsurv.survival.discrimination import auc
from radsurv.survival.outcome import check_outcome
from radsurv.survival.prediction_metrics import PredictedSurvival, prediction_metrics
from radsurv.validation.bootstrap_interval import BOOTSTRAP
from radsurv.validation.curve_bands import curve_bands

N_PATIENTS = 40


def judged(horizons, null=False):
    generator = np.random.default_rng(5)
    score = generator.normal(size=N_PATIENTS)
    time = generator.exponential(15 * np.exp(-score)) + 0.5
    followed = generator.uniform(15, 60, N_PATIENTS)
    outcome = check_outcome(np.minimum(time, followed), time <= followed)
    times, hazard = np.array(horizons, dtype=np.float64), np.exp(score) / 15
    survival = np.exp(-hazard[:, None] * times)
    predicted = PredictedSurvival(times, survival, survival.mean(axis=0), np.exp(-hazard * outcome.time), null)
    return outcome, score, predicted, prediction_metrics(outcome, score, predicted)


@pytest.fixture(scope="module")
def case():
    return judged([12.0, 18.0])


@pytest.fixture(scope="module")
def banded(case):
    return curve_bands(*case, seed=7)


def quantiles(drawn):
    return np.nanquantile(drawn, [0.025, 0.975], axis=0)


@pytest.mark.slow
def test_limits_are_quantiles_over_the_resamples_of_the_limits_of_c(case, banded):
    outcome, score, predicted, _ = case
    generator = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(BOOTSTRAP,)))
    group = calibration_groups(1 - predicted.model[:, 0])
    area, observed, benefit = [], [], []
    for _ in range(1000):
        drawn = generator.integers(N_PATIENTS, size=N_PATIENTS)
        resample = outcome.take(drawn)
        area.append(auc(resample, score[drawn], np.array([12.0])).at_horizon[0])
        top = drawn[group[drawn] == group.max()]
        observed.append(observed_risk(outcome.take(top), 12.0)[0] if len(top) else np.nan)
        treated = drawn[predicted.model[drawn, 0] <= 0.6]  # a risk of 40 %
        events = observed_risk(outcome.take(treated), 12.0)[0]
        benefit.append(len(treated) / N_PATIENTS * (events - (1 - events) * 2 / 3))
    horizons, calibration, decision = (banded[table] for table in (HORIZONS, CALIBRATION, DECISION))
    np.testing.assert_allclose(horizons.loc[0, ["auc_low", "auc_high"]].astype(float), quantiles(area), rtol=1e-9)
    found = calibration[calibration["horizon"] == 12].iloc[-1][["resampled_low", "resampled_high"]].astype(float)
    np.testing.assert_allclose(found, quantiles(observed), rtol=1e-9)
    found = decision.loc[39, ["net_benefit_low", "net_benefit_high"]].astype(float)
    np.testing.assert_allclose(found, quantiles(benefit), rtol=1e-9)


def test_tables_are_those_without_bands_and_the_catalogues_columns(case, banded):
    before = case[3]
    for entry, table in banded.items():
        plain = getattr(before, entry.name)
        pd.testing.assert_frame_equal(table[list(plain)], plain)
        assert tuple(table) == entry.columns


def test_same_seed_same_limits_another_seed_others(case, banded):
    again, other = curve_bands(*case, seed=7), curve_bands(*case, seed=8)
    for entry in (HORIZONS, CALIBRATION, DECISION):
        pd.testing.assert_frame_equal(again[entry], banded[entry], check_exact=True)
        assert not other[entry].equals(banded[entry])


def test_there_are_no_limits_where_resamples_lack_an_estimate_or_cannot_differ():
    """Until the first horizon there is one event, which a third of the resamples miss."""
    outcome = judged([])[0]
    first = float(outcome.time[outcome.event].min())
    bands = curve_bands(*judged([first, 12.0]), seed=0)
    assert np.isfinite(bands[HORIZONS].loc[0, "auc"])
    assert bands[HORIZONS].loc[0, ["auc_low", "auc_high"]].isna().all()
    assert bands[HORIZONS].loc[1, ["auc_low", "auc_high"]].notna().all()
    groups = bands[CALIBRATION]
    nobody = (groups["horizon"] == first) & (groups["observed"] == 0)
    assert nobody.sum() >= 2
    assert groups.loc[nobody, ["resampled_low", "resampled_high"]].isna().all(axis=None)


@pytest.mark.parametrize(("horizons", "null"), [([], False), ([4.0, 12.0], True)], ids=["no horizon", "null models"])
def test_tables_without_rows_have_the_columns_all_the_same(horizons, null):
    bands = curve_bands(*judged(horizons, null), seed=0)
    assert [tuple(bands[entry]) for entry in bands] == [entry.columns for entry in bands]
    assert len(bands[HORIZONS]) == len(horizons)
    assert bands[CALIBRATION].empty
    assert bands[DECISION].empty

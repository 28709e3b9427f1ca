"""The whole set of metrics: known values at the extremes, and neither crash nor warning in between."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sksurv.metrics import concordance_index_ipcw, cumulative_dynamic_auc, integrated_brier_score

from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.prediction_metrics import NO_HORIZON, NO_MODEL, PredictedSurvival, prediction_metrics

NAMES = ["uno_c", "mean_auc", "integrated_brier", "integrated_brier_km", "scaled_brier", "calibration_slope",
         "d_calibration_chi2", "d_calibration_p"]  # fmt: skip


def proportional(outcome: Outcome, score: np.ndarray, given=None) -> PredictedSurvival:
    """Survival exp(−t/20 · exp(score)), and the Kaplan-Meier curve of everybody."""
    horizons, _ = choose_horizons(outcome, given)
    curve = kaplan_meier(outcome)
    steps = np.r_[1.0, curve["survival"]][np.searchsorted(curve["time"], horizons, side="right")]
    with np.errstate(over="ignore"):
        hazard = np.exp(score) / 20
    return PredictedSurvival(
        horizons,
        np.exp(-hazard[:, None] * horizons),
        steps,
        np.exp(-hazard * outcome.time),
    )


def made_up(n_patients: int = 150, seed: int = 1) -> tuple[Outcome, np.ndarray]:
    generator = np.random.default_rng(seed)
    score = generator.normal(size=n_patients)
    hidden, followed = generator.exponential(20 * np.exp(-score)), generator.uniform(5, 60, n_patients)
    return check_outcome(np.minimum(hidden, followed), hidden <= followed), score


def test_values_are_those_of_scikit_survival():
    outcome, score = made_up()
    predicted = proportional(outcome, score)
    found = prediction_metrics(outcome, score, predicted)
    y, times = outcome.structured(), predicted.horizons
    beyond = outcome.time[outcome.time > times[-1]].min()
    area, mean = cumulative_dynamic_auc(y, y, score, times)
    assert list(found.values) == NAMES
    assert found.values["uno_c"] == concordance_index_ipcw(y, y, score, tau=beyond)[0]
    np.testing.assert_allclose(found.horizons["auc"], area)
    assert found.values["mean_auc"] == pytest.approx(mean)
    assert found.values["integrated_brier"] == pytest.approx(integrated_brier_score(y, y, predicted.model, times))
    reference = integrated_brier_score(y, y, np.tile(predicted.kaplan_meier, (len(outcome), 1)), times)
    assert found.values["integrated_brier_km"] == pytest.approx(reference)
    assert found.reasons == {}


def test_true_model_is_calibrated_and_better_than_kaplan_meier():
    outcome, score = made_up(n_patients=2000)
    found = prediction_metrics(outcome, score, proportional(outcome, score))
    assert found.values["calibration_slope"] == pytest.approx(1, abs=0.08)
    assert found.values["d_calibration_p"] > 0.05
    assert 0.1 < found.values["scaled_brier"] < 1
    off = (found.calibration["observed"] - found.calibration["predicted"]).abs()
    assert off.max() < 0.06
    best = found.decision["net_benefit"] - found.decision["net_benefit_all"].clip(lower=0)
    assert best.min() > -0.01
    assert best.max() > 0.05


def test_tables():
    outcome, score = made_up()
    found = prediction_metrics(outcome, score, proportional(outcome, score))
    assert list(found.horizons) == ["horizon", "auc", "brier", "brier_km", "n_events", "n_at_risk"]
    assert found.calibration["horizon"].nunique() == 3
    assert found.decision["horizon"].nunique() == 1
    middle = found.horizons.iloc[(len(found.horizons) - 1) // 2]
    assert found.decision["horizon"].iloc[0] == middle["horizon"]
    assert middle["n_events"] == (outcome.event & (outcome.time <= middle["horizon"])).sum()
    assert middle["n_at_risk"] == (outcome.time > middle["horizon"]).sum()


def test_one_horizon_has_no_average():
    outcome, score = made_up()
    found = prediction_metrics(outcome, score, proportional(outcome, score, given=[10]))
    assert found.values["mean_auc"] == found.horizons["auc"].item()
    assert np.isnan(found.values["integrated_brier"])
    assert "average over time needs two" in found.reasons["integrated_brier"]


@pytest.mark.parametrize("events", [[0] * 12, [1] + [0] * 11, [0] * 11 + [1]], ids=["none", "first", "last"])
def test_hardly_any_event(events):
    outcome = check_outcome(np.arange(1, 13), events)
    found = prediction_metrics(outcome, np.arange(12) / 5, proportional(outcome, np.arange(12) / 5))
    assert list(found.values) == NAMES
    assert set(found.reasons) == {name for name, value in found.values.items() if np.isnan(value)}
    if not events[0]:
        assert found.reasons["uno_c"] == NO_HORIZON
        assert found.horizons.empty
        assert found.calibration.empty
        assert found.decision.empty
        assert list(found.decision)[:2] == ["horizon", "threshold"]


def test_equal_risks_are_a_coin():
    outcome, _ = made_up()
    found = prediction_metrics(outcome, np.zeros(150), proportional(outcome, np.zeros(150)))
    assert (found.values["uno_c"], found.values["mean_auc"]) == (0.5, pytest.approx(0.5))
    assert found.reasons == {"calibration_slope": "all patients have the same score"}


def test_null_models_have_nothing_to_calibrate():
    outcome, _ = made_up()
    found = prediction_metrics(outcome, np.zeros(150), replace(proportional(outcome, np.zeros(150)), null=True))
    without = ["calibration_slope", "d_calibration_chi2", "d_calibration_p"]
    assert list(found.values) == NAMES
    assert found.reasons == dict.fromkeys(without, NO_MODEL)
    assert np.isnan([found.values[name] for name in without]).all()
    assert found.calibration.empty
    assert found.decision.empty
    assert found.values["uno_c"] == 0.5
    assert found.horizons["brier"].notna().all()


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.booleans(), st.sampled_from([-800.0, -1.0, 0.0, 0.5, 1e-9, 3.0, 800.0])),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([None, [3.0], [1.0, 5.0, 11.0]]),
)
@settings(max_examples=80, deadline=None)
def test_a_number_or_a_reason(rows, given_horizons):
    time, event, score = (np.array(column) for column in zip(*rows, strict=True))
    outcome = Outcome(time.astype(float), event)
    found = prediction_metrics(outcome, score, proportional(outcome, score, given_horizons))
    assert list(found.values) == NAMES
    assert set(found.reasons) == {name for name, value in found.values.items() if not np.isfinite(value)}
    assert found.horizons[["auc", "brier", "brier_km"]].notna().all(axis=None)

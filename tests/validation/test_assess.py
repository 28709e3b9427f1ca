"""From models and predictions to every metric: the parts fit together, and what is missing has a reason."""

import json

import numpy as np
import pandas as pd
import pytest

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate

OPTIONS = {
    "reduction": ReductionConfig(cindex=0.6, pearson=0.85),
    "model": ModelConfig(name="coxnet", alpha=0.5),
    "validation": ValidationConfig(scheme="loocv", inner_splits=3),
    "seed": 0,
}


def judged(values, time, event, horizons=None, seed=0):
    names, ids = [f"x{one}" for one in range(values.shape[1])], [f"p{one}" for one in range(len(values))]
    result = cross_validate(values, names, ids, np.asarray(time, float), np.asarray(event, bool), **OPTIONS)
    judges = result.splits.tested, result.models, result.references
    return assess(values, result.predictions, *judges, horizons=horizons, seed=seed), result


@pytest.fixture(scope="module")
def strong():
    """60 patients with two features that decide their survival, and four that do not."""
    generator = np.random.default_rng(4)
    values = generator.normal(size=(60, 6))
    time = generator.exponential(20 * np.exp(-1.5 * values[:, 0] + values[:, 1])) + 0.1
    followed = generator.uniform(10, 80, 60)
    return values, np.minimum(time, followed), time <= followed


def test_predictions_of_a_strong_signal(strong):
    found, result = judged(*strong)
    metrics = found.metrics
    assert metrics["harrell_c_low"] < result.metrics["harrell_c"] < metrics["harrell_c_high"]
    assert (
        metrics["hazard_ratio_bootstrap_low"] < result.metrics["hazard_ratio"] < metrics["hazard_ratio_bootstrap_high"]
    )
    assert min(metrics["uno_c"], metrics["mean_auc"]) > 0.7
    assert metrics["integrated_brier"] < metrics["integrated_brier_km"]
    assert found.reasons == {}
    assert found.notes == []


def test_same_numbers_again(strong):
    first, again = judged(*strong)[0], judged(*strong)[0]
    assert json.dumps(first.metrics) == json.dumps(again.metrics)
    pd.testing.assert_frame_equal(first.decision, again.decision)


def test_given_horizons(strong):
    found, _ = judged(*strong, horizons=[5.0, 15.0, 1000.0])
    assert found.horizons["horizon"].tolist() == [5, 15]
    assert found.notes == ["the horizon 1000 is not used: nobody is followed beyond it"]


def test_null_models_are_not_called_calibrated(strong):
    """Left-out Kaplan-Meier curves lean away from their patient: drawn, they would look like a finding."""
    values, time, event = strong
    found, result = judged(np.zeros_like(values), time, event)
    assert result.metrics["n_null_folds"] == len(values)
    assert found.calibration.empty
    assert np.isnan(found.metrics["d_calibration_p"])
    assert "there is no model to calibrate" in found.reasons["d_calibration_p"]
    assert sum("there is no model to calibrate" in note for note in found.notes) == 1


@pytest.mark.parametrize(
    ("n_patients", "events"),
    [(4, [1, 1, 0, 0]), (6, [1, 1, 1, 1, 1, 1]), (12, [1, 1] + [0] * 10), (12, [0] * 10 + [1, 1])],
    ids=["four patients", "six patients", "censored after the first two", "events of the last two"],
)
@pytest.mark.parametrize("constant", [False, True], ids=["features", "null models"])
def test_tiny_cohorts(n_patients, events, constant):
    values = np.random.default_rng(1).normal(size=(n_patients, 5)) * (not constant)
    found, _ = judged(values, np.arange(1, n_patients + 1), events)
    missing = {name for name, value in found.metrics.items() if not np.isfinite(value)}
    assert set(found.reasons) == missing
    assert all(any(name in note for note in found.notes) for name in missing)

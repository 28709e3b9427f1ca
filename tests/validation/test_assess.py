"""From models and predictions to every metric: the parts fit together, and what is missing has a reason."""

import json

import numpy as np
import pandas as pd
import pytest
import toys

import conf
from radsurv.catalogue.tables import CALIBRATION, DECISION, HORIZONS
from radsurv.survival.group_metrics import evaluate
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.left_out import LeftOutModels
from radsurv.validation.protocol import Resources
from radsurv.validation.splits import Splits

PROTOCOL = conf.protocol(
    reduction=conf.reduction(cindex=0.6, pearson=0.85),
    model=conf.model("coxnet", alpha=0.5, path="complete"),
    scheme=conf.scheme("loocv", inner_splits=3),
)


def judged(values, time, event, horizons=None, seed=0):
    patients = toys.patients(values, time, event)
    result = cross_validate(patients, PROTOCOL, Resources())
    return assess(patients.measured, result.predictions, result.judges, horizons=horizons, seed=seed), result


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
    pd.testing.assert_frame_equal(first.tables[DECISION], again.tables[DECISION])


def test_given_horizons(strong):
    found, _ = judged(*strong, horizons=[5.0, 15.0, 1000.0])
    assert found.tables[HORIZONS]["horizon"].tolist() == [5, 15]
    assert found.notes == ["the horizon 1000 is not used: nobody is followed beyond it"]


def test_null_models_are_not_called_calibrated(strong):
    """Left-out Kaplan-Meier curves lean away from their patient: drawn, they would look like a finding."""
    values, time, event = strong
    found, result = judged(np.zeros_like(values), time, event)
    assert result.metrics["n_null_folds"] == len(values)
    assert found.tables[CALIBRATION].empty
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


# Repeats


@pytest.fixture(scope="module")
def repeated(small):
    return small.run(scheme=conf.scheme("repeated_kfold", n_splits=4, repeats=3, inner_splits=5))


def test_metrics_are_means_over_repeats(repeated, small):
    each = [
        evaluate(small.patients.outcome, rows["risk"].to_numpy(), (rows["group"] == "short").to_numpy())
        for _, rows in repeated.predictions.groupby("repeat")
    ]
    concordance = [one.values["harrell_c"] for one in each]
    assert repeated.metrics["harrell_c"] == pytest.approx(np.mean(concordance), rel=1e-14)
    assert repeated.metrics["harrell_c_sd"] == pytest.approx(np.std(concordance, ddof=1), rel=1e-14)


def alone_of(judges, repeat):
    """As if there were no other repeat."""
    own = slice(4 * repeat, 4 * repeat + 4)
    splits = Splits(judges.splits.weights[own], judges.splits.tested[own], np.zeros(4, dtype=int), np.arange(4))
    return LeftOutModels(splits, judges.learned[own])


def test_each_repeat_is_judged_by_its_own_models(repeated, small):
    options = {"horizons": None, "seed": 0}
    together = assess(small.patients.measured, repeated.predictions, repeated.judges, **options)
    alone = [
        assess(
            small.patients.measured,
            repeated.predictions.iloc[20 * repeat : 20 * repeat + 20].reset_index(drop=True),
            alone_of(repeated.judges, repeat),
            **options,
        )
        for repeat in range(3)
    ]
    assert len({one.metrics["integrated_brier"] for one in alone}) == 3
    for name in ("integrated_brier", "uno_c", "harrell_c_low"):
        assert together.metrics[name] == pytest.approx(np.mean([one.metrics[name] for one in alone]), rel=1e-12)
    for table in (HORIZONS, CALIBRATION, DECISION):
        pd.testing.assert_frame_equal(together.tables[table], alone[0].tables[table])
        assert tuple(together.tables[table]) == table.columns


def test_a_reason_is_kept_where_no_repeat_has_a_value(repeated, small):
    """Groups of which one is empty in the second repeat have no hazard ratio there, but they have in the others."""
    rows = repeated.predictions.copy()
    rows.loc[rows["repeat"] == 1, "group"] = "long"
    found = assess(small.patients.measured, rows, repeated.judges, horizons=None, seed=0)
    assert np.isfinite(found.metrics["hazard_ratio_bootstrap_low"])
    assert "hazard_ratio_bootstrap_low" not in found.reasons
    said = [note for note in found.notes if "hazard_ratio_bootstrap_low" in note]
    assert len(said) == 1
    assert said[0].startswith("in 1 of 3 repeats: ")
    rows["group"] = "long"
    found = assess(small.patients.measured, rows, repeated.judges, horizons=None, seed=0)
    assert np.isnan(found.metrics["hazard_ratio_bootstrap_low"])
    assert "give no value" in found.reasons["hazard_ratio_bootstrap_low"]

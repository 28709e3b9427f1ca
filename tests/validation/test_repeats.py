"""Several repeats as one number."""

import numpy as np
import pandas as pd
import pytest
from radsurv.validation.beside import kfold_beside

from radsurv.config import ValidationConfig
from radsurv.errors import TrainingSetError
from radsurv.survival.metrics import evaluate
from radsurv.survival.outcome import check_outcome
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.repeats import assess_repeats, average, said_in_repeats

SCHEME = ValidationConfig(scheme="repeated_kfold", n_splits=4, repeats=3, inner_splits=5)


@pytest.fixture(scope="module")
def repeated(small):
    return cross_validate(**small.data, **{**small.options, "validation": SCHEME})


def test_mean_geometric_mean_and_median():
    one = {"harrell_c": 0.6, "hazard_ratio": 2.0, "log_rank_p": 0.01, "d_calibration_chi2": 1.0, "uno_c": np.nan}
    two = {"harrell_c": 0.7, "hazard_ratio": 8.0, "log_rank_p": 0.03, "d_calibration_chi2": 9.0, "uno_c": 0.5}
    three = {**two, "log_rank_p": 1.0, "d_calibration_chi2": 2.0, "uno_c": np.nan}
    assert average([one]) == one
    assert average([one, two])["hazard_ratio"] == pytest.approx(4)
    assert average([one, two])["harrell_c"] == pytest.approx(0.65)
    assert average([one, two, three]) == pytest.approx(
        {"harrell_c": 2 / 3, "hazard_ratio": 32 ** (1 / 3) * 4 ** (1 / 3), "log_rank_p": 0.03,
         "d_calibration_chi2": 2.0, "uno_c": 0.5}, rel=1e-12
    )  # fmt: skip
    assert np.isnan(average([{"uno_c": np.nan}, {"uno_c": np.nan}])["uno_c"])


def test_remarks_are_counted():
    assert said_in_repeats([["a", "b"], ["a"]]) == ["a", "in 1 of 2 repeats: b"]
    assert said_in_repeats([["a"]]) == ["a"]


def test_every_patient_once_per_repeat(repeated, small):
    table = repeated.predictions
    assert len(table) == 60
    for _, rows in table.groupby("repeat"):
        assert rows["patient_id"].tolist() == small.data["patient_ids"]
        assert set(rows["fold"]) == {0, 1, 2, 3}
    assert len(repeated.models) == len(repeated.folds) == repeated.metrics["n_folds"] == 12


def test_metrics_are_means_over_repeats(repeated, small):
    outcome = check_outcome(small.data["time"], small.data["event"])
    each = [
        evaluate(outcome, rows["risk"].to_numpy(), (rows["group"] == "short").to_numpy()).values["harrell_c"]
        for _, rows in repeated.predictions.groupby("repeat")
    ]
    assert repeated.metrics["harrell_c"] == pytest.approx(np.mean(each), rel=1e-14)
    assert repeated.metrics["harrell_c_sd"] == pytest.approx(np.std(each, ddof=1), rel=1e-14)


def test_each_repeat_is_judged_by_its_own_models(repeated, small):
    arguments = {"horizons": None, "seed": 0}
    by_fold = repeated.splits.tested, repeated.models, repeated.references
    together = assess_repeats(small.data["table"], repeated.predictions, repeated.splits, *by_fold[1:], **arguments)
    alone = [
        assess(
            small.data["table"],
            repeated.predictions.iloc[20 * repeat : 20 * repeat + 20].reset_index(drop=True),
            *(each[4 * repeat : 4 * repeat + 4] for each in by_fold),
            **arguments,
        )
        for repeat in range(3)
    ]
    for name in ("integrated_brier", "uno_c"):
        assert together.metrics[name] == pytest.approx(np.mean([one.metrics[name] for one in alone]), rel=1e-12)
    pd.testing.assert_frame_equal(together.horizons, alone[0].horizons)


def test_beside_leave_one_out(small):
    def under(validation):
        return cross_validate(**small.data, **{**small.options, "validation": validation})

    given = small.options["validation"].model_copy(update={"inner_folds": "folds.csv"})
    metrics, reasons = kfold_beside(given, under)
    own = under(ValidationConfig(scheme="repeated_kfold", n_splits=5, repeats=5, inner_splits=5)).metrics
    assert metrics == {"kfold_harrell_c": own["harrell_c"], "kfold_harrell_c_sd": own["harrell_c_sd"]}
    assert reasons == {}


def test_beside_leave_one_out_where_folds_hold_no_event():
    def refuse(validation):
        raise TrainingSetError("too few events")

    metrics, reasons = kfold_beside(ValidationConfig(scheme="loocv"), refuse)
    assert np.isnan(list(metrics.values())).all()
    assert set(reasons.values()) == {"too few events"}


@pytest.mark.parametrize("scheme", ["repeated_kfold", "leave_site_out"])
def test_nothing_about_the_tested_patients_reaches_their_model(small, scheme):
    """Features and times change, not who had an event: folds are stratified by that."""
    validation = SCHEME.model_copy(update={"scheme": scheme})
    options = {**small.options, "validation": validation}
    sites = ["a", "b", "c", "d"] * 5
    before = cross_validate(**small.data, **options, sites=sites)
    tested = ((before.predictions["repeat"] == 0) & (before.predictions["fold"] == 1)).to_numpy()[:20]
    table, time = small.data["table"].copy(), small.data["time"].copy()
    table[tested], time[tested] = -3 * table[tested] + 100, time[tested][::-1] * 7
    after = cross_validate(**{**small.data, "table": table, "time": time}, **options, sites=sites)
    names = small.data["feature_names"]
    assert repr(after.models[1].to_dict(names)) == repr(before.models[1].to_dict(names))
    assert repr(after.models[0].to_dict(names)) != repr(before.models[0].to_dict(names))

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from radsurv.survival.fit import fit_model

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.survival.outcome import check_outcome
from radsurv.validation.cross_validate import CrossValidation, cross_validate
from radsurv.validation.inner_folds import draw_folds, fold_generator


def run(experiment, n_jobs=1, data=None, **options) -> CrossValidation:
    return cross_validate(**{**experiment.data, **(data or {})}, **{**experiment.options, **options}, n_jobs=n_jobs)


def assert_same(one: CrossValidation, other: CrossValidation):
    pd.testing.assert_frame_equal(one.predictions, other.predictions, check_exact=True)
    pd.testing.assert_frame_equal(one.selections, other.selections, check_exact=True)
    pd.testing.assert_frame_equal(one.folds, other.folds, check_exact=True)
    assert one.notes == other.notes


@pytest.fixture(scope="module", params=["min", "1se"])
def by_rule(reference, request) -> tuple[str, CrossValidation]:
    model = reference.options["model"].model_copy(update={"lambda_rule": request.param})
    return request.param, run(reference, n_jobs=2, model=model)


def test_every_fold_of_r(reference, by_rule):
    rule, found = by_rule
    golden, column = reference.golden, ("min", "1se").index(rule)
    predictions = found.predictions
    assert predictions["risk"].to_numpy() == pytest.approx(golden["loo_lp"][:, column], abs=1e-9)
    assert predictions["threshold"].to_numpy() == pytest.approx(golden["loo_threshold"][:, column], abs=1e-9)
    assert np.array_equal(predictions["group"] == "short", golden[f"loo_group_{rule}"])

    chosen = golden["loo_lambda"][np.arange(len(predictions)), golden["loo_index"][:, column]]
    assert found.folds["penalty"].to_numpy() == pytest.approx(chosen, rel=1e-12)
    assert found.folds["n_varying"].tolist() == golden["loo_step1"].sum(axis=1).tolist()
    assert found.folds["n_concordant"].tolist() == np.diff(golden["loo_step2_indptr"]).tolist()
    assert found.folds["n_kept"].tolist() == np.diff(golden["loo_step3_indptr"]).tolist()

    names = np.array(reference.data["feature_names"])
    assert found.selections["feature"].tolist() == names[golden["loo_step3"]].tolist()
    assert found.selections["coefficient"].to_numpy() == pytest.approx(golden[f"loo_beta_{rule}"], abs=1e-11)

    expected = reference.summary[rule]
    theirs = {
        "n_short": "n_short",
        "n_long": "n_long",
        "harrell_c": "cindex",
        "log_rank_chi2": "logrank_chi2",
        "log_rank_p": "logrank_p",
        "hazard_ratio": "hr_efron",
        "hazard_ratio_low": "hr_efron_lo",
        "hazard_ratio_high": "hr_efron_hi",
    }
    assert {name: found.metrics[name] for name in theirs} == pytest.approx(
        {name: expected[name_in_r] for name, name_in_r in theirs.items()}, rel=1e-8
    )


def test_null_models_are_counted(by_rule):
    rule, found = by_rule
    null = found.predictions[found.folds["n_nonzero"] == 0]
    assert len(null) == (15 if rule == "1se" and len(found.predictions) == 198 else 0)
    assert found.metrics["n_null_folds"] == len(null)
    assert (null["group"] == "long").all()
    assert (null["risk"] == 0).all()
    assert [f"in {len(null)} of" in note for note in found.notes] == [True] * bool(len(null))


def test_tables_have_the_agreed_columns(small):
    found = run(small)
    assert list(found.predictions) == ["patient_id", "time", "event", "fold", "risk", "threshold", "group", "repeat"]
    assert list(found.selections) == ["fold", "repeat", "feature", "strength", "coefficient"]
    assert found.predictions["patient_id"].tolist() == small.data["patient_ids"]
    assert len(found.models) == found.metrics["n_folds"] == found.metrics["n_patients"] == 20
    assert found.metrics["n_features"] == 12
    assert found.metrics["n_short"] + found.metrics["n_long"] == 20
    assert found.selections.groupby("fold").size().median() == found.metrics["median_selected"]


@pytest.mark.parametrize("path", ["complete", "until_minimum"])
def test_any_number_of_workers_gives_the_same(small, path):
    model = ModelConfig(name="coxnet", alpha=0.1, path=path)
    one = run(small, model=model)
    assert_same(one, run(small, model=model, n_jobs=2))
    assert_same(one, run(small, model=model, n_jobs=3))


def test_the_seed_draws_the_inner_folds_and_nothing_else(small):
    one, other = run(small), run(small, seed=1)
    assert one.folds["penalty"].tolist() != other.folds["penalty"].tolist()
    assert one.folds["n_kept"].tolist() == other.folds["n_kept"].tolist()


def test_progress_is_reported_once_per_training_set(small):
    seen = []
    cross_validate(**small.data, **small.options, n_jobs=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 20) for done in range(1, 21)]


# Leakage: the patient left out must not be able to influence the model that judges them.


def learned_in(found: CrossValidation, fold: int) -> str:
    """All that was learned in one fold, as text because NaN does not equal itself."""
    selected = found.selections[found.selections["fold"] == fold]
    return repr(
        [
            found.models[fold].to_dict([f"feature {column}" for column in range(12)]),
            found.folds.iloc[fold].tolist(),
            selected.to_numpy().tolist(),
        ]
    )


@pytest.fixture(scope="module")
def learned(small) -> list[str]:
    found = run(small)
    return [learned_in(found, fold) for fold in range(20)]


@settings(max_examples=20, deadline=None)
@given(
    patient=st.integers(0, 19),
    time=st.integers(1, 500),
    flip=st.booleans(),
    values=st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=12),
)
def test_nothing_about_the_left_out_patient_reaches_their_model(small, learned, patient, time, flip, values):
    table, times, events = (small.data[name].copy() for name in ("table", "time", "event"))
    table[patient], times[patient], events[patient] = values, time, events[patient] ^ flip
    after = run(small, data={"table": table, "time": times, "event": events})
    assert learned_in(after, patient) == learned[patient]


def test_a_training_set_does_not_notice_who_else_exists(small):
    """The model of a fold is the one that the members of its training set would get on their own."""
    found = run(small)
    for fold in (0, 7):
        members = np.delete(np.arange(20), fold)
        outcome = check_outcome(small.data["time"][members], small.data["event"][members])
        folds = draw_folds(outcome.event, 5, fold_generator(0, 0, fold))
        alone = fit_model(
            small.data["table"][members], outcome, folds, small.options["reduction"], small.options["model"]
        )
        assert np.array_equal(alone.features, found.models[fold].features)
        assert np.array_equal(alone.coefficients, found.models[fold].coefficients)
        assert alone.threshold == found.models[fold].threshold


# What cannot be computed as usual.


def test_no_feature_survives_anywhere(small):
    found = run(small, reduction=ReductionConfig(cindex=1.0, pearson=0.85))
    assert found.metrics["n_null_folds"] == 20
    assert found.metrics["n_long"] == 20
    assert found.metrics["harrell_c"] == 0.5
    assert np.isnan(found.metrics["hazard_ratio"])
    assert len(found.selections) == 0
    assert "in 20 of 20 folds no feature survived the reduction" in found.notes[0]
    assert any("log-rank test cannot be computed" in note for note in found.notes)


def test_the_smallest_cohort(small):
    data = {
        "table": small.data["table"][:4],
        "patient_ids": list("abcd"),
        "time": np.array([4.0, 3.0, 2.0, 1.0]),
        "event": np.array([True, True, False, False]),
    }
    found = run(small, data=data, validation=ValidationConfig(scheme="loocv", inner_splits=10))
    assert np.isfinite(found.predictions["risk"]).all()
    assert len(found.predictions) == 4


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"event": np.zeros(20)}, TrainingSetError, "0 events among 20 patients"),
        ({"event": np.arange(20) == 3}, TrainingSetError, "at least two events are needed"),
        ({"time": np.zeros(20)}, TrainingSetError, "time of row 0 is 0.0"),
        ({"feature_names": ["one"]}, TrainingSetError, "1 feature names"),
        ({"table": np.full((20, 12), np.nan)}, TrainingSetError, "240 values are missing"),
        ({"inner_folds": pd.DataFrame({"patient_id": ["x"]})}, ConfigError, "rows or columns are missing"),
    ],
)
def test_what_cannot_be_validated_is_refused(small, data, error, message):
    with pytest.raises(error, match=message):
        run(small, data=data)


def test_each_training_set_has_its_own_eligible_features(small):
    """Asked with the members of every set; a feature that may not take part in a fold is not selected there."""
    asked = []

    def eligible(weights):
        asked.append(weights)
        allowed = np.ones((len(weights), 12), dtype=bool)
        allowed[:10, 1] = False
        allowed[4] = False
        return allowed

    found, free = run(small, eligible=eligible), run(small)
    assert np.array_equal(asked[0], 1 - np.eye(20, dtype=int))
    assert len(asked) == 1
    chosen, usual = (
        {fold: set(rows["feature"]) for fold, rows in result.selections.groupby("fold")} for result in (found, free)
    )
    assert "feature 1" in usual[0]
    assert all("feature 1" not in chosen.get(fold, set()) for fold in range(10))
    assert 4 not in chosen
    assert {fold: chosen[fold] for fold in range(10, 20)} == {fold: usual[fold] for fold in range(10, 20)}

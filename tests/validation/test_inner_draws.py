"""λ by several draws of the inner folds."""

import numpy as np
import pytest
from radsurv.validation.pipeline import Pipeline

from radsurv.config import ModelConfig, ReductionConfig, SearchConfig, ValidationConfig
from radsurv.survival.outcome import check_outcome
from radsurv.survival.separation import mean_separation
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.inner_draws import METRICS

SEVERAL = ValidationConfig(scheme="loocv", inner_splits=5, inner_repeats=4)


@pytest.fixture(scope="module")
def found(small):
    return cross_validate(**small.data, **{**small.options, "validation": SEVERAL})


def test_the_first_draw_is_the_experiment_with_one(small, found):
    """Draws follow each other, so asking for more does not change the first."""
    once = cross_validate(**small.data, **small.options)
    assert once.inner_draws.empty
    first = found.inner_draws.iloc[0]
    for name in METRICS:
        assert first[name] == pytest.approx(once.metrics[name], rel=1e-12, nan_ok=True)


def test_the_spread_over_draws(found):
    draws = found.inner_draws
    assert draws["draw"].tolist() == [0, 1, 2, 3]
    assert found.metrics["inner_draws"] == 4
    assert found.metrics["inner_draws_log_rank_p_least"] == draws["log_rank_p"].min()
    assert found.metrics["inner_draws_harrell_c_greatest"] == draws["harrell_c"].max()
    assert draws["harrell_c"].nunique() > 1


def test_the_permutation_test_repeats_the_same_pipeline(small, found):
    pipeline = Pipeline(small.data["table"], small.options["reduction"], small.options["model"], SEVERAL)
    outcome = check_outcome(small.data["time"], small.data["event"])
    risk, short = pipeline.predict(outcome, 0)
    assert np.array_equal(risk[0], found.predictions["risk"])
    assert pipeline(outcome, 0) == pytest.approx(mean_separation(outcome, risk, short))


@pytest.mark.parametrize(
    "options",
    [
        {"validation": SEVERAL.model_copy(update={"inner": "strict"})},
        {"search": SearchConfig(name="optuna", trials=3, cindex=[0.5, 0.6], alpha=[0.1, 0.9])},
    ],
)
def test_strict_and_searched_with_several_draws_for_any_number_of_workers(small, options):
    one, two = (
        cross_validate(**small.data, **{**small.options, "validation": SEVERAL, **options}, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    assert len(one.inner_draws) == 4
    assert one.predictions.equals(two.predictions)
    assert one.inner_draws.equals(two.inner_draws)


@pytest.mark.parametrize("name", ["ridge_cox", "cox", "rsf", "gbs"])
def test_other_models_under_cross_validation(small, name):
    """Left-out patients are predicted, without leakage, and the permutation pipeline predicts the same."""
    model = ModelConfig(name=name, trees=5)
    validation = ValidationConfig(scheme="repeated_kfold", n_splits=4, repeats=2, inner_splits=4)
    options = {
        **small.options,
        "model": model,
        "validation": validation,
        "reduction": ReductionConfig(cindex=0.6, pearson=0.85),
    }
    plain = cross_validate(**small.data, **options, n_jobs=2)
    assert np.isfinite(plain.predictions["risk"]).all()
    pipeline = Pipeline(small.data["table"], options["reduction"], model, validation)
    risk, _ = pipeline.predict(check_outcome(small.data["time"], small.data["event"]), 0)
    assert np.array_equal(risk.ravel(), plain.predictions["risk"])
    first = plain.predictions.query("repeat == 0 and fold == 0")["patient_id"]
    table = small.data["table"].copy()
    table[[small.data["patient_ids"].index(patient) for patient in first]] += 100
    spoilt = cross_validate(**{**small.data, "table": table}, **options)
    assert plain.models[0].to_dict(small.data["feature_names"]) == spoilt.models[0].to_dict(small.data["feature_names"])

"""The pipeline in arrays is the cross-validation, number by number; and what it sees of an outcome."""

import numpy as np
import pytest
from radsurv.validation.pipeline import Pipeline

from radsurv.config import ModelConfig, ReductionConfig, SignificanceConfig, ValidationConfig
from radsurv.survival.outcome import check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.survival.separation import STATISTICS
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.significance import repeated, significance

MODEL = ModelConfig(name="coxnet", alpha=0.1, path="until_minimum")
VALIDATION = ValidationConfig(scheme="loocv")


def first_columns(eligible_columns):
    return lambda weights: np.tile(np.arange(12) < eligible_columns, (len(weights), 1))


@pytest.mark.parametrize("eligible", [None, first_columns(2)])
def test_it_is_the_cross_validation(small, eligible):
    options = small.options | {"seed": 5}
    whole = cross_validate(**small.data | {"inner_folds": None}, **options, eligible=eligible)
    sections = (options[name] for name in ("reduction", "model", "validation"))
    pipeline = Pipeline(small.data["table"], *sections, eligible=eligible)
    score, short = pipeline.predict(check_outcome(small.data["time"], small.data["event"]), 5)
    assert np.array_equal(score.ravel(), whole.predictions["risk"])
    assert np.array_equal(short.ravel(), whole.predictions["group"] == SHORT)


@pytest.mark.parametrize(
    "scheme", [{"scheme": "repeated_kfold", "n_splits": 4, "repeats": 2}, {"scheme": "leave_site_out"}]
)
def test_it_is_the_cross_validation_of_every_scheme(small, scheme):
    validation, sites = ValidationConfig(**scheme), list("abcdabcdabcdabcdabcd")
    options = small.options | {"seed": 9, "validation": validation, "sites": sites}
    whole = cross_validate(**small.data | {"inner_folds": None}, **options)
    pipeline = Pipeline(small.data["table"], options["reduction"], options["model"], validation, sites=sites)
    outcome = check_outcome(small.data["time"], small.data["event"])
    generator = np.random.default_rng(0)
    for _ in range(2):  # what another outcome leaves behind does no harm
        pipeline(outcome.take(generator.permutation(len(outcome))), 1)
        score, short = pipeline.predict(outcome, 9)
        assert np.array_equal(score.ravel(), whole.predictions["risk"])
        assert np.array_equal(short.ravel(), whole.predictions["group"] == SHORT)
    config = SignificanceConfig(name="permutation", permutations=19, stop_after=2)
    found = significance(pipeline, whole.predictions, config, seed=9)

    def in_tables(shuffled, seed):
        changed = {"time": shuffled.time, "event": shuffled.event, "inner_folds": None}
        return cross_validate(**small.data | changed, **options | {"seed": seed}).predictions

    slower = significance(repeated(in_tables), whole.predictions, config, seed=9)
    assert slower.permutations.equals(found.permutations)
    assert slower.metrics == found.metrics
    assert found.permutations.iloc[0, 1:].to_numpy(float) == pytest.approx(pipeline(outcome, 9), rel=1e-12)


def test_nobody_is_predicted_from_their_own_outcome(small):
    """Whatever happens to one patient of a shuffled outcome, the prediction for that patient stays."""
    generator = np.random.default_rng(0)
    outcome = check_outcome(small.data["time"], small.data["event"])
    sections = (small.options[name] for name in ("reduction", "model", "validation"))
    pipeline = Pipeline(small.data["table"], *sections)
    for seed in range(4):
        shuffled = outcome.take(generator.permutation(len(outcome)))
        patient = generator.integers(len(outcome))
        time, event = shuffled.time.copy(), shuffled.event.copy()
        time[patient], event[patient] = time[patient] * 7.5, ~event[patient]
        before, after = (pipeline.predict(one, seed) for one in (shuffled, check_outcome(time, event)))
        assert before[0][0, patient] == after[0][0, patient]
        assert before[1][0, patient] == after[1][0, patient]


@pytest.fixture(scope="module")
def planted():
    """40 patients, 60 features, one of which knows when they die."""
    generator = np.random.default_rng(2)
    table = generator.normal(size=(40, 60))
    time = np.ceil(200 * generator.exponential(np.exp(-2.5 * table[:, 7])))
    return {
        "table": table,
        "feature_names": [f"x{column}" for column in range(60)],
        "patient_ids": [f"p{row}" for row in range(40)],
        "time": time,
        "event": generator.random(40) < 0.9,
    }


def test_a_strong_signal_gets_the_smallest_p(planted):
    reduction = ReductionConfig(cindex=0.65, pearson=0.85)
    found = cross_validate(**planted, reduction=reduction, model=MODEL, validation=VALIDATION, seed=0)
    pipeline = Pipeline(planted["table"], reduction, MODEL, VALIDATION)
    config = SignificanceConfig(name="permutation", permutations=19, stop_after=3)
    result = significance(pipeline, found.predictions, config, seed=0, n_jobs=2)
    assert result.metrics["permutation_p"] == 1 / 20
    assert result.metrics["permutation_p_c"] == result.metrics["permutation_p_hr"] == 1 / 20
    assert result.metrics["permutation_count"] == 19
    assert list(result.permutations) == ["repetition", *STATISTICS]
    observed = result.permutations.iloc[0]
    assert observed["signed_log_rank"] == found.metrics["log_rank_chi2"]
    assert observed["harrell_c"] == found.metrics["harrell_c"]
    assert np.exp(observed["log_hazard_ratio"]) == pytest.approx(found.metrics["hazard_ratio"], rel=1e-12)
    alone = significance(pipeline, found.predictions, config, seed=0, n_jobs=1)
    assert alone.permutations.equals(result.permutations)
    assert alone.metrics == result.metrics


def test_synth50(reference):
    """A few repetitions of the reference cohort with features by the thousand."""
    if len(reference.data["time"]) != 50:
        pytest.skip("synth50 only")
    sections = [reference.options[name] for name in ("reduction", "model", "validation")]
    whole = cross_validate(**reference.data, **reference.options, n_jobs=2)
    pipeline = Pipeline(reference.data["table"], *sections)
    config = SignificanceConfig(name="permutation", permutations=19, stop_after=19)
    found = significance(pipeline, whole.predictions, config, seed=0, n_jobs=2)
    assert found.metrics["permutation_p_low"] <= found.metrics["permutation_p"] <= found.metrics["permutation_p_high"]
    # The published statistics, from the given inner folds, are what is ranked.
    assert found.permutations["signed_log_rank"][0] == pytest.approx(reference.summary["min"]["logrank_chi2"], abs=1e-8)
    assert found.permutations.notna().all(axis=None)

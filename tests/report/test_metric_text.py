"""Names, values and meanings come from the catalogue; how they read hangs on what kind of number it is, never on its key."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.metrics import METRICS, Kind
from radsurv.report.experiment import Experiment
from radsurv.report.metric_text import FORMATS, label, meaning, shown
from radsurv.survival.group_metrics import evaluate
from radsurv.survival.outcome import check_outcome
from radsurv.survival.prediction_metrics import PredictedSurvival, prediction_metrics
from radsurv.validation.bootstrap_interval import bootstrap_interval


def test_every_kind_has_a_format():
    assert set(FORMATS) == set(Kind)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("n_features", 1628, "1,628"),
        ("harrell_c", 0.6712, "0.671"),
        ("comparator_clinical_delta_c", 0.02, "0.020"),
        ("inner_draws_harrell_c_least", 0.6, "0.600"),
        ("inner_draws_log_rank_p_least", 0.0142, ".014"),
        ("permutation_p_c_low", 0.0, "<\xa0.001"),
        ("hazard_ratio_bootstrap_high", 4.7160, "4.72"),
        ("log_rank_chi2", 6.0123, "6.01"),
        ("batch_predictability_after", 0.3333, "0.333"),
        ("simulated", 1, "1"),
    ],
)
def test_values(key, value, said):
    assert shown(key, value) == said


def repeated(config, predictions, repeats):
    return Experiment(config, read=lambda entry: pd.concat([predictions.assign(repeat=n) for n in range(repeats)]))


def test_pooling_is_said_where_every_repeat_has_a_value(config, predictions):
    several = repeated(config, predictions, 2)
    for key, said in (
        ("harrell_c", "Over repeats: the mean."),
        ("hazard_ratio", "Over repeats: the geometric mean."),
        ("log_rank_p", "Over repeats: the median."),
        ("uno_c", "Over repeats: the mean."),
    ):
        assert meaning(key, several).endswith(said)
        assert "Over repeats" not in meaning(key, repeated(config, predictions, 1))
    for key in ("n_patients", "permutation_p", "kfold_harrell_c", "harrell_c_sd"):
        assert "Over repeats" not in meaning(key, several)


def test_what_is_taken_in_every_repeat_says_so():
    """What `radsurv.validation.repeats.average` gets."""
    outcome, risk, short = check_outcome([1, 2, 3, 4, 5], [1, 1, 1, 0, 1]), np.arange(5.0), np.arange(5) > 1
    horizons = np.array([2.0, 3.0])
    half = np.full((5, 2), 0.5)
    judged = prediction_metrics(outcome, risk, PredictedSurvival(horizons, half, half[0], np.full(5, 0.5)))
    limits = bootstrap_interval(outcome, risk, short, seed=0)
    pooled = {*evaluate(outcome, risk, short).values, *judged.values, *limits.values, "harrell_c_within_sites"}
    assert {key for key, metric in METRICS.items() if metric.per_repeat} == pooled


def test_the_caveat_is_that_of_the_scheme(configured):
    for scheme, biased in (("loocv", True), ("repeated_kfold", False), ("bootstrap", False)):
        experiment = Experiment(configured(f"validation={scheme}"))
        assert ("Under leave-one-out the C is biased downwards" in meaning("harrell_c", experiment)) == biased
        assert "biased" not in meaning("hazard_ratio", experiment)


@pytest.mark.parametrize(
    ("model", "penalty"), [("coxnet", True), ("ridge_cox", True), ("cox", False), ("rsf", False), ("gbs", False)]
)
def test_only_a_penalty_sets_coefficients_to_zero(configured, model, penalty):
    said = meaning("n_null_folds", Experiment(configured(f"model={model}")))
    reasons = "No feature survived reduction there" + (
        ", or the penalty λ set every coefficient to 0" if penalty else ""
    )
    assert said == f"{reasons}: the left-out patients got risk 0."


def test_a_finished_model_is_spoken_of_in_other_words(config, configured):
    external = configured("validation=external", "validation.model=A/model.json")
    here, there = Experiment(config), Experiment(external, {"external_known": 12})
    assert (label("log_rank_p", here), label("log_rank_p", there)) == ("Log-rank P (naive)", "Log-rank P")
    assert label("harrell_c", here) == label("harrell_c", there)
    assert meaning("harrell_c", there).startswith("NOT EXTERNAL: the model was trained on 12 of these patients")
    assert meaning("n_events", there) == METRICS["n_events"].meaning
    assert meaning("n_long", Experiment(external)) == "All other patients."

"""The header says what was done, not what was configured and played no part."""

import itertools

import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from radsurv.catalogue.tables import TRIALS
from radsurv.formats import number
from radsurv.report.experiment import Experiment
from radsurv.report.header import header, steps
from radsurv.validation.search_record import trials_table
from radsurv.validation.splits import EVERYBODY, Place
from radsurv.validation.trials import Trial


@pytest.fixture
def said(configured):
    """The steps of a run with some overrides, by name."""

    def said(*overrides, trials=None, **metrics) -> dict[str, str]:
        experiment = Experiment(configured(*overrides), metrics, read={TRIALS: trials}.get)
        return {step.name: step.said for step in steps(experiment)}

    return said


def test_the_default(said):
    assert said(n_features=1628) == {
        "Features": "radiomics + efficientnet_lite0, 1,628 in all",
        "Reduction": "MAD > 0, C ≥ 0.685, |r| ≤ 0.85",
        "Model": "elastic-net Cox, α 0.1, λ min",
        "Validation": "leave-one-out, λ by 10-fold",
    }


@pytest.mark.parametrize(
    ("override", "validation"),
    [
        (["validation=repeated_kfold"], "5-fold, 5 times, λ by 10-fold"),
        (["validation=repeated_kfold", "validation.n_splits=10", "validation.repeats=1"], "10-fold, λ by 10-fold"),
        (["validation=leave_site_out", "validation.inner_splits=5"], "leave-site-out (2 sites), λ by 5-fold"),
        (["validation=bootstrap"], "bootstrap, 200 samples, λ by 10-fold"),
        (["validation=bootstrap", "model=cox"], "bootstrap, 200 samples"),
        (["model=rsf"], "leave-one-out"),
    ],
)
def test_schemes(said, override, validation):
    assert said(*override, n_folds=2)["Validation"] == validation


def test_models_and_reductions(said):
    forest = said("model=rsf")
    assert forest["Model"] == "random survival forest, 100 trees"
    assert "elastic" not in str(forest)
    assert "λ" not in str(forest)
    assert said("model=gbs")["Model"].startswith("gradient-boosted Cox trees")
    assert said("model=ridge_cox")["Model"] == "ridge Cox, λ min"
    assert said("reduction=none")["Reduction"] == "none: every feature that varies stays"
    assert said("roi.reader=both", "reduction.icc=0.75")["Reduction"] == "ICC ≥ 0.75, MAD > 0, C ≥ 0.685, |r| ≤ 0.85"
    assert said("reduction.pearson=null")["Reduction"] == "MAD > 0, C ≥ 0.685"


def test_transforms_stand_between_features_and_reduction(said):
    found = said("transforms=combat")
    assert found["Transforms"] == "ComBat by site"
    assert list(found) == ["Features", "Transforms", "Reduction", "Model", "Validation"]


def test_features(said):
    assert said("cohort.features=features.csv")["Features"] == "a ready table"
    assert said("backbone=none", "cohort.covariates=[age,sex]")["Features"] == "radiomics + age + sex"
    assert said("radiomics=none")["Features"] == "efficientnet_lite0"


def test_the_follow_up_has_its_unit(load, predictions):
    last = header(load()).steps[-1]
    assert last.name == "Follow-up"
    reverse = KaplanMeierFitter().fit(predictions["time"], predictions["event"] == 0).median_survival_time_
    forward = KaplanMeierFitter().fit(predictions["time"], predictions["event"]).median_survival_time_
    assert last.said.startswith(f"median follow-up (reverse Kaplan-Meier) {number(reverse)} days (95 % CI ")
    assert f"; median survival (Kaplan-Meier) {number(forward)} days (95 % CI " in last.said
    low, high = predictions["time"].min(), predictions["time"].max()
    assert last.said.endswith(f"; times from {number(low)} to {number(high)} days (cohort.time_unit)")


@pytest.fixture
def trials(configured):
    """The table that a search leaves: two trials per training set, of which the second is the better one."""

    def trials(chosen, *overrides, everybody=False) -> pd.DataFrame:
        config = configured(*overrides)
        places = [Place(0, EVERYBODY if everybody else fold) for fold in range(len(chosen))]
        tried = [[Trial({**values, "cindex": 0.6}, 9.0), Trial(values, 1.0)] for values in chosen]
        protocol = type("Parts", (), {"reduction": config.reduction, "model": config.model, "search": config.search})
        return trials_table(list(zip(places, tried, strict=True)), protocol)

    return trials


OPTUNA = ("search=optuna", "search.pearson=null", "search.lambda_rule=[min,1se]")


def test_searched_values_are_counted_and_configured_ones_stand_as_they_are(said, trials):
    counts = {0.66: 31, 0.64: 12, 0.7: 4, 0.61: 3}
    thresholds = [value for value, count in counts.items() for _ in range(count)]
    alphas = [0.1] * 20 + [1.0] * 30
    rules = itertools.chain(["1se"] * 50)
    chosen = [
        {"cindex": c, "alpha": a, "lambda_rule": rule} for c, a, rule in zip(thresholds, alphas, rules, strict=True)
    ]
    found = said(*OPTUNA, trials=trials(chosen, *OPTUNA))
    assert found["Reduction"] == "MAD > 0, C ≥ (searched: 0.66 in 31 of 50 folds, 0.64 in 12, 0.7 in 4, …), |r| ≤ 0.85"
    assert found["Model"] == (
        "elastic-net Cox, α (searched: 1 in 30 of 50 folds, 0.1 in 20), λ (searched: 1se in 50 of 50 folds)"
    )
    assert "0.685" not in str(found)


def test_groups_of_features_that_were_searched(said, trials):
    overrides = (*OPTUNA, "search.features={all: ['*'], shape: ['shape_*']}")
    chosen = [
        {"cindex": 0.66, "alpha": 0.1, "lambda_rule": "min", "features": name} for name in ("all", "shape", "all")
    ]
    found = said(*overrides, trials=trials(chosen, *overrides), n_features=1628)
    assert found["Features"] == (
        "radiomics + efficientnet_lite0, 1,628 in all, groups (searched: all in 2 of 3 folds, shape in 1)"
    )


def test_a_flat_search_chose_once(said, trials):
    overrides = ("search=flat", "search.pearson=null")
    chosen = trials([{"cindex": 0.66, "alpha": 0.1, "lambda_rule": "min"}], *overrides, everybody=True)
    assert said(*overrides, trials=chosen)["Reduction"] == "MAD > 0, C ≥ (searched: 0.66 for all folds), |r| ≤ 0.85"


def test_a_search_without_trials_names_no_value(said):
    assert said(*OPTUNA)["Reduction"] == "MAD > 0, C ≥ (searched), |r| ≤ 0.85"

"""Which hyper-parameters are searched, and what takes their place."""

import toys

import conf
from radsurv.validation.search_space import configured, loosest, searched

REDUCTION = conf.reduction(cindex=0.6, pearson=0.85)
MODEL = conf.model("coxnet", alpha=0.5, path="complete")


def test_hyper_parameters_take_the_place_of_options():
    reduction, model = configured(REDUCTION, MODEL, {"cindex": 0.7, "alpha": 1.0, "features": "late"})
    assert (reduction.cindex, reduction.pearson, model.alpha, model.lambda_rule) == (0.7, 0.85, 1.0, "min")
    assert (REDUCTION.cindex, MODEL.alpha) == (0.6, 0.5)


def test_what_is_searched_hangs_on_steps_and_model():
    asked = conf.search("optuna", **toys.FEW_TRIALS)
    assert list(searched(asked, REDUCTION, MODEL)) == ["cindex", "pearson", "alpha", "lambda_rule"]
    assert searched(asked, REDUCTION, conf.model("rsf")) == {"cindex": [0.5, 0.55, 0.6], "pearson": [0.6, 0.9]}
    fewer = conf.reduction(steps=["mad", "pearson"])
    assert list(searched(asked, fewer, MODEL)) == ["pearson", "alpha", "lambda_rule"]
    grouped = asked.model_copy(update={"features": {"a": ["*"], "b": ["f*"]}})
    assert searched(grouped, REDUCTION, MODEL)["features"] == ["a", "b"]
    assert searched(conf.search("none"), REDUCTION, MODEL) == {}


def test_the_loosest_thresholds():
    found = loosest(conf.search("optuna", **toys.FEW_TRIALS), REDUCTION)
    assert (found.cindex, found.pearson, found.mad) == (0.5, 0.9, 0.0)
    assert loosest(conf.search("none"), REDUCTION) is REDUCTION

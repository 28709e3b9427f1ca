"""Whether a run has the settings of Han et al., AJNR 2020;41:40-48, and in what it nevertheless differs from the paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radsurv.config import Config
from radsurv.options.cohort_table import CohortConfig
from radsurv.options.dotted import dotted, written
from radsurv.survival.steps.cindex import Concordance

PAPER = "Han et al., AJNR 2020;41:40–48"
# What all recipes of conf/experiment/han2020_* fix, whichever cohort they are given: sections as they stand in config.yaml,
# without what is null there. Anything else in one of them is a setting of somebody else's.
FIXED: dict[str, dict[str, Any]] = {
    "cohort": {"covariates": []},
    "quantization": {
        "algorithms": ["equal", "uniform"],
        "levels": [16, 32],
        "scales": ["native", 1.0],
        "outlier_sd": 3.0,
    },
    "radiomics": {"definition": "vallieres", "histogram": "toolbox"},
    "patch": {"margin": 0.0, "aspect": "stretch", "normal_tissue": "keep", "sections": 1, "channels": ["image"]},
    "backbone": {"name": "vgg19", "layers": ["fc1", "fc2"]},
    "transforms": {"steps": []},
    "reduction": {
        "steps": ["icc", "mad", "cindex", "pearson"],
        "orientation": "strength",
        "max_missing": 0.1,
        "mad": 0.0,
        "pearson": 0.85,
    },
    "model": {"name": "coxnet", "alpha": 0.1, "lambda_rule": "min", "n_lambda": 100},
    "validation": {"scheme": "loocv", "inner": "paper", "inner_splits": 10, "inner_repeats": 1},
    "search": {"name": "none"},
}
# What these sections also hold: the cohort itself, another look at the same predictions or inner folds, and what changes the
# time that a run takes but no number. Of the cohort only the ready features and the covariates are settings of an experiment.
FREE: dict[str, set[str]] = {
    "cohort": set(CohortConfig.model_fields) - {"features", "covariates"},
    "backbone": {
        "weights",
        "preprocess",
        "pool",
        "batch_size",
    },  # the first two: see `_differences`; layers are never pooled
    "reduction": {"cindex"},
    "model": {"path", "clinical"},  # the second of covariates: fixed by the one experiment that has any
    "validation": {"horizons", "inner_folds"},
}
CINDEX = (0.685, 0.66)  # of DATA1; of DATA2 and DATA3


def recipe_note(config: Config) -> str:
    """One sentence for the page; "" for a run with other settings."""
    if deviations(config, {}) or config.reduction.threshold(Concordance.name) not in CINDEX:
        return ""
    said = f"The settings follow {PAPER}"
    differs = weight_differences(config)
    return (
        f"{said}, except for these: {'; '.join(differs)}."
        if differs
        else f"{said}. The patients are those of this cohort."
    )


def deviations(config: Config, settings: Mapping[str, Any]) -> list[str]:
    """Options in which a run is neither the paper's nor what it is meant to be.

    Parameters
    ----------
    config
    settings
        Dotted names → values in which it is meant to differ from `FIXED`, or which are not fixed there.
    """
    given = dotted(config.model_dump(mode="json", include=set(FIXED), exclude=FREE, exclude_none=True))
    everything = dotted(config.model_dump(mode="json"))
    given |= {name: everything.get(name) for name in settings}
    expected = dotted(FIXED) | dict(settings)
    names = dict.fromkeys([*expected, *given])
    return [
        f"{name}={written(everything.get(name))}, not {written(expected.get(name))}"
        for name in names
        if given.get(name) != expected.get(name)
    ]


def weight_differences(config: Config) -> list[str]:
    """What VGG-19 has here that the paper's had not; nothing to say of another network."""
    if config.backbone.name != "vgg19":
        return []
    found = []
    if config.backbone.weights == "imagenet":
        found.append("VGG-19 has the weights of torchvision, the paper those of Keras")
    if config.backbone.preprocess != "keras_caffe":
        found.append("images are prepared as those weights expect, the paper's as Keras did")
    return found

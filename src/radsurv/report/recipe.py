"""Whether a run has the settings of Han et al., AJNR 2020;41:40-48, and in what it nevertheless differs from the paper."""

from __future__ import annotations

from typing import Any

from radsurv.config import Config

PAPER = "Han et al., AJNR 2020;41:40–48"
# What all recipes of conf/experiment/han2020_* fix, whichever cohort they are given.
FIXED: dict[str, Any] = {
    "quantization.algorithms": ["equal", "uniform"],
    "quantization.levels": [16, 32],
    "backbone.name": "vgg19",
    "backbone.layers": ["fc1", "fc2"],
    "reduction.mad": 0.0,
    "reduction.pearson": 0.85,
    "model.name": "coxnet",
    "model.alpha": 0.1,
    "validation.scheme": "loocv",
}
CINDEX = (0.685, 0.66)  # of DATA1; of DATA2 and DATA3


def recipe_note(config: Config) -> str:
    """One sentence for the page; "" for a run with other settings."""
    given = config.model_dump(mode="json")
    if any(_value(given, path) != value for path, value in FIXED.items()):
        return ""
    if _value(given, "reduction.cindex") not in CINDEX or _value(given, "search.name") != "none":
        return ""
    said = f"The settings follow {PAPER}"
    differs = _differences(config)
    return (
        f"{said}, except for these: {'; '.join(differs)}."
        if differs
        else f"{said}. The patients are those of this cohort."
    )


def _differences(config: Config) -> list[str]:
    found = []
    if config.backbone.weights == "imagenet":
        found.append("VGG-19 has the weights of torchvision, the paper those of Keras")
    if config.backbone.preprocess != "keras_caffe":
        found.append("images are prepared as those weights expect, the paper's as Keras did")
    return found


def _value(given: Any, path: str) -> Any:
    for name in path.split("."):
        given = given.get(name) if isinstance(given, dict) else None
    return given

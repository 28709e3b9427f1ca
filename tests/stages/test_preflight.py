"""What is refused before anything is computed."""

import subprocess
import sys

import pytest
from safetensors.torch import save_file

from radsurv.config import validate
from radsurv.deep.converted import Converted
from radsurv.errors import ConfigError, WeightsError
from radsurv.stages import preflight
from radsurv.stages.compose import compose


def check(*overrides):
    preflight.check(validate(compose(overrides)))


@pytest.mark.parametrize(
    ("overrides", "error", "answer"),
    [
        (["backbone=vgg19", "backbone.layers=[fc9]"], ConfigError, "vgg19 has no layer 'fc9'; nearest: fc"),
        (["backbone.name=efficientnet_lite9"], ConfigError, "unknown; nearest: efficientnet_lite0"),
        (["backbone=vgg19", "backbone.weights=/nowhere/vgg19.pth"], WeightsError, "/nowhere/vgg19.pth"),
        (
            ["backbone=torchvision", "backbone.name=inception_v3", "patch.size=32"],
            ConfigError,
            "cannot take patches of 32",
        ),
        (["radiomics=none", "backbone=none"], ConfigError, "no features to analyse"),
    ],
)
def test_cheap_faults_are_found_first(overrides, error, answer):
    with pytest.raises(error, match=answer):
        check(*overrides)


def test_weights_of_keras_are_refused_without_what_they_ask_for(tmp_path):
    """Of the default layers, fc1 and fc2, a file without fully connected layers has none."""
    path = tmp_path / "keras.safetensors"
    save_file({}, path, Converted(has_head=False).metadata())
    given = ["backbone=vgg19", f"backbone.weights={path}"]
    with pytest.raises(ConfigError, match=r"found backbone\.preprocess=native: set backbone\.preprocess=keras_caffe"):
        check(*given)
    with pytest.raises(ConfigError, match="expects other layers than fc1, fc2"):
        check(*given, "backbone.preprocess=keras_caffe")
    check(*given, "backbone.preprocess=keras_caffe", "backbone.layers=[features.36]")


@pytest.mark.parametrize(
    "overrides",
    [
        ["radiomics=none", "backbone=none", "cohort.covariates=[age]"],
        ["radiomics=none", "backbone=none", "until=radiomics"],
        ["radiomics=none", "cohort.features=mine.csv"],
        ["backbone.layers=[fc9]", "until=radiomics"],
    ],
)
def test_what_will_do_passes(overrides):
    check(*overrides)


WITHOUT_TORCH = """
import importlib, sys
from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.config import validate
from radsurv.stages import pipeline, preflight
from radsurv.stages.compose import compose
preflight.check(validate(compose(["cohort.features=mine.csv"])))
for stage in STAGE_NAMES:
    importlib.import_module(f"radsurv.stages.{stage}")
assert {"torch", "torchvision"}.isdisjoint(sys.modules)
"""


def test_a_run_without_a_network_loads_no_pytorch():
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH], check=True)

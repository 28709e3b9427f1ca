"""What is refused before anything is computed."""

import subprocess
import sys

import pytest

from radsurv.config import validate
from radsurv.errors import ConfigError, WeightsError
from radsurv.stages import preflight
from radsurv.stages.compose import compose


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """The cache folder is made where one stands."""
    monkeypatch.chdir(tmp_path)


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


def test_a_cache_that_cannot_be_is_found_first(tmp_path):
    (tmp_path / "file").write_text("no folder")
    for folder in ("file", "file/cache"):
        with pytest.raises(ConfigError, match=f"^compute.cache_dir={folder} cannot be made \\("):
            check("backbone=none", f"compute.cache_dir={folder}")
        check("backbone=none", f"compute.cache_dir={folder}", "until=cohort")
        check("cohort.features=mine.csv", f"compute.cache_dir={folder}")


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

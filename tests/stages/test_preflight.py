"""What is refused before anything is computed."""

import subprocess
import sys

import pytest
import yaml
from safetensors.torch import save_file

from radsurv.cli import main
from radsurv.config import validate
from radsurv.deep.converted import Converted
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


@pytest.mark.parametrize(
    "given",
    [
        ["validation=external", "validation.model=out/../out/model.json"],
        ["cohort.features=out/radiomics.parquet"],
        ["cohort.features=out/rois/index.parquet"],
        ["cohort.table=out/qc/cohort.csv"],
        ["cohort.table=linked.csv"],
        ["validation.inner_folds=out/excluded.csv"],
        ["validation=external", "validation.model=out/.unfinished/model.json"],
    ],
)
def test_a_run_does_not_begin_by_removing_what_it_is_to_read(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linked.csv").symlink_to(tmp_path / "out" / "qc.csv")
    option, _, path = given[-1].partition("=")
    with pytest.raises(ConfigError) as error:
        check("run_dir=out", *given)
    assert str(error.value) == (
        f"{option}={path} is one of the files that a run in run_dir=out removes and writes anew: choose another run_dir"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "inner.csv does not exist or is no file"),
        (b"patient_id,all\n\xff,1\n", "inner.csv is not UTF-8 text"),
        (b"", "no rows"),
        (b"patient_id,all\nA,1,2\n", "line 2 has 3 cells, the header 2"),
        (b"patient,all\nA,1\n", "no column patient_id"),
        (b"patient_id,A\nA,1\n", "a column all"),
        (b"patient_id,all\nA,1\nA,2\n", "a patient has two rows"),
    ],
)
def test_given_inner_folds_are_looked_at_first(content, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "inner.csv").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"(?s)^validation\.inner_folds: .*{said}"):
        check("validation.inner_folds=inner.csv")


def test_usable_inner_folds_pass(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner.csv").write_text("patient_id,all,A,B\nA,1,,2\nB,2,1,\n")
    check("validation.inner_folds=inner.csv")


def test_a_finished_model_that_is_not_there_is_found_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"validation\.model=model\.json is not there"):
        check("validation=external", "validation.model=model.json")


def test_dvc_looks_at_the_same_things_in_its_first_stage(tmp_path, monkeypatch, capsys):
    """Before hours of features, not after."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_EXP_NAME", "pinky-toe")
    composed = compose(["validation.inner_folds=inner.csv"])
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(composed))
    assert main(["stage", "compose"]) == 1
    assert capsys.readouterr().err.startswith("radsurv: error: validation.inner_folds: inner.csv does not exist")


def test_inputs_beside_and_around_a_run_may_be_read(tmp_path, monkeypatch):
    """A cohort with the runs in its folder; a run beside the one whose tables it reads."""
    monkeypatch.chdir(tmp_path)
    check("cohort.table=B/clinical.csv", "cohort.features=runs/A/radiomics.parquet", "run_dir=B/out")
    check("cohort.table=out/clinical.csv", "cohort.features=out/mine.parquet", "run_dir=out", "backbone=none")


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


@pytest.mark.slow
def test_a_run_without_a_network_loads_no_pytorch():
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH], check=True)

"""What the stages of DVC say that no other run has to."""

from pathlib import Path

import yaml

from radsurv.config import validate
from radsurv.stages import compose
from radsurv.stages.under_dvc import remarks


def said(stage, *overrides):
    return remarks(stage, validate(compose.compose(overrides)))


def test_nothing_where_options_are_those_of_conf_and_files_are_watched(clone):
    assert said("cohort") == said("evaluate") == []


def test_options_of_an_experiment_are_named(clone):
    assert said("report", "reduction.cindex=0.6", "seed=3") == [
        "params.yaml differs from conf/: reduction.cindex=0.6, seed=3 (dvc exp run or apply); it counts until conf/ changes, or"
        " `radsurv stage compose` follows conf/ again"
    ]


def test_a_file_that_is_no_dependency_of_the_stage_that_reads_it_is_named(clone):
    overrides = ("cohort.table=elsewhere/clinical.csv", "validation.inner_folds=folds.csv")
    assert said("cohort", *overrides)[1:] == [
        "cohort.table=elsewhere/clinical.csv is no dependency of stage cohort, so that DVC does not see when it changes: add"
        " `- elsewhere/clinical.csv` to its deps in dvc.yaml"
    ]
    assert [line.split()[0] for line in said("evaluate", *overrides)[1:]] == ["validation.inner_folds=folds.csv"]
    assert said("compare", *overrides)[1:] == []
    pipeline = yaml.safe_load(Path("dvc.yaml").read_text("utf-8"))
    pipeline["stages"]["cohort"]["deps"].append("elsewhere")
    Path("dvc.yaml").write_text(yaml.safe_dump(pipeline), "utf-8")
    assert said("cohort", *overrides)[1:] == []


def test_images_in_object_storage_are_named_by_their_address(clone):
    (line,) = said("cohort", "cohort.root=s3://bucket/images")[1:]
    assert line.startswith("cohort.root=s3://bucket/images is no dependency of stage cohort")
    assert "`- s3://bucket/images`" in line


def test_elsewhere_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said("cohort", "cohort.table=elsewhere/clinical.csv") == []

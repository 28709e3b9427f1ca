"""The runs of a multirun: their folders, those that failed, and all of them side by side."""

import json

import pandas as pd
import pytest

from radsurv.errors import ConfigError
from radsurv.stages.sweep import Sweep, commonly_compared

ALPHAS = ("reduction.cindex=0.6", "model.alpha=0.1,0.5,1", "cohort.table=/my/clinical.csv", "tracking=none")


def measured(sweep, override, **metrics):
    folder = sweep.folder(["reduction.cindex=0.6", override])
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def test_folders_are_named_by_what_varies():
    sweep = Sweep(
        ["model=coxnet,rsf", "backbone.layers=[fc1],[fc2]", "run_dir=runs/a", "cohort.table=/my/clinical.csv"]
    )
    first = sweep.folder(["model=coxnet", "backbone.layers=[fc1]", "run_dir=runs/a", "cohort.table=/my/clinical.csv"])
    assert first.as_posix() == "runs/a/backbone.layers=_fc1_,model=coxnet"
    alike = Sweep(["cohort.table=a/b.csv,a_b.csv"])
    assert [alike.folder([f"cohort.table={path}"]).name for path in ("a/b.csv", "a_b.csv")] == [
        "cohort.table=a_b.csv",
        "cohort.table=a_b.csv~2",
    ]
    assert Sweep(["seed=1"]).folder(["seed=1"]).name == "run"
    with pytest.raises(ConfigError, match="run_dir has several values"):
        Sweep(["run_dir=a,b"])


def test_every_job_is_a_row_and_the_naive_p_never_stands_alone(tmp_path):
    sweep = Sweep([*ALPHAS, f"run_dir={tmp_path}"])
    measured(sweep, "model.alpha=0.1", harrell_c=0.6, log_rank_p=0.01, extra=1)
    stale = measured(sweep, "model.alpha=0.5", harrell_c=0.9, extra=1)
    sweep.begin()
    sweep.done(sweep.folder(["model.alpha=0.1"]), None)
    sweep.fail(stale, "the weights are missing")
    table = sweep.summarise()
    assert table["run"].tolist() == ["model.alpha=0.1", "model.alpha=0.5", "model.alpha=1"]
    assert table["error"].tolist() == ["", "the weights are missing", "did not finish"]
    assert table["harrell_c"].isna().tolist() == [False, True, True]
    assert table.columns[:3].tolist() == ["run", "error", "model.alpha"]
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "summary.csv", keep_default_na=True).fillna({"error": ""}), table
    )
    shown = commonly_compared(table)
    assert shown.columns.tolist() == ["run", "harrell_c", "naive_p", "permutation_p"]
    assert shown["permutation_p"].isna().all()


def test_a_sweep_that_stops_before_the_evaluation_has_rows_without_metrics(tmp_path):
    sweep = Sweep([*ALPHAS, f"run_dir={tmp_path}"])
    assert commonly_compared(sweep.summarise()).columns.tolist() == ["run"]


def test_every_option_that_varies_is_a_column_before_the_metrics(tmp_path):
    sweep = Sweep(["model=coxnet,rsf", "reduction.cindex=0.6,0.001", "seed=3", f"run_dir={tmp_path}"])
    folder = sweep.folder(["model=rsf", "reduction.cindex=0.001", "seed=3"])
    folder.mkdir()
    (folder / "metrics.json").write_text('{"harrell_c": 0.7}')
    table = sweep.summarise()
    assert table.columns.tolist() == ["run", "error", "model", "reduction.cindex", "harrell_c"]
    assert table["model"].tolist() == ["coxnet", "coxnet", "rsf", "rsf"]
    assert table["reduction.cindex"].tolist() == [0.6, 0.001, 0.6, 0.001]
    assert table["harrell_c"].isna().tolist() == [True, True, True, False]

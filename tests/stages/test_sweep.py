"""The runs of a multirun side by side."""

import json

import pandas as pd

from radsurv.stages.sweep import summarise


def test_every_run_with_metrics_is_a_row(tmp_path):
    for name, c in (("model.alpha=0.1", 0.6), ("model.alpha=0.5", None)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.json").write_text(json.dumps({"harrell_c": c, "extra": 1}))
    (tmp_path / "failed").mkdir()
    shown = summarise(tmp_path)
    assert shown["run"].tolist() == ["model.alpha=0.1", "model.alpha=0.5"]
    assert shown.columns.tolist() == ["run", "harrell_c"]
    assert pd.read_csv(tmp_path / "summary.csv")["extra"].tolist() == [1, 1]


def test_a_sweep_without_metrics_writes_nothing(tmp_path):
    assert summarise(tmp_path).empty
    assert not list(tmp_path.iterdir())

"""bench/compare_runs.py: what it takes for a difference."""

import shutil

import pandas as pd
import pytest
from compare_runs import compare_directories


@pytest.fixture
def finished(tmp_path):
    """Two directories with one run each, the same."""
    run = tmp_path / "before" / "demo"
    (run / "rois").mkdir(parents=True)
    pd.DataFrame({"patient_id": ["a", "b"], "risk": [0.1, 0.2]}).to_parquet(run / "predictions.parquet")
    pd.DataFrame({"file": ["a.npz"]}).to_parquet(run / "rois" / "index.parquet")
    (run / "qc.csv").write_text("patient_id,reason\nc,no image\n")
    (run / "metrics.json").write_text('{"harrell_c": 0.6, "permutation_p": NaN}')
    (run / "model.json").write_text('{"radsurv": "1", "model": {"coefficients": [0.5]}}')
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    return tmp_path / "before", tmp_path / "after"


def compared(directories, capsys):
    same = compare_directories(*directories)
    return same, capsys.readouterr().out


def test_equal_runs_are_identical(finished, capsys):
    """Whatever the version of the code, and where the cohort lies."""
    content = '{"radsurv": "2", "config": {"cohort": {"table": "elsewhere.csv"}}, "model": {"coefficients": [0.5]}}'
    (finished[1] / "demo" / "model.json").write_text(content)
    assert compared(finished, capsys) == (True, f"{'demo':<16}identical (3 tables)\n")


def of_a_table(run):
    pd.DataFrame({"patient_id": ["a", "b"], "risk": [0.1, 0.2 + 1e-16]}).to_parquet(run / "predictions.parquet")


def of_its_bytes(run):
    pd.read_parquet(run / "predictions.parquet").to_parquet(run / "predictions.parquet", compression="gzip")


def of_its_rows(run):
    pd.DataFrame({"file": ["a.npz", "b.npz"]}).to_parquet(run / "rois" / "index.parquet")


def of_a_metric(run):
    (run / "metrics.json").write_text('{"harrell_c": 0.7, "permutation_p": NaN}')


def of_the_model(run):
    (run / "model.json").write_text('{"radsurv": "1", "model": {"coefficients": [0.6]}}')


def of_what_else_is_stored_of_the_model(run):
    content = '{"radsurv": "1", "model": {"coefficients": [0.5]}, "n_events": 7, "precision": "fp32"}'
    (run / "model.json").write_text(content)


def of_the_excluded(run):
    (run / "qc.csv").write_text("patient_id,reason\nc,nonsense\n")


def of_a_file(run):
    (run / "rois" / "index.parquet").unlink()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_a_table, "predictions.parquet: other values in risk"),
        (of_its_bytes, "predictions.parquet: the same values in other bytes"),
        (of_its_rows, "rois/index.parquet: 1 and 2 rows"),
        (of_a_metric, "metrics.json: harrell_c 0.6 and 0.7"),
        (of_the_model, "model.json: model"),
        (of_what_else_is_stored_of_the_model, "model.json: n_events, precision"),
        (of_the_excluded, "qc.csv: other text"),
        (of_a_file, "rois/index.parquet: only before"),
        (shutil.rmtree, "only in"),
    ],
)
def test_any_difference_is_named(finished, capsys, change, said):
    change(finished[1] / "demo")
    same, text = compared(finished, capsys)
    assert not same
    assert said in text


def test_nothing_to_compare_is_no_success(tmp_path, capsys):
    assert not compared((tmp_path, tmp_path), capsys)[0]

"""bench/reference_runs.py: what it runs, what it skips, what it takes for a difference."""

import json
import shutil

import pandas as pd
import pytest
import reference_runs
from configured import configured
from reference_runs import REFERENCES, Cohort, main


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
    status = main(["compare", *map(str, directories)])
    return status, capsys.readouterr().out


def test_equal_runs_are_identical(finished, capsys):
    """Whatever the version of the code, and where the cohort lies."""
    content = '{"radsurv": "2", "config": {"cohort": {"table": "elsewhere.csv"}}, "model": {"coefficients": [0.5]}}'
    (finished[1] / "demo" / "model.json").write_text(content)
    assert compared(finished, capsys) == (0, f"{'demo':<16}identical (3 tables)\n")


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
    status, text = compared(finished, capsys)
    assert status == 1
    assert said in text


def test_nothing_to_compare_is_no_success(tmp_path, capsys):
    assert compared((tmp_path, tmp_path), capsys)[0] == 1


def test_what_is_not_there_is_skipped_by_name(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reference_runs, "ROOT", tmp_path)
    assert main(["run", str(tmp_path / "runs"), "--shared", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(REFERENCES)
    assert all(" skipped: " in f" {line[15:]}" for line in lines)
    assert "dvc pull" in lines[0]


def test_a_run_that_applies_a_model_waits_for_it(tmp_path):
    reference, known = REFERENCES["plgg_external"], Cohort((), (), "")
    assert "run plgg_loocv first" in reference_runs.lacking(reference, known, tmp_path)


def test_an_unknown_name_is_refused(tmp_path):
    with pytest.raises(SystemExit):
        main(["run", str(tmp_path), "plgg_loov"])


@pytest.mark.parametrize("name", REFERENCES)
def test_every_reference_is_a_valid_configuration(name, tmp_path):
    reference = REFERENCES[name]
    cohort = reference_runs.cohorts(reference_runs.ROOT, tmp_path)[reference.cohort]
    config = configured(*reference_runs.overrides_of(reference, cohort, tmp_path))
    assert config.cohort.table == "data/demo/clinical.csv" or config.cohort.table.startswith(str(tmp_path))


def test_a_run_is_a_run_of_this_checkout(twelve, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(reference_runs.REFERENCES, "demo", reference_runs.Reference("demo", ("backbone=none",)))
    known = {"demo": Cohort((twelve,), (f"cohort.table={twelve / 'clinical.csv'}",), "")}
    assert reference_runs.run_references(tmp_path / "runs", ["demo"], "cohort", known), capsys.readouterr()
    assert (tmp_path / "runs" / "demo" / "cohort.parquet").is_file()
    assert json.loads((tmp_path / "runs" / "demo" / "provenance" / "cohort.json").read_text())
    assert not reference_runs.run_references(tmp_path / "runs", ["demo"], "cohort", known)
    assert "is there already" in capsys.readouterr().out
    monkeypatch.setattr(reference_runs, "radsurv_run", lambda overrides, log: 1)
    assert not reference_runs.run_references(tmp_path / "others", ["demo"], "cohort", known)
    assert "FAILED with status 1" in capsys.readouterr().out

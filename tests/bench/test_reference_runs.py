"""bench/reference_runs.py: what it runs, and what it skips."""

import json

import pytest
import reference_runs
from configured import configured
from reference_runs import REFERENCES, Cohort, main


def test_compare_ends_with_a_status(tmp_path, capsys):
    """Runs in the order in which they are made."""
    for name in ("plgg_rsf", "demo"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.json").write_text('{"harrell_c": 0.6}')
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["demo", "plgg_rsf"]
    assert main(["compare", str(tmp_path / "before"), str(tmp_path / "after")]) == 1
    assert "`python bench/reference_runs.py run DIR` makes them" in capsys.readouterr().out


def test_what_is_not_there_is_skipped_by_name(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reference_runs, "ROOT", tmp_path)
    assert main(["run", str(tmp_path / "runs"), "--shared", str(tmp_path)]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == "none of these runs could be made"
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


@pytest.mark.slow
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

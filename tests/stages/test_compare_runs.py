"""``radsurv compare`` on runs of a ready feature table, with and without clinical variables."""

import shutil

import numpy as np
import pandas as pd
import pytest

from radsurv.cli import main

pytestmark = pytest.mark.slow  # several runs

N = 40


@pytest.fixture
def compare(work, tmp_path, monkeypatch, capsys):
    """Compare; returns exit status, what was said, the table and the page."""
    monkeypatch.chdir(work)

    def compare(*runs, out=tmp_path / "out"):
        capsys.readouterr()
        status = main(["compare", *runs, "--out", str(out)])
        said = capsys.readouterr()
        if status:
            return status, said.err, None, ""
        return status, said.out, pd.read_csv(out / "comparison.csv"), (out / "index.html").read_text(encoding="utf-8")

    return compare


ONE, TWO = (f"runs/sweep/cohort.min_patients=10,model.alpha={alpha}" for alpha in (0.1, 0.9))


def test_the_difference_is_that_of_the_comparator_in_the_run_itself(compare, work):
    """The run with clinical variables was held against radiomics alone, on the same folds: the other run is this comparator."""
    _, said, table, _ = compare(ONE, "runs/clinical")
    within = pd.read_parquet(work / "runs/clinical/comparators.parquet").set_index("comparator").loc["radiomics"]
    expected = within[["delta_c", "delta_c_low", "delta_c_high"]].to_numpy(float)
    found = table.loc[1, ["delta_c", "delta_c_low", "delta_c_high"]].to_numpy(float)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert table.loc[0, "harrell_c"] == pytest.approx(within["harrell_c"], abs=1e-12)
    assert f"{within['delta_c']:+.3f}".replace("-", "−") in said


def test_a_sweep_by_its_folder_and_who_failed(compare):
    status, said, table, page = compare("runs/sweep")
    assert status == 0
    assert table["run"].tolist() == ["cohort.min_patients=10,model.alpha=0.1", "cohort.min_patients=10,model.alpha=0.9"]
    assert table["model.alpha"].tolist() == [0.1, 0.9]
    assert "seed" not in table
    assert table["n_common"].tolist()[1:] == [N]
    failed = "cohort.min_patients=41,model.alpha=0.1 failed"
    assert failed in said
    assert failed in page
    assert "leave the choice to a search" not in said  # of two there is no best to pick


def test_the_reason_of_a_failed_run_names_nobodys_folders_on_the_page(compare, work, tmp_path):
    sweep = tmp_path / "sweep"
    shutil.copytree(work / ONE, sweep / "one")
    shutil.copytree(work / TWO, sweep / "two")
    reason = "/home/jane/images/t2.nii is damaged"
    pd.DataFrame({"run": ["one", "two", "bad"], "error": ["", "", reason]}).to_csv(sweep / "summary.csv", index=False)
    _, said, _, page = compare(str(sweep))
    assert f"! bad failed: {reason}" in said
    assert "bad failed, and is not here: t2.nii is damaged" in page


def test_options_differ_and_circumstances_do_not(compare):
    _, _, table, page = compare(ONE, TWO, "runs/clinical")
    assert list(table.columns[1:4]) == ["cohort.covariates", "comparison.models", "model.alpha"] or {
        "cohort.covariates",
        "model.alpha",
    } <= set(table.columns)
    assert not {"run_dir", "compute.n_jobs", "tracking.name"} & set(table.columns)
    assert "leave the choice to a search" in page
    assert "SECRET" not in page
    assert "<script" not in page
    assert "Content-Security-Policy" in page


def test_links_lead_to_reports_where_both_lie_in_the_working_folder(compare, work, tmp_path):
    *_, page = compare(ONE, TWO, out=work / "side")
    assert 'href="../runs/sweep/cohort.min_patients=10,model.alpha=0.1/report.html"' in page
    *_, page = compare(ONE, TWO)
    assert "report.html" not in page


def test_a_link_leads_to_a_folder_of_any_name(compare, work):
    for name in ("odd/a#1?%41", "odd/b c"):
        shutil.copytree(work / ONE, work / name)
    *_, page = compare("odd/a#1?%41", "odd/b c", out=work / "side")
    assert 'href="../odd/a%231%3F%2541/report.html"' in page
    assert 'href="../odd/b%20c/report.html"' in page


def test_the_same_bytes(compare, tmp_path):
    assert compare(ONE, TWO, out=tmp_path / "a")[3] == compare(ONE, TWO, out=tmp_path / "b")[3]


def test_what_is_no_run(compare, work, tmp_path):
    (work / "empty").mkdir(exist_ok=True)
    assert compare("empty", ONE)[:2][0] == 1
    assert "empty is no folder of a run" in compare("empty", ONE)[1]
    assert "1 finished run to compare; expected at least two" in compare(ONE, ONE)[1]
    assert "is the folder of a run: name another" in compare(ONE, TWO, out=work / ONE)[1]

"""``radsurv compare`` on runs of a ready feature table, with and without clinical variables."""

import numpy as np
import pandas as pd
import pytest

from radsurv.cli import main

N = 40
QUICK = (
    *("significance=naive", "attribution=none", "tracking=none", "compute.n_jobs=1", "reduction.cindex=0.5"),
    *("cohort.table=data/clinical.csv", "cohort.features=data/features.csv", "reduction.icc=null"),
)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A working folder with three runs of a sweep, one of which failed, and one run with clinical variables."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "data").mkdir()
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N, 4))
    clinical = pd.DataFrame(
        {
            "patient_id": [f"SECRET-{number:02d}" for number in range(N)],
            "time": np.round(np.exp(5 - values[:, 0] + rng.normal(size=N))) + 1,
            "event": (np.arange(N) % 4 > 0).astype(int),
            "age": np.round(60 + 8 * values[:, 1] + rng.normal(size=N)),
        }
    )
    clinical.to_csv(folder / "data/clinical.csv", index=False)
    features = pd.DataFrame(values, columns=["f0", "f1", "f2", "<b>f3</b>"])
    features.insert(0, "patient_id", clinical["patient_id"])
    features.to_csv(folder / "data/features.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(
            "radsurv.report.render", lambda experiment: "page"
        )  # the figures of these runs, which nobody looks at
        line = ["run", *QUICK, "run_dir=runs/clinical", "cohort.covariates=[age]", "comparison.models=[radiomics]"]
        assert main(line) == 0
        sweep = ["run", "-m", *QUICK, "run_dir=runs/sweep", "comparison=none", "model.alpha=0.1,0.9"]
        assert main([*sweep, "cohort.min_patients=10,41"]) == 1
    return folder


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


def test_the_same_bytes(compare, tmp_path):
    assert compare(ONE, TWO, out=tmp_path / "a")[3] == compare(ONE, TWO, out=tmp_path / "b")[3]


def test_what_is_no_run(compare, work, tmp_path):
    (work / "empty").mkdir(exist_ok=True)
    assert compare("empty", ONE)[:2][0] == 1
    assert "empty is no folder of a run" in compare("empty", ONE)[1]
    assert "1 finished run to compare; expected at least two" in compare(ONE, ONE)[1]
    assert "is the folder of a run: name another" in compare(ONE, TWO, out=work / ONE)[1]

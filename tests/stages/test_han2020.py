"""The paper in one command: every row of the sweep ends, well or with its reason, and its page has published beside obtained numbers."""

import pandas as pd
import pytest

from radsurv.cli import main

pytestmark = pytest.mark.slow  # sweeps

QUICK = (
    *("cohort=table", "cohort.table=data/clinical.csv", "cohort.features=data/features.csv", "cohort.min_patients=10"),
    *("reduction.cindex=0.5", "significance=naive", "comparison=none", "attribution=none", "tracking=none"),
)
ROWS = "experiment=han2020_data1,han2020_data3,han2020_age_sex"
FAILED = {
    "data3": "sequence",  # the table has no such column
    "age_sex": "sex",
}


@pytest.mark.slow
def test_rows_that_lack_something_say_what_and_the_others_go_on(work, tmp_path, monkeypatch, capsys):
    """Ready features of patients without sequence and sex."""
    monkeypatch.chdir(work)
    monkeypatch.setattr(
        "radsurv.report.html.render", lambda experiment: "page"
    )  # with figures that nobody looks at here
    folder = tmp_path / "han2020"
    assert main(["run", ROWS, "-m", *QUICK, f"run_dir={folder}"]) == 1
    summary = pd.read_csv(folder / "summary.csv", keep_default_na=False).set_index("experiment")
    assert len(summary) == 3
    for row, error in summary["error"].items():
        lacking = FAILED.get(str(row).removeprefix("han2020_"))
        assert (lacking in error) if lacking else error == "", (row, error)
        assert "\n" not in error
    capsys.readouterr()
    assert main(["compare", str(folder), "runs/clinical", "--out", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out/published.csv") in capsys.readouterr().out
    published = pd.read_csv(tmp_path / "out/published.csv").set_index(["repeats", "quantity"])
    assert published.loc[("han2020_data1", "hazard_ratio"), "published"] == "3.26 (1.7 to 6.0)"
    assert "other patients: 40 patients with 30 events here" in published.loc[("han2020_data1", "hazard_ratio"), "why"]
    assert set(published["comparable"]) == {"another", "no"}
    page = (tmp_path / "out/index.html").read_text("utf-8")
    assert "Published and obtained" in page
    assert "3.26 (1.7 to 6.0)" in page
    assert "DATA3" not in page.partition("Published and obtained</h2>")[2]  # it failed, which stands above
    assert "experiment=han2020_data3 failed, and is not here" in page


def test_without_such_runs_there_is_no_such_table_nor_an_old_one(work, tmp_path, monkeypatch):
    monkeypatch.chdir(work)
    out = tmp_path / "out"
    out.mkdir()
    (out / "published.csv").write_text("of an earlier comparison")
    runs = (f"runs/sweep/cohort.min_patients=10,model.alpha={alpha}" for alpha in (0.1, 0.9))
    assert main(["compare", *runs, "--out", str(out)]) == 0
    assert not (out / "published.csv").exists()
    assert "Published and obtained" not in (out / "index.html").read_text("utf-8")


def test_a_name_that_no_paper_has_ends_the_run_before_it_begins(work, monkeypatch, capsys):
    monkeypatch.chdir(work)
    assert main(["run", "published=han", "cohort.table=data/clinical.csv", "cohort.features=data/features.csv"]) == 1
    assert "published=han: no published numbers are known by this name" in capsys.readouterr().err


def test_the_whole_paper_on_images(twelve, tmp_path, monkeypatch, capsys):
    """All twelve rows: simulated patients have a second reader, age and sex, sequences."""
    monkeypatch.chdir(tmp_path)
    own = (f"cohort.table={twelve / 'clinical.csv'}", "cohort=table", "backbone=none", "cohort.min_patients=4")
    rest = ("significance=naive", "comparison=none", "attribution=none", "tracking=none", "run_dir=runs")
    assert main(["run", "experiment=han2020", "-m", *own, *rest]) == 1
    summary = pd.read_csv("runs/summary.csv", keep_default_na=False).set_index("experiment")
    failed = summary["error"][summary["error"] != ""]
    assert failed.index.tolist() == ["han2020_deep"]  # without radiomics, and here without a network
    assert failed.str.contains("no features to analyse").all()

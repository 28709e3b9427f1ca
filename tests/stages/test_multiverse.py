"""``radsurv multiverse`` on a ready feature table."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.cli import main
from radsurv.csv_files import read_csv, write_csv
from radsurv.errors import ConfigError, RadsurvError
from radsurv.options.run import WandbTracking
from radsurv.report.experiment import Experiment
from radsurv.report.multiverse import Multiverse
from radsurv.report.reasons import FAILED, UNREAD
from radsurv.report.tracker import Tracker
from radsurv.report.tracking import TRACKERS
from radsurv.stages import dashboard_multiverses
from radsurv.stages.compose import compose
from radsurv.stages.multiverse import write_multiverse
from radsurv.stages.sweep import Sweep

pytestmark = pytest.mark.slow  # sweeps

GRID = ("model.alpha=0.1,0.9", "reduction.cindex=0.5,0.55")


@pytest.fixture(scope="module")
def line(quick):
    kept = [option for option in quick if not option.startswith(("significance", "reduction.cindex"))]
    return ["multiverse", *kept, "comparison=none"]


@pytest.fixture(scope="module", autouse=True)
def _no_pages():
    """Of its runs: their figures take longer than all else, and nobody looks at them here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("radsurv.report.html.render", lambda experiment: "page")
        yield


@pytest.fixture(scope="module")
def found(work, line):
    """The folder of a small multiverse."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        assert main([*line, *GRID, "significance.permutations=19", "run_dir=runs_of_many"]) == 0
    return work / "runs_of_many"


def test_p_is_that_of_the_largest_c_among_the_same_shuffles(found):
    runs = sorted(path for path in found.iterdir() if path.is_dir())
    tables = [pd.read_parquet(run / "permutations.parquet").query("repetition > 0") for run in runs]
    shuffled = np.stack([table["harrell_c"] for table in tables], axis=1)
    observed = [json.loads((run / "metrics.json").read_text())["harrell_c"] for run in runs]
    assert shuffled.shape == (19, 4)
    expected = (1 + np.count_nonzero(shuffled.max(axis=1) >= max(observed) - 1e-9)) / 20
    told = json.loads((found / "metrics.json").read_text())
    assert told["multiverse_p"] == pytest.approx(expected)
    assert told["multiverse_specifications"] == 4
    assert told["multiverse_c_max"] == pytest.approx(max(observed))
    assert told["multiverse_c_median"] == pytest.approx(np.median(observed))


def test_a_row_and_a_point_for_each_specification(found):
    table = pd.read_parquet(found / "multiverse.parquet")
    assert sorted(zip(table["model.alpha"], table["reduction.cindex"], strict=True)) == [
        ("0.1", "0.5"), ("0.1", "0.55"), ("0.9", "0.5"), ("0.9", "0.55"),
    ]  # fmt: skip
    page = (found / "multiverse.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "SECRET" not in page
    assert "the best of as many would be as good as this with P =" in page


def test_without_shuffles_there_is_a_curve_and_no_p(work, line, monkeypatch, capsys):
    monkeypatch.chdir(work)
    assert main([*line, GRID[0], "significance=naive", "run_dir=without"]) == 0
    assert "There is no P that pays for having looked at all of them" in capsys.readouterr().out
    assert json.loads((work / "without/metrics.json").read_text())["multiverse_p"] is None


def test_what_cannot_be_held_together_is_refused(work, line, monkeypatch, capsys):
    monkeypatch.chdir(work)
    assert main([*line, "significance=naive", "seed=1,2", "run_dir=seeds"]) == 1
    assert "seed has several values; expected one" in capsys.readouterr().err
    for further in ("++seed=1,2", "significance.within=none,auto", "model.strata=null,site"):
        assert main([*line, *GRID[:1], further, "run_dir=apart"]) == 1
        assert "several values" in (said := capsys.readouterr().err) or "one value of significance.within" in said
    assert main([*line, *GRID, "tracking=none,wandb", "run_dir=apart"]) == 1
    assert "tracking has several values; expected one" in capsys.readouterr().err
    assert main([*line, "significance=naive", "run_dir=one"]) == 1
    assert "expected at least two: give options several values" in capsys.readouterr().err
    assert main([*line, *GRID, "significance.stop_after=5", "run_dir=stopped"]) == 1
    assert "significance.stop_after has no place here" in capsys.readouterr().err
    assert not any((work / name).exists() for name in ("seeds", "apart", "one", "stopped")), (
        "refused before the first run"
    )


def test_seeds_that_differ_by_a_recipe_are_refused_in_the_end(found):
    """Which one it is, a recipe does not say on the command line."""
    one, other = (Experiment.load(path) for path in sorted(filter(Path.is_dir, found.iterdir()))[:2])
    other = replace(other, config=other.config.model_copy(update={"seed": one.config.seed + 1}))
    with pytest.raises(ConfigError, match="seed has several values; expected one"):
        Multiverse.of({"one": one, "other": other}, {})


@pytest.mark.parametrize("apart", ["metrics", "config"])
def test_outcomes_that_were_shuffled_apart_are_refused_in_the_end(found, apart):
    """Inside of sites and over everybody: row k of one is another shuffle than row k of the other."""
    one, other = (Experiment.load(path) for path in sorted(filter(Path.is_dir, found.iterdir()))[:2])
    model = other.config.model.model_copy(update={"strata": "site"})
    changed = {
        "metrics": {"metrics": {**other.metrics, "permutation_strata": 2.0}},
        "config": {"config": other.config.model_copy(update={"model": model})},
    }
    with pytest.raises(ConfigError, match=r"one value of significance\.within, and of model\.strata"):
        Multiverse.of({"one": one, "other": replace(other, **changed[apart])}, {})


@pytest.mark.parametrize("searched", [False, True])
def test_what_must_not_be_overlooked_of_a_run_is_said_of_all(found, searched):
    runs = {path.name: Experiment.load(path) for path in sorted(filter(Path.is_dir, found.iterdir()))[:2]}
    if searched:
        name, run = runs.popitem()
        runs[name] = replace(run, config=run.config.model_copy(update={"search": conf.search("flat")}))
    page = Multiverse.of(runs, {}).render("0")
    assert ("FLAT SEARCH, OPTIMISTIC." in page) == searched


@pytest.fixture(scope="module")
def beside_others(work, found, tmp_path_factory):
    """A folder with the multiverse and what else a dashboard is made of."""
    root = tmp_path_factory.mktemp("all")
    shutil.copytree(found, root / "many")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "radsurv.stages.dashboard.render", lambda experiment: "page"
        )  # of a run, which nobody looks at here
        yield root


def test_a_dashboard_has_the_curve_and_its_page(beside_others, found, tmp_path, capsys):
    assert main(["dashboard", str(beside_others), "--out", str(tmp_path / "site")]) == 0
    index = (tmp_path / "site/index.html").read_text("utf-8")
    (section,) = re.findall(r'<section id="multiverses">.*?</section>', index, re.DOTALL)
    assert '<a href="multiverse/1.html">many</a>' in section
    assert 'src="data:image/png;base64,' in section
    page, own = (path.read_text("utf-8") for path in (tmp_path / "site/multiverse/1.html", found / "multiverse.html"))
    sentences = re.findall(r'<p class="(?:lead)?">(.*?)</p>', own)
    assert len(sentences) == 3
    assert all(sentence in page and sentence in section for sentence in sentences)
    assert "SECRET" not in page + index


def test_a_specification_that_is_gone_is_said_and_costs_the_curve_alone(beside_others, tmp_path, capsys):
    root = shutil.copytree(beside_others, tmp_path / "all")
    gone = root / "many/model.alpha=0.1,reduction.cindex=0.5"
    shutil.rmtree(gone)
    assert main(["dashboard", str(root), "--out", str(tmp_path / "site")]) == 0
    said = "1 of the 4 specifications in multiverse.parquet cannot be shown, the first, model.alpha=0.1,reduction.cindex=0.5, is gone"
    assert said in capsys.readouterr().out
    index = (tmp_path / "site/index.html").read_text("utf-8")
    assert 'id="multiverses"' not in index
    assert index.count('<td class="picture"><a') == 3


def test_what_failed_and_what_cannot_be_read_are_told_apart(beside_others, tmp_path, capsys):
    """On the share of specifications with a low P, a failure counts; a folder that may be anything does not."""
    root = shutil.copytree(beside_others, tmp_path / "all")
    table = read_csv(root / "many/summary.csv")
    failed = {**dict.fromkeys(table, ""), "run": "alpha=SECRET", "error": "SECRET-01 has no outline"}
    write_csv(pd.concat([table, pd.DataFrame([failed])]), root / "many/summary.csv")
    (root / "many/stray").mkdir()
    (root / "many/stray/config.yaml").write_text("- no run\n")
    assert main(["dashboard", str(root), "--out", str(tmp_path / "site")]) == 0
    said = capsys.readouterr().out
    assert "! many/alpha=SECRET: SECRET-01 has no outline" in said
    assert "! many/stray: " in said
    index, page = ((tmp_path / "site" / name).read_text("utf-8") for name in ("index.html", "multiverse/1.html"))
    (section,) = re.findall(r'<section id="multiverses">.*?</section>', index, re.DOTALL)
    sentences = (
        "% of 5 have a permutation P of C of .05 or less.",
        "1 specification failed: no point of the curve, and counts among those without so low a P.",
        "Beside them, not counted because it cannot be read: stray.",
    )
    assert all(sentence in section and sentence in page for sentence in sentences)
    for name, reason in {"alpha=SECRET": FAILED, "stray": UNREAD}.items():
        assert f"<li>{name}: {reason}</li>" in page
        assert f"<li>many/{name}: {reason}</li>" in index
    assert "SECRET-01" not in index + page


def test_why_a_specification_is_not_there_is_said(found):
    first = pd.read_parquet(found / "multiverse.parquet")["specification"][0]
    for failed, unread, why in (({first: ""}, {}, "has failed since"), ({}, {first: ""}, "cannot be read")):
        with pytest.raises(RadsurvError, match=rf"4 of the 4 specifications .* the first, {first}, {why}: run"):
            dashboard_multiverses._read(found, [], failed, unread)


def test_it_is_logged_as_a_run_beside_those_of_its_specifications(work, line, found, monkeypatch):
    """Of the runs that are there already; what a tracker keeps of it has tests of its own."""
    monkeypatch.chdir(work)
    got, said = [], []

    class Kept(Tracker):
        def start(self, run):
            got.append(run)

        def progress(self, point):
            raise AssertionError("it has no loops")

        def finish(self, run):
            got.append((self.folder, run))
            return ["where it is"]

    monkeypatch.setitem(TRACKERS, WandbTracking, Kept)
    given = [option for option in line[1:] if option != "tracking=none"]
    sweep = Sweep([*given, *GRID, "significance.permutations=19", "run_dir=runs_of_many", "tracking=wandb"])
    write_multiverse(sweep, said.append)
    begun, (folder, logged) = got
    assert (begun.name, begun.group, begun.kind) == ("multiverse of alpha, cindex", "runs_of_many", "multiverse")
    assert folder == found / ".multiverse", "hidden: what is beside runs is taken for one"
    names = {sweep.options(compose(given), job)["tracking"]["run_name"] for job in sweep.jobs}
    assert set(logged.tables["specifications"]["specification"]) == names == set(sweep.labels.values())
    assert said[0] == "where it is"
    assert said[-1] == "runs_of_many/multiverse.html"
    assert "SECRET" not in repr(logged)
    got.clear(), said.clear()
    write_multiverse(sweep, said.append)
    assert got == []
    assert said[0] == "logged before, and nothing has changed since: not logged again (--again does)"
    sweep.again = True
    write_multiverse(sweep, said.append)
    assert len(got) == 2

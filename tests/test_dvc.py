"""DVC in a scratch clone: only what a change touches runs again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.report.experiment import Experiment

ROOT = Path(__file__).parents[1]
STAGES = ["compose", *STAGE_NAMES, "summary"]
LAST = ["report", "summary"]


pytestmark = pytest.mark.slow


class Clone:
    """A copy of the repository as a newcomer would have it, with twelve patients for data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        scripts = Path(sys.executable).parent
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "GIT_"))},
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "1",
            "HYDRA_FULL_ERROR": "0",
        }

    def __call__(self, *command: str) -> str:
        # For a lock of DVC that is never given back; nothing here takes nearly as long.
        done = subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False, timeout=3600
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def edit(self, name: str, before: str, after: str) -> None:
        path = self.path / name
        content = path.read_text("utf-8")
        assert before in content
        path.write_text(content.replace(before, after), "utf-8")

    def committed(self) -> None:
        """As the last commit has it, whatever another test has left."""
        self("git", "checkout", "--quiet", ".")
        self("dvc", "checkout", "--quiet", "--force")

    def stages_run(self, output: str) -> list[str]:
        return [stage for stage in STAGES if f"Running stage '{stage}'" in output]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """One for all tests: what it takes to make it is most of what they take."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs a git checkout: a source archive has no history for DVC")
    path = tmp_path_factory.mktemp("clone") / "radsurv"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("dvcstore/", "tests/", "docs/", "bench/", "summary/")):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    for stale in ("data.dvc", "dvc.lock"):
        (path / stale).unlink(missing_ok=True)
    clone = Clone(path)
    # Neither the permutation test nor the maps, nor the dashboard, are what is looked at here.
    clone.edit("conf/attribution/occlusion.yaml", "cells: 6 ", "cells: 3 ")
    clone.edit("conf/config.yaml", "significance: permutation", "significance: naive")
    clone.edit("conf/config.yaml", "tracking: wandb", "tracking: none")
    clone("git", "init", "--quiet")
    clone("git", "config", "user.email", "test@example.org")
    clone("git", "config", "user.name", "Test")
    clone("radsurv", "simulate", "data/demo", "--patients", "12", "--censored", "2")
    clone("dvc", "add", "data")
    assert clone.stages_run(clone("dvc", "repro")) == STAGES
    clone("git", "add", "--all")
    clone("git", "commit", "--quiet", "--message", "A cohort of twelve")
    return clone


def metrics(clone: Clone) -> dict:
    return json.loads((clone.path / "results/metrics.json").read_text("utf-8"))


def metrics_shown(revision: dict) -> dict:
    return revision["data"]["metrics"]["summary/metrics.json"]["data"]


def files(clone):
    """But for what says how the run went, which DVC does not keep."""
    paths = (path for path in (clone.path / "results").rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in paths if "execution" not in path.as_posix()}


def test_a_second_repro_runs_nothing(clone):
    assert clone.stages_run(clone("dvc", "repro")) == []


def test_the_same_run_once_more_leaves_git_clean(clone):
    """At another time, with nothing from the cache in one half of it, and with kept pieces in the other."""
    went = json.loads((clone.path / "results/execution.json").read_text("utf-8"))
    clone("dvc", "repro", "--force")
    assert clone("git", "status", "--short") == ""
    again = json.loads((clone.path / "results/execution.json").read_text("utf-8"))
    assert went["results"] == again["results"]
    assert went["stages"]["deep"]["cache_written"] == again["stages"]["deep"]["cache_read"] == 12
    assert went["stages"]["compare"]["notes"] == [] != again["stages"]["compare"]["notes"]
    page = (clone.path / "results/report.html").read_text("utf-8")
    assert "not recorded on this page" in page
    assert again["date"] not in page


CHANGES = (
    ("tracking/none.yaml", "name: none", "name: none # as before", []),
    ("comparison/simpler.yaml", "combined_clinical]", "combined]", ["compare", *LAST]),
    ("config.yaml", "significance: naive", "significance: permutation", ["significance", *LAST]),
    (
        "reduction/paper.yaml", "cindex: 0.685", "cindex: 0.65",
        ["evaluate", "compare", "significance", "attribution", *LAST],
    ),
)  # fmt: skip


def test_a_change_runs_what_it_touches_and_no_more_and_the_way_back_runs_nothing(clone):
    """One change after the other; `conf/` is as before at the end."""
    before = files(clone)
    contents = {file: (clone.path / "conf" / file).read_text("utf-8") for file, *_ in CHANGES}
    try:
        for file, old, new, stages in CHANGES:
            assert old in contents[file]
            (clone.path / "conf" / file).write_text(contents[file].replace(old, new), "utf-8")
            assert clone.stages_run(clone("dvc", "repro")) == ["compose", *stages], file
    finally:
        for file, content in contents.items():
            (clone.path / "conf" / file).write_text(content, "utf-8")
    said = clone("dvc", "repro")
    assert set(clone.stages_run(said)) <= {"compose", "summary"}  # the latter takes a second, from what has come back
    assert "Stage 'evaluate' is cached - skipping run, checking out outputs" in said
    assert files(clone) == before
    assert clone("git", "status", "--short") == ""
    # The record that lies there is of other results, and is not taken for that of these.
    assert not Experiment.load(clone.path / "results").execution.recorded


def test_a_finished_run_comes_back_after_a_repro_that_was_killed(clone, tmp_path):
    """By then DVC has removed what the killed stage writes, and the stages before it have written anew."""
    clone.committed()
    before, real = files(clone), shutil.which("radsurv", path=clone.environment["PATH"])
    deadly = tmp_path / "radsurv"
    deadly.write_text(f'#!/bin/sh\n[ "$2" = evaluate ] && kill -9 $$\nexec "{real}" "$@"\n')
    deadly.chmod(0o755)
    clone.edit("conf/config.yaml", "seed: 0 ", "seed: 1 ")
    environment = clone.environment | {"PATH": f"{tmp_path}{os.pathsep}{clone.environment['PATH']}"}
    killed = subprocess.run(
        ["dvc", "repro"], cwd=clone.path, env=environment, capture_output=True, text=True, check=False
    )
    assert clone.stages_run(killed.stdout)[-1] == "evaluate"
    assert killed.returncode != 0
    assert not (clone.path / "results/model.json").exists()
    clone.committed()
    assert {path: content for path, content in files(clone).items() if path in before} == before
    assert clone.stages_run(clone("dvc", "repro")) == []


def test_experiments_recompose_with_their_overrides(clone):
    clone.committed()
    shown = clone("dvc", "exp", "run", "-S", "reduction.cindex=0.6", "-S", "backbone=none")
    assert set(clone.stages_run(shown)) >= {"deep", "evaluate", "attribution", "report"}
    assert "cohort" not in clone.stages_run(shown)
    params = (clone.path / "params.yaml").read_text("utf-8")
    assert "cindex: 0.6\n" in params
    assert "name: none" in params
    assert pd.read_parquet(clone.path / "results/deep.parquet").columns.tolist() == ["patient_id"]
    selected = pd.read_parquet(clone.path / "results/selections.parquet")
    assert (selected["strength"] >= 0.6).all()
    here = {name: value for name, value in metrics(clone).items() if value is not None}
    compared = json.loads(clone("dvc", "exp", "show", "--json"))
    experiments = [found for commit in compared for found in commit["experiments"] or []]
    assert [metrics_shown(found["revs"][0]) for found in experiments] == [here]
    assert metrics_shown(compared[0]) == here
    changed = json.loads(clone("dvc", "metrics", "diff", "--json"))["summary/metrics.json"]
    assert changed["n_features"]["new"] == here["n_features"] != changed["n_features"]["old"]
    # Its options stay until conf/ changes, and every stage says so.
    said = clone("dvc", "repro", "--force", "--single-item", "summary", "evaluate")
    assert "params.yaml differs from conf/: backbone." in said
    clone.committed()


def test_queued_experiments_compute_features_once(clone):
    """In copies of the repository, two at a time, with the cache of the original."""
    clone.committed()
    for threshold, levels in ((0.55, 24), (0.57, 28)):
        clone(
            "dvc",
            "exp",
            "run",
            "--queue",
            "-S",
            f"reduction.cindex={threshold}",
            "-S",
            f"quantization.levels=[{levels}]",
        )
    before = len(list((clone.path / ".cache/radsurv/radiomics").rglob("*.entry")))
    clone("dvc", "exp", "run", "--run-all", "--jobs", "2")
    assert len(list((clone.path / ".cache/radsurv/radiomics").rglob("*.entry"))) == before + 24
    assert not list((clone.path / ".dvc/tmp/exps").glob("*/.cache"))
    said = clone("dvc", "exp", "run", "--temp", "-S", "reduction.cindex=0.59", "-S", "quantization.levels=[28]")
    assert "radiomics    12 patients" in said
    assert "12 from the cache" in said
    assert f"cache: {clone.path / '.cache/radsurv'} (compute.cache_dir, of the repository)" in said
    shown = json.loads(clone("dvc", "exp", "show", "--json"))
    names = [found["name"] for commit in shown for found in commit["experiments"] or []]
    assert len(names) >= 3


def test_results_are_pushed_and_a_clone_without_data_has_their_numbers(clone, tmp_path):
    clone.committed()
    other = Clone(tmp_path / "other")
    clone("git", "clone", "--quiet", str(clone.path), str(other.path))
    here = {name: value for name, value in metrics(clone).items() if value is not None}
    shown = json.loads(other("dvc", "metrics", "show", "--json"))
    assert shown[""]["data"]["summary/metrics.json"]["data"] == here
    assert "summary/metrics.json" in other("dvc", "exp", "show", "--md") or "harrell_c" in other(
        "dvc", "exp", "show", "--md"
    )
    other("dvc", "plots", "show", "--out", "drawn")
    page = (other.path / "drawn/index.html").read_text("utf-8")
    for name in ("Kaplan-Meier", "Calibration", "AUC over time", "Simpler models"):  # nothing was shuffled here
        assert name in page
    assert not any(patient in page for patient in pd.read_parquet(clone.path / "results/cohort.parquet")["patient_id"])

    for one in (clone, other):
        one("dvc", "remote", "add", "--local", "--default", "mine", str(tmp_path / "remote"))
    clone("dvc", "push")
    other("dvc", "pull")
    ours, brought = (
        {path.relative_to(one.path).as_posix(): content for path, content in files(one).items()}
        for one in (clone, other)
    )
    assert brought.items() <= ours.items()
    assert {"results/report.html", "results/deep.parquet", "results/rois/index.parquet"} <= set(brought)
    assert other.stages_run(other("dvc", "repro")) == []
    assert other("git", "status", "--short", "--untracked-files=no") == ""
    other("radsurv", "compare", "results", str(clone.path / "results"), "--out", "comparison")
    other("radsurv", "dashboard", "results", "--out", "site")
    assert "not recorded" in (other.path / "site/index.html").read_text("utf-8")


def test_a_model_that_is_named_among_the_dependencies_is_watched(clone, tmp_path):
    clone.committed()
    model = tmp_path / "model.json"
    shutil.copy(clone.path / "results/model.json", model)
    try:
        clone.edit("conf/validation/external.yaml", "model: null", f"model: {model}")
        clone.edit("conf/config.yaml", "validation: loocv", "validation: external")
        said = clone("dvc", "repro", "evaluate")
        assert f"validation.model={model} is no dependency of stage evaluate" in said
        clone.edit(
            "dvc.yaml",
            "    cmd: radsurv stage evaluate\n    deps:\n",
            f"    cmd: radsurv stage evaluate\n    deps:\n      - {model}\n",
        )
        said = clone("dvc", "repro", "evaluate")
        assert clone.stages_run(said) == ["evaluate"]
        assert "is no dependency" not in said
        assert clone.stages_run(clone("dvc", "repro", "evaluate")) == []
        model.write_text(model.read_text("utf-8") + "\n", "utf-8")
        assert clone.stages_run(clone("dvc", "repro", "evaluate")) == ["evaluate"]
    finally:
        clone.committed()


def test_multirun_computes_features_once(clone):
    output = clone(
        *("radsurv", "run", "-m", "reduction.cindex=0.6,0.62"),
        *("run_dir=runs/ablation", "tracking=none", "until=evaluate"),
    )
    lines = [line for line in output.splitlines() if line.startswith(("radiomics ", "deep "))]
    assert [line.split()[0] for line in lines] == ["radiomics", "deep"] * 2
    assert all("12 from the cache" in line for line in lines)
    folders = sorted(folder.name for folder in (clone.path / "runs/ablation").iterdir() if folder.is_dir())
    assert folders == ["reduction.cindex=0.6", "reduction.cindex=0.62"]
    summary = pd.read_csv(clone.path / "runs/ablation/summary.csv")
    assert summary["run"].tolist() == folders
    tables = [(clone.path / "runs/ablation" / name / "radiomics.parquet").read_bytes() for name in folders]
    assert tables[0] == tables[1]

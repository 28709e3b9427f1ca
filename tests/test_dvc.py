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

ROOT = Path(__file__).parents[1]
STAGES = ["compose", *STAGE_NAMES]


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

    def stages_run(self, output: str) -> list[str]:
        return [stage for stage in STAGES if f"Running stage '{stage}'" in output]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs a git checkout: a source archive has no history for DVC")
    path = tmp_path_factory.mktemp("clone") / "radsurv"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("dvcstore/", "tests/")):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    for stale in ("data.dvc", "dvc.lock"):
        (path / stale).unlink(missing_ok=True)
    # The permutation test is not what is looked at here.
    config = path / "conf/config.yaml"
    config.write_text(config.read_text("utf-8").replace("significance: permutation", "significance: naive"), "utf-8")
    clone = Clone(path)
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
    return revision["data"]["metrics"]["results/metrics.json"]["data"]


def test_a_second_repro_runs_nothing(clone):
    assert clone.stages_run(clone("dvc", "repro")) == []


CHANGES = (
    ("tracking/wandb.yaml", "project: radsurv", "project: other", ["report"]),
    ("comparison/simpler.yaml", "combined_clinical]", "combined]", ["compare", "report"]),
    ("config.yaml", "significance: naive", "significance: permutation", ["significance", "report"]),
    (
        "reduction/paper.yaml", "cindex: 0.685", "cindex: 0.65",
        ["evaluate", "compare", "significance", "attribution", "report"],
    ),
)  # fmt: skip


def test_a_change_runs_what_it_touches_and_no_more(clone):
    """One change after the other; `conf/` is as before at the end."""
    contents = {file: (clone.path / "conf" / file).read_text("utf-8") for file, *_ in CHANGES}
    try:
        for file, before, after, stages in CHANGES:
            assert before in contents[file]
            (clone.path / "conf" / file).write_text(contents[file].replace(before, after), "utf-8")
            assert clone.stages_run(clone("dvc", "repro")) == ["compose", *stages], file
    finally:
        for file, content in contents.items():
            (clone.path / "conf" / file).write_text(content, "utf-8")


def files(clone):
    return {path: path.read_bytes() for path in (clone.path / "results").rglob("*") if path.is_file()}


def test_a_finished_run_comes_back_after_a_repro_that_was_killed(clone, tmp_path):
    """By then DVC has removed what the killed stage writes, and the stages before it have written anew."""
    clone("git", "checkout", "conf", "params.yaml", "dvc.lock")  # whatever another test has left
    clone("dvc", "checkout")
    before, real = files(clone), shutil.which("radsurv", path=clone.environment["PATH"])
    deadly = tmp_path / "radsurv"
    deadly.write_text(f'#!/bin/sh\n[ "$2" = evaluate ] && kill -9 $$\nexec "{real}" "$@"\n')
    deadly.chmod(0o755)
    config = clone.path / "conf/config.yaml"
    config.write_text(config.read_text("utf-8").replace("seed: 0 ", "seed: 1 "), "utf-8")
    environment = clone.environment | {"PATH": f"{tmp_path}{os.pathsep}{clone.environment['PATH']}"}
    killed = subprocess.run(
        ["dvc", "repro"], cwd=clone.path, env=environment, capture_output=True, text=True, check=False
    )
    assert clone.stages_run(killed.stdout)[-1] == "evaluate"
    assert killed.returncode != 0
    left = files(clone)
    changed = {path.name for path, content in before.items() if left.get(path) != content}
    assert {"cohort.json", "model.json", "predictions.parquet"} <= changed
    clone("git", "checkout", "conf", "params.yaml", "dvc.lock")
    clone("dvc", "checkout")
    assert {path: content for path, content in files(clone).items() if path in before} == before
    assert clone.stages_run(clone("dvc", "repro")) == []


def test_experiments_recompose_with_their_overrides(clone):
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
    changed = json.loads(clone("dvc", "metrics", "diff", "--json"))["results/metrics.json"]
    assert changed["n_features"]["new"] == here["n_features"] != changed["n_features"]["old"]


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

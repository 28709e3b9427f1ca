"""DVC in a scratch clone: only what a change touches runs again."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from dvc_repository import STAGES, Repository, shell_blocks, stages_run

from radsurv.report.experiment import Experiment

ROOT = Path(__file__).parents[1]
LAST = ["report", "summary"]
# Left out of the clone: what no command here reads.
ELSEWHERE = ("dvcstore/", "tests/", "docs/", "bench/", "tools/", "summary/", "data.dvc", "dvc.lock")
SHRUNK = (
    (
        "comparison/simpler.yaml",
        "[clinical, volume, radiomics, deep, combined, combined_clinical]",
        "[clinical, combined_clinical]",
    ),
    ("comparison/simpler.yaml", "kfold: true ", "kfold: false "),
    ("comparison/simpler.yaml", "shortcuts: true ", "shortcuts: false "),
    ("config.yaml", "attribution: occlusion", "attribution: none"),
    ("significance/permutation.yaml", "permutations: 1000 ", "permutations: 20 "),
    ("compute/local.yaml", "n_jobs: 2 ", "n_jobs: 1 "),
    ("config.yaml", "significance: permutation", "significance: naive"),
    ("config.yaml", "tracking: wandb", "tracking: none"),
)


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(warm, tmp_path_factory):
    """A copy of the repository as a newcomer would have it, with twelve patients for data; one for all tests."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs a git checkout: a source archive has no history for DVC")
    path = tmp_path_factory.mktemp("clone") / "radsurv"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(ELSEWHERE):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    clone = Repository(path, warm)
    for file, before, after in SHRUNK:
        clone.edit(f"conf/{file}", before, after)
    clone("git", "init", "--quiet")
    clone.named_to_git()
    clone("radsurv", "simulate", "data/demo", "--patients", "12", "--censored", "2")
    clone("dvc", "add", "data")
    assert stages_run(clone("dvc", "repro")) == STAGES
    clone.commit_all("A cohort of twelve")
    return clone


def metrics(clone: Repository) -> dict:
    """As DVC shows them, without those that are not known."""
    found = json.loads((clone.path / "results/metrics.json").read_text("utf-8"))
    return {name: value for name, value in found.items() if value is not None}


def metrics_shown(revision: dict) -> dict:
    return revision["data"]["metrics"]["summary/metrics.json"]["data"]


def files(clone):
    """But for what says how the run went, which DVC does not keep."""
    paths = (path for path in (clone.path / "results").rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in paths if "execution" not in path.as_posix()}


def test_a_second_repro_runs_nothing(clone):
    assert stages_run(clone("dvc", "repro")) == []


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
    ({"tracking/none.yaml": ("name: none", "name: none # as before")}, []),
    ({"config.yaml": ("published: null", "published: han2020_deep")}, LAST),
    ({"comparison/simpler.yaml": ("combined_clinical]", "combined]")}, ["compare", *LAST]),
    ({"config.yaml": ("significance: naive", "significance: permutation")}, ["significance", *LAST]),
    (
        {"reduction/paper.yaml": ("cindex: 0.685", "cindex: 0.65")},
        ["evaluate", "compare", "significance", "attribution", *LAST],
    ),
)


def test_a_change_runs_what_it_touches_and_no_more_and_the_way_back_runs_nothing(clone):
    """One change after the other, from the same options each; these are there again at the end."""
    before = files(clone)
    for changes, stages in CHANGES:
        for file, (old, new) in changes.items():
            clone.edit(f"conf/{file}", old, new)
        assert stages_run(clone("dvc", "repro")) == ["compose", *stages], changes
        clone("git", "checkout", "--quiet", "conf")
    said = clone("dvc", "repro")
    # DVC keeps no run of a stage whose outputs git has; both take a second.
    assert stages_run(said) == ["compose", "summary"]
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
    assert stages_run(killed.stdout)[-1] == "evaluate"
    assert killed.returncode != 0
    assert not (clone.path / "results/model.json").exists()
    clone.committed()
    assert {path: content for path, content in files(clone).items() if path in before} == before
    assert stages_run(clone("dvc", "repro")) == []


def test_experiments_recompose_with_their_overrides(clone):
    clone.committed()
    shown = clone("dvc", "exp", "run", "-S", "reduction.cindex=0.6", "-S", "backbone=none", "evaluate")
    assert stages_run(shown) == ["compose", "deep", "evaluate"]
    params = (clone.path / "params.yaml").read_text("utf-8")
    assert "cindex: 0.6\n" in params
    assert "name: none" in params
    assert pd.read_parquet(clone.path / "results/deep.parquet").columns.tolist() == ["patient_id"]
    selected = pd.read_parquet(clone.path / "results/selections.parquet")
    assert (selected["strength"] >= 0.6).all()
    clone.committed()


def test_queued_experiments_are_compared_and_applied(clone):
    """As docs/experiments.md says it: in copies of the repository, two at a time, with features of the original."""
    clone.committed()
    before = metrics(clone)
    _, queue, apply = shell_blocks("experiments.md", "DVC")
    clone.typed(queue)
    assert clone.entries("radiomics") == clone.entries("deep") == 12
    compared = json.loads(clone("dvc", "exp", "show", "--json"))
    experiments = {
        found["name"]: metrics_shown(found["revs"][0]) for commit in compared for found in commit["experiments"] or []
    }
    assert metrics_shown(compared[0]) == before
    assert {"loose", "strict"} <= set(experiments)
    assert experiments["loose"] != experiments["strict"]
    said = clone.typed(apply)
    assert stages_run(said) == []
    assert metrics(clone) == experiments["strict"]
    changed = json.loads(clone("dvc", "metrics", "diff", "--json"))["summary/metrics.json"]
    assert changed
    assert all(change["new"] == experiments["strict"].get(key) for key, change in changed.items())
    # Its options stay until conf/ changes, and every stage says so.
    said = clone("dvc", "repro", "--force", "--single-item", "summary", "evaluate")
    assert "params.yaml differs from conf/: reduction.cindex=0.62" in said
    clone("radsurv", "stage", "compose")
    assert clone("git", "status", "--short", "params.yaml") == ""
    clone.committed()


def test_results_are_pushed_and_a_clone_without_data_has_their_numbers(clone, tmp_path):
    clone.committed()
    for remote in (("remote", "add", "--default", "mine", str(tmp_path / "remote")), ("push",)):
        clone("dvc", *remote)
    clone("git", "add", ".dvc/config")
    clone("git", "commit", "--quiet", "--message", "A storage")
    other = Repository(tmp_path / "radsurv", clone.commands)
    block = shell_blocks("experiments.md", "DVC")[0].replace("git clone …", f"git clone --quiet {clone.path}")
    assert "dvc pull " in block
    said = Repository(tmp_path, other.commands).typed(block)
    assert stages_run(said) == []
    shown = json.loads(other("dvc", "metrics", "show", "--json"))
    assert shown[""]["data"]["summary/metrics.json"]["data"] == metrics(clone)
    page = (other.path / "dvc_plots/index.html").read_text("utf-8")
    for name in ("Kaplan-Meier", "Calibration", "AUC over time", "Simpler models"):  # nothing was shuffled here
        assert name in page
    assert not any(patient in page for patient in pd.read_parquet(clone.path / "results/cohort.parquet")["patient_id"])

    ours, brought = (
        {path.relative_to(one.path).as_posix(): content for path, content in files(one).items()}
        for one in (clone, other)
    )
    assert brought.items() <= ours.items()
    assert {"results/report.html", "results/deep.parquet", "results/rois/index.parquet"} <= set(brought)
    assert other("git", "status", "--short") == ""
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
        assert stages_run(said) == ["evaluate"]
        assert "is no dependency" not in said
        assert stages_run(clone("dvc", "repro", "evaluate")) == []
        model.write_text(model.read_text("utf-8") + "\n", "utf-8")
        assert stages_run(clone("dvc", "repro", "evaluate")) == ["evaluate"]
    finally:
        clone.committed()


def test_multirun_computes_features_once(clone):
    output = clone(
        *("radsurv", "run", "-m", "reduction.cindex=0.6,0.62", "run_dir=runs/ablation", "tracking=none", "until=deep")
    )
    lines = [line for line in output.splitlines() if line.startswith(("radiomics ", "deep "))]
    assert [line.split()[0] for line in lines] == ["radiomics", "deep"] * 2
    assert all("12 from the cache" in line for line in lines)
    tables = [path.read_bytes() for path in (clone.path / "runs/ablation").glob("*/radiomics.parquet")]
    assert len(tables) == 2
    assert tables[0] == tables[1]

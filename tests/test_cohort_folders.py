"""Two cohorts of ``radsurv init`` side by side in one git repository: each with options, experiments and numbers of its own."""

import json
import shutil
import subprocess

import pytest
from dvc_repository import STAGES, Repository, shell_blocks, stages_run

pytestmark = pytest.mark.slow

SMALL = ("--patients", "12", "--censored", "2")
QUICK = (
    ("backbone: efficientnet_lite0", "backbone: none"),
    ("comparison: simpler", "comparison: none"),
    ("significance: permutation", "significance: naive"),
    ("tracking: wandb", "tracking: none"),
)


@pytest.fixture(scope="module")
def cohorts(warm, tmp_path_factory):
    """As docs/experiments.md says it, on twelve patients each."""
    root = Repository(tmp_path_factory.mktemp("cohorts"), warm)
    first, second = shell_blocks("experiments.md", "Several cohorts")
    folders = {"A": root.path / "study/A/data", "B": root.path / "disk/b"}
    root("radsurv", "simulate", str(folders["B"]), *SMALL, "--seed", "1")
    assert "/disk/b/" in first
    root.typed(first.replace("/disk/b/", f"{folders['B']}/"))
    root("radsurv", "simulate", str(folders["A"]), *SMALL)
    found = {name: Repository(root.path / "study" / name, warm) for name in folders}
    for cohort in found.values():
        cohort.named_to_git()
        for before, after in QUICK:
            cohort.edit("conf/config.yaml", before, after)
        cohort.edit("conf/compute/local.yaml", "n_jobs: 2 ", "n_jobs: 1 ")
        assert stages_run(cohort.typed(second)) == STAGES
    return found


def numbers(cohort):
    shown = json.loads(cohort("dvc", "metrics", "show", "--json"))
    return shown[""]["data"]["summary/metrics.json"]["data"]


def results(cohort):
    return {path: path.read_bytes() for path in (cohort.path / "results").rglob("*") if path.is_file()}


def test_git_has_both_and_no_patient(cohorts):
    listed = cohorts["A"]("git", "ls-files", "--full-name", ":/").split()
    for name in cohorts:
        assert {f"{name}/{file}" for file in ("dvc.lock", "dvc.yaml", "params.yaml", "summary/metrics.json")} <= set(
            listed
        )
    assert [name for name in listed if "/data/" in name or name.endswith(".parquet")] == []


def test_numbers_are_those_of_each(cohorts):
    a, b = (numbers(cohort) for cohort in cohorts.values())
    for cohort, shown in zip(cohorts.values(), (a, b), strict=True):
        own = json.loads((cohort.path / "results/metrics.json").read_text("utf-8"))
        assert shown == {name: value for name, value in own.items() if value is not None}
    assert a["harrell_c"] != b["harrell_c"]


def test_a_change_of_one_leaves_the_other(cohorts):
    a, b = cohorts.values()
    before = results(a)
    b.edit("conf/config.yaml", "seed: 0 ", "seed: 1 ")
    assert set(stages_run(b("dvc", "repro", "evaluate"))) >= {"compose", "cohort", "evaluate"}
    assert stages_run(a("dvc", "repro")) == []
    assert results(a) == before
    b.committed()


def test_where_git_looks_away_there_is_no_folder(cohorts):
    root = cohorts["A"].path
    done = subprocess.run(
        ["radsurv", "init", "results/C"],
        cwd=root,
        env=cohorts["A"].environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is ignored by your SCM tool" in done.stderr
    assert not (root / "results/C").exists()


def test_experiments_compose_the_options_of_their_cohort(cohorts):
    """DVC reads ``conf/`` of the repository's root alone: each cohort is one."""
    a, b = cohorts.values()
    said = a("dvc", "exp", "run", "-S", "reduction.cindex=0.6", "evaluate")
    assert stages_run(said) == ["compose", "evaluate"]
    assert "cindex: 0.6\n" in (a.path / "params.yaml").read_text("utf-8")
    assert "name: A\n" in (a.path / "params.yaml").read_text("utf-8")
    assert stages_run(b("dvc", "repro")) == []
    a.committed()


def test_experiments_in_copies_use_the_cache_of_their_cohort(cohorts):
    a, b = cohorts.values()
    before = {cohort.path: cohort.entries("radiomics") for cohort in (a, b)}
    said = b("dvc", "exp", "run", "--temp", "-S", "quantization.levels=[24]", "radiomics")
    assert stages_run(said) == ["compose", "radiomics"]
    assert f"cache: {b.path / '.cache/radsurv'} (compute.cache_dir, of the repository)" in said
    assert b.entries("radiomics") == before[b.path] + 12
    assert a.entries("radiomics") == before[a.path]
    shutil.rmtree(b.path / ".dvc/cache/runs")  # by which DVC would not have run the stage again
    said = b("dvc", "exp", "run", "--temp", "--force", "-S", "quantization.levels=[24]", "radiomics")
    assert "12 from the cache" in said
    b.committed()


def test_the_model_of_one_is_applied_to_the_other(cohorts):
    a, b = cohorts.values()
    model, command = "../A/results/model.json", "    cmd: radsurv stage evaluate\n    deps:\n"
    b.edit("dvc.yaml", command, f"{command}      - {model}\n")
    said = b("dvc", "exp", "run", "-S", "validation=external", "-S", f"validation.model={model}", "evaluate")
    assert stages_run(said) == ["compose", "evaluate"]
    assert "is no dependency" not in said
    assert (b.path / "results/model.json").read_bytes() == (a.path / "results/model.json").read_bytes()
    b.committed()

"""What brings a run back: whether its commit alone is enough."""

import subprocess

import pytest

from radsurv.config import validate
from radsurv.stages.compose import compose
from radsurv.stages.provenance import collect
from radsurv.stages.run_folder import RunFolder


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A commit with the files that DVC writes, and one that the numbers depend on."""
    monkeypatch.chdir(tmp_path)
    for name in ("dvc.lock", "params.yaml", "code.py"):
        (tmp_path / name).write_text("as committed\n")
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "First"]):
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *identity, *command], check=True)
    return tmp_path


def dirty(*overrides):
    return collect(validate(compose(overrides)), RunFolder("results")).git_dirty


def test_what_dvc_writes_is_no_change_of_the_tree(checkout, monkeypatch):
    monkeypatch.setattr("sys.argv", ["radsurv", "stage", "report"])
    for name in ("dvc.lock", "params.yaml"):
        (checkout / name).write_text("as DVC wrote it\n")
    (checkout / "untracked.txt").touch()
    assert not dirty()
    assert dirty("reduction.cindex=0.6")
    monkeypatch.setattr("sys.argv", ["radsurv", "reduction.cindex=0.6"])
    assert not dirty("reduction.cindex=0.6")
    (checkout / "code.py").write_text("edited\n")
    assert dirty()

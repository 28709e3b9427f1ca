"""How a run went: when, on what, and whether its commit alone brings it back."""

import socket
import subprocess

import pytest

from radsurv.config import validate
from radsurv.stages import execution
from radsurv.stages.compose import compose
from radsurv.stages.execution import collect
from radsurv.stages.run_folder import RunFolder


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A commit with the files that DVC writes, and one that the numbers depend on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(execution, "SOURCE", tmp_path)
    for name in ("dvc.lock", "params.yaml", "code.py", "__init__.py"):
        (tmp_path / name).write_text("as committed\n")
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "First"]):
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *identity, *command], check=True)
    return tmp_path


def dirty(*overrides, under_dvc):
    return collect(validate(compose(overrides)), RunFolder("results", unfinished=not under_dvc)).git_dirty


def test_what_dvc_writes_is_no_change_of_the_tree(checkout):
    for name in ("dvc.lock", "params.yaml"):
        (checkout / name).write_text("as DVC wrote it\n")
    (checkout / "untracked.txt").touch()
    assert not dirty(under_dvc=True)
    assert dirty("reduction.cindex=0.6", under_dvc=True)
    assert not dirty("reduction.cindex=0.6", under_dvc=False)
    (checkout / "code.py").write_text("edited\n")
    assert dirty(under_dvc=False)


def found():
    return collect(validate(compose()), RunFolder("results"))


def test_the_commit_is_that_of_the_code_not_of_the_folder_where_one_stands(checkout, tmp_path_factory, monkeypatch):
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert found().git_commit == commit


def test_code_that_is_installed_into_somebodys_repository_has_no_commit(checkout, monkeypatch):
    installed = checkout / ".venv" / "radsurv"
    installed.mkdir(parents=True)
    (installed / "__init__.py").touch()
    monkeypatch.setattr(execution, "SOURCE", installed)
    (checkout / "code.py").write_text("edited\n")
    assert (found().git_commit, found().git_dirty) == (None, False)


def test_when_and_on_what_but_not_on_whose_machine():
    record = found()
    assert record.date.endswith(" UTC")
    assert record.cores >= 1
    assert socket.gethostname() not in (record.machine, record.date)

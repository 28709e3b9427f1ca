"""``radsurv init``: a folder for one cohort, whole or not at all."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from conf import CONF
from radsurv.cli import main
from radsurv.config import validate
from radsurv.stages import cohort_folder, compose, conf_folder, params_file
from radsurv.stages.dvc_pipeline import dvc_yaml

WRITTEN = {
    *("conf", "hydra_plugins", ".gitignore", ".dvcignore", "README.md", "params.yaml", "dvc.yaml"),
    *("data", ".dvc", ".git"),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder in no git repository, and DVC, whose start takes a second, as a folder that it makes."""
    done = cohort_folder._done

    def stand_in(command, home):
        if "dvc" not in command:
            return done(command, home)
        assert command[-3:] == ["dvc", "init", "--subdir"]
        (home / ".dvc").mkdir()
        return None

    monkeypatch.setattr(cohort_folder, "_done", stand_in)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_folder_is_whole_and_its_options_count_in_it(here, monkeypatch, capsys):
    assert main(["init", "A B"]) == 0
    said = capsys.readouterr().out
    assert f"in the git repository {here / 'A B'} (new)" in said
    assert said.endswith("  cd 'A B'\n  radsurv check\n  dvc repro\n  git add . && git commit --message 'First run'\n")
    assert {path.name for path in (here / "A B").iterdir()} == WRITTEN
    assert [path.name for path in here.iterdir()] == ["A B"]
    monkeypatch.chdir("A B")
    assert conf_folder.conf_dir() == here / "A B/conf"
    config = params_file.read()
    assert config == validate(compose.compose())
    assert (config.cohort.name, config.cohort.table) == ("A B", "data/clinical.csv")
    assert Path("dvc.yaml").read_text("utf-8") == dvc_yaml()
    theirs = {path.relative_to(CONF) for path in CONF.rglob("*.yaml")}
    ours = {path.relative_to("conf") for path in Path("conf").rglob("*.yaml")}
    assert ours - theirs == {Path("cohort/own.yaml")}
    changed = {name for name in theirs if (CONF / name).read_bytes() != (Path("conf") / name).read_bytes()}
    assert changed == {Path("config.yaml")}


def test_git_ignores_patients_and_nothing_that_is_written(here):
    assert main(["init", "A"]) == 0
    for name in ("data/clinical.csv", "results/predictions.parquet", ".cache/radsurv/x.entry", "a.pseudonyms.json"):
        (here / "A" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "A" / name).touch()
    listed = ["git", "ls-files", "--others", "--exclude-standard", "--directory"]
    found = subprocess.run(listed, cwd=here / "A", capture_output=True, text=True, check=True).stdout.split()
    assert {name.rstrip("/") for name in found} | {".dvc"} == WRITTEN - {".git", "data"} | {".dvc"}


def test_the_git_repository_around_it_is_kept(here, capsys):
    subprocess.run(["git", "init", "--quiet"], cwd=here, check=True)
    for name in ("A", "B"):
        assert main(["init", f"cohorts/{name}"]) == 0
        assert f"in the git repository {here}\n" in capsys.readouterr().out
        assert not (here / "cohorts" / name / ".git").exists()


@pytest.mark.parametrize("name", ["A/data", "elsewhere, ü"])
def test_a_table_stays_where_it_is_and_is_watched(here, name, monkeypatch, capsys):
    table = here / name / "clinical.csv"
    table.parent.mkdir(parents=True)
    table.write_text("patient_id\n")
    assert main(["init", "A", "--table", os.path.relpath(table)]) == 0
    monkeypatch.chdir("A")
    table_of = params_file.read().cohort.table
    assert Path(table_of).is_absolute() is name.startswith("elsewhere")
    assert Path(table_of).resolve() == table
    watched = yaml.safe_load(Path("dvc.yaml").read_text("utf-8"))["stages"]["cohort"]["deps"]
    assert watched == (["data"] if name == "A/data" else [table_of])
    assert ("not at the images" in capsys.readouterr().out) is (name != "A/data")


@pytest.mark.parametrize("name", sorted(WRITTEN - {"data", ".git"} | {"results", "dvc.lock"}))
def test_a_folder_that_has_such_a_file_is_refused_and_stays_as_it_is(here, name, capsys):
    (here / "A").mkdir()
    (here / "A" / name).touch()
    assert main(["init", "A"]) == 1
    assert f"A has {name} already, and nothing is written over: name another folder" in capsys.readouterr().err
    assert [path.name for path in (here / "A").iterdir()] == [name]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["file"], "file is a file; expected a folder"),
        (["A", "--table", "missing.csv"], "--table missing.csv is no file; expected a cohort table"),
        (["A ${seed}"], "A ${seed} has ${ in its name"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(here, arguments, said, capsys):
    (here / "file").touch()
    assert main(["init", *arguments]) == 1
    found = capsys.readouterr().err
    assert said in found
    assert found.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["123", "1e3", "true", "null", "~", "- a: b"])
def test_a_name_is_a_text_whatever_it_looks_like(here, name, monkeypatch):
    assert main(["init", f"./{name}"]) == 0
    monkeypatch.chdir(name)
    assert params_file.read().cohort.name == name


def test_data_that_is_no_folder_is_refused(here, capsys):
    (here / "A").mkdir()
    (here / "A/data").touch()
    assert main(["init", "A"]) == 1
    assert "A/data is no folder; expected one for the cohort, or nothing" in capsys.readouterr().err
    assert [path.name for path in (here / "A").iterdir()] == ["data"]


def test_without_git_it_says_what_is_missing(here, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(["init", "A"]) == 1
    assert "git is not installed" in capsys.readouterr().err


def test_a_table_that_git_would_get_is_refused(here, capsys):
    (here / "A").mkdir()
    (here / "A/clinical.csv").write_text("patient_id\n")
    assert main(["init", "A", "--table", "A/clinical.csv"]) == 1
    assert "lies in the folder but not in data/" in capsys.readouterr().err
    assert [path.name for path in (here / "A").iterdir()] == ["clinical.csv"]

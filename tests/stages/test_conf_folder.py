"""Which conf/ is read: the package's own, that of a clone, or one that was named; never one that merely lies there."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from conf import CONF
from radsurv.cli import main
from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages import conf_folder, execution
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """A working folder with a conf/ in which the seed is another."""
    shutil.copytree(CONF, tmp_path / "conf")
    file = tmp_path / "conf/config.yaml"
    file.write_text(file.read_text("utf-8").replace("\nseed: 0 ", "\nseed: 77 "), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_conf_that_merely_lies_there_is_not_read(foreign):
    assert compose()["seed"] == 0
    assert conf_folder.described() == "conf of the package"
    assert "--config-dir=conf reads it" in conf_folder.ignored()


@pytest.mark.parametrize("pipeline", ["stages: {a: {cmd: python train.py}}", "\xff"])
def test_nor_beside_somebody_elses_pipeline(foreign, pipeline):
    Path("dvc.yaml").write_bytes(pipeline.encode("latin-1"))
    assert compose()["seed"] == 0


def test_that_of_a_clone_is_read(foreign):
    shutil.copy(CONF.parent / "dvc.yaml", foreign)
    assert compose()["seed"] == 77
    assert conf_folder.described() == "conf of the folder where the run was started"
    assert conf_folder.ignored() is None


def test_the_named_one_is_read_in_every_step(foreign, capfd):
    Path("conf").rename("mine")
    with conf_folder.chosen(Path("mine")):
        assert compose()["seed"] == 77
    assert compose()["seed"] == 0
    for flag in (["--config-dir", "mine"], ["--config-dir=mine"], ["-cd", "mine"]):
        assert main(["run", "--cfg", "job", *flag]) == 0
        assert "\nseed: 77\n" in capfd.readouterr().out


def test_a_run_says_which_it_was(foreign, monkeypatch, capfd):
    monkeypatch.setattr("radsurv.stages.pipeline.run", lambda config: RunFolder(config.run_dir))
    assert main(["run"]) == 0
    said = capfd.readouterr().err
    assert "options      conf of the package\n" in said
    assert "! conf/ in this folder is not read" in said
    assert main(["run", "--config-dir=conf"]) == 0
    assert "options      conf\n" in capfd.readouterr().err


def test_provenance_tells_the_folder_and_its_content(foreign, monkeypatch):
    monkeypatch.setattr("sys.argv", ["radsurv", "seed=3"])
    config = validate(compose(["seed=3"]))
    own = execution.collect(config, RunFolder("out", unfinished=True))
    with conf_folder.chosen(Path("conf")):
        other = execution.collect(config, RunFolder("out", unfinished=True))
    assert (own.conf, other.conf) == ("conf of the package", "conf")
    assert own.command == "radsurv run seed=3"
    assert other.command == "radsurv run --config-dir=conf seed=3"
    digest = hashlib.sha256()
    for path in sorted(Path("conf").rglob("*.yaml")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to('conf')}\n{len(content)}\n".encode() + content)
    assert other.conf_sha256 == digest.hexdigest() != own.conf_sha256
    assert json.loads(other.model_dump_json())["conf"] == "conf"


def test_a_folder_without_a_configuration_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(ConfigError, match=r"--config-dir=nowhere has no config\.yaml, nor another"),
        conf_folder.chosen(Path("nowhere")),
    ):
        pass
    assert main(["describe-features", "--config-dir", "nowhere"]) == 1
    assert "--config-dir=nowhere has no config.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flag", ["--config-path=conf", "--config-name=x", "--config-di=conf", "--experimental-rerun=a.pickle"]
)
def test_other_ways_of_hydras_are_refused(tmp_path, monkeypatch, capsys, flag):
    """The last one would run a pickle."""
    monkeypatch.chdir(tmp_path)
    assert main(["run", flag]) == 1
    assert "--config-dir=DIR has another folder read" in capsys.readouterr().err

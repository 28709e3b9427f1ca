"""No value of an environment variable gets into a configuration, by whatever way it is asked for."""

from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

import conf
from radsurv.cli import main
from radsurv.errors import ConfigError
from radsurv.stages import compose, interpolations, params_file

SECRET = "swordfish-9"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_TOKEN", SECRET)
    return tmp_path


@pytest.mark.parametrize(
    "asked",
    [
        "${oc.env:MY_TOKEN}",
        "hospital ${oc.env:MY_TOKEN} A",
        "${oc.env:MISSING,default}",
        "${oc.decode:${oc.env:MY_TOKEN}}",
        "${oc.decode:'${oc.env:MY_TOKEN}'}",
        "${oc.create:${oc.env:MY_TOKEN}}",
        "${oc.select:none,${oc.env:MY_TOKEN}}",
        "${oc.${part}:MY_TOKEN}",
        "${env:MY_TOKEN}",
        "${hydra:job.env_set}",
    ],
)
def test_no_way_leads_to_the_environment(here, asked):
    composed = OmegaConf.create({"cohort": {"name": asked}, "part": "env"})
    with pytest.raises(ConfigError) as error:
        compose.plain(composed)
    assert SECRET not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("${seed}", 3),
        ("${oc.decode:'[1, 2]'}", [1, 2]),
        ("${oc.select:nothing,5}", 5),
        ("${oc.dict.keys:cohort}", ["name"]),
    ],
)
def test_what_is_harmless_stays(asked, found):
    assert compose.plain(OmegaConf.create({"cohort": {"name": asked}, "seed": 3}))["cohort"]["name"] == found


@pytest.mark.parametrize("override", ["cohort.name=${oc.env:MY_TOKEN}", "tracking.entity=${oc.env:MY_TOKEN}"])
def test_an_override_is_refused_with_a_place_for_such_things(here, capsys, override):
    option = override.partition("=")[0]
    assert main(["run", "run_dir=out", override]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"radsurv: error: {option}: ${{oc.env:MY_TOKEN}} asks for an environment variable")
    assert "WANDB_ENTITY" in said
    assert len(said.splitlines()) == 1
    assert not (here / "out").exists()


def test_params_hold_no_interpolation(here):
    composed = compose.compose()
    composed["cohort"]["name"] = "${oc.env:MY_TOKEN}"
    Path("params.yaml").write_text(yaml.safe_dump(composed), "utf-8")
    with pytest.raises(ConfigError, match=r"params\.yaml holds an interpolation"):
        params_file.read()


def test_the_plugin_that_dvc_finds_refuses_too():
    source = (conf.CONF.parent / "hydra_plugins/no_environment.py").read_text("utf-8")
    OmegaConf.register_new_resolver("oc.env", lambda name: "open", replace=True)
    exec(compile(source, "no_environment.py", "exec"), {})
    with pytest.raises(Exception, match="asks for an environment variable"):
        OmegaConf.to_container(OmegaConf.create({"a": "${oc.env:HOME}"}), resolve=True)
    assert interpolations.REFUSED.keys() == {"oc.env", "hydra"}

"""Kinds of workers: what their options refuse, and what is submitted in their name."""

import pytest
from pydantic import ValidationError

import conf
from radsurv.compute import cluster_options
from radsurv.compute.compute_options import COMPUTE
from radsurv.compute.parallel import elsewhere
from radsurv.environment import command_line
from radsurv.errors import ConfigError


def dask(**changes):
    return conf.section("compute", "dask", **changes)


def slurm(**changes):
    return conf.section("compute", "slurm", **changes)


def test_here_is_no_cluster():
    with conf.compute().workers([]):
        assert elsewhere(2) is None


def test_with_an_address_loops_run_on_its_workers(scheduler):
    with dask(address=scheduler).workers([]):
        assert elsewhere(-1).count() == 2
    assert elsewhere(-1) is None


@pytest.mark.parametrize("address", ["host:8786", "http://host:8786", "tcp://", "tcp://a b:1", "tcp://host:port"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValidationError, match="expected the address that `dask scheduler` prints"):
        dask(address=address)


@pytest.mark.parametrize("address", [None, "tcp://127.0.0.1:8786", "tls://node-1.cluster:8786", "tcp://[::1]:8786"])
def test_addresses(address):
    assert dask(address=address).address == address


@pytest.mark.parametrize("kind", [dask, slurm])
def test_one_worker_is_no_cluster(kind):
    with pytest.raises(ValidationError, match="choose compute=local"):
        kind(n_jobs=1)


def test_a_scheduler_that_does_not_answer_is_said_in_time(monkeypatch):
    monkeypatch.setattr(cluster_options, "CONNECTING_S", 1)
    with (
        pytest.raises(ConfigError, match=r"^compute\.address=tcp://127\.0\.0\.1:9: no scheduler answers within 1 s"),
        dask(address="tcp://127.0.0.1:9").workers([]),
    ):
        pass


@pytest.mark.parametrize(
    ("kind", "lacking", "said"),
    [(dask, "distributed", "uv sync --extra dask"), (slurm, "dask_jobqueue", "uv sync --extra slurm")],
)
def test_packages_that_are_not_installed_are_named(monkeypatch, kind, lacking, said):
    monkeypatch.setattr(cluster_options, "find_spec", lambda name: None if name == lacking else object())
    with pytest.raises(ConfigError, match=said), kind().workers([]):
        pass


def test_without_slurm_nothing_is_submitted(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match=r"^compute=slurm submits jobs with sbatch"), slurm().workers([]):
        pass


def test_the_script_of_a_job_is_what_the_options_ask_for():
    asked = slurm(
        cores=4, memory="16 GB", walltime="02:30:00", queue="cpu", account="lab7",
        directives=["--constraint=zen4"], prologue=["module load gcc"], interface="lo",
    )  # fmt: skip
    with asked.cluster() as cluster:
        script = cluster.job_script()
    lines = script.splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    for line in ("-p cpu", "-A lab7", "-n 1", "--cpus-per-task=4", "--mem=15G", "-t 02:30:00", "--constraint=zen4"):
        assert f"#SBATCH {line}" in lines
    assert "module load gcc" in lines
    (command,) = [line for line in lines if "distributed.cli.dask_worker" in line]
    assert "--nthreads 1 " in command
    assert "--nworkers 4 " in command


def test_what_tells_of_machines_is_named():
    """Other options may leave this machine with a report."""
    own = {name: set(kind.model_fields) - set(COMPUTE["local"].model_fields) for name, kind in COMPUTE.items()}
    assert own["dask"] - COMPUTE["dask"].whereabouts == {"wait_s"}
    assert own["slurm"] - COMPUTE["slurm"].whereabouts == {"wait_s", "jobs", "cores", "memory", "walltime"}
    for kind in COMPUTE.values():
        words = [f"compute.{name}=there" for name in sorted(kind.whereabouts)]
        assert "there" not in command_line(["run", *words, *(f"+{word}" for word in words)])
    assert conf.compute(shared_cache="s3://there/x").for_others() == conf.compute()
    assert command_line(["compute.jobs=4"]) == "compute.jobs=4"
    assert dask(address="tcp://there:1").for_others() == dask()
    there = {"queue": "there", "account": "there", "directives": ["there"], "prologue": ["there"], "interface": "there"}
    assert slurm(**there).for_others() == slurm()

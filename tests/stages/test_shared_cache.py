"""What one machine has computed another finds in object storage; with it or without, a run has the same bytes."""

import importlib
import json
import sys

import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from object_storage import BUCKET, s3

from radsurv.cli import main
from radsurv.config import validate
from radsurv.errors import StorageError
from radsurv.objects import shared_cache
from radsurv.stages import pipeline, radiomics, terminal
from radsurv.stages.compose import compose

pytestmark = pytest.mark.slow  # several runs

EXTRACT = importlib.import_module("radsurv.deep.extract")  # not the function that the package calls by the same name
N_PATIENTS = 4
QUICK = (
    *("cohort=table", "cohort.name=test", "cohort.min_patients=4", "tracking=none", "quantization=uniform32_native"),
    *("compute.accelerator=cpu", "compute.n_jobs=1"),
)
DEEP = (
    *("backbone=torchvision", "backbone.name=squeezenet1_1", "backbone.weights=random", "patch.size=64", "until=deep"),
)
HAND_CRAFTED = ("backbone=none", "until=radiomics")
ADDRESS = f"memory://{BUCKET}/cache"


@pytest.fixture
def run(twelve, tmp_path, monkeypatch):
    """A run on a machine of its own, which has nothing of the others' but the shared cache; returns its folder."""
    table = pd.read_csv(twelve / "clinical.csv", dtype=str)
    table.head(N_PATIENTS).to_csv(twelve / "clinical.csv", index=False)
    monkeypatch.setattr(sys, "argv", ["radsurv"])
    monkeypatch.setattr(shared_cache, "_silent", {})

    def run(machine, *overrides, shared=ADDRESS):
        where = (f"run_dir={tmp_path / machine}", f"compute.cache_dir={tmp_path / f'{machine}_cache'}")
        options = [
            *QUICK,
            f"cohort.table={twelve / 'clinical.csv'}",
            *where,
            f"compute.shared_cache={shared}",
            *overrides,
        ]
        return pipeline.run(validate(compose(options))).root

    return run


def results(folder):
    """Everything but what tells how a run went, and where."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    own = ("execution", "config.yaml")
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(own)}


def used(folder, stage):
    """Entries read, of which fetched; stored, and shared."""
    went = json.loads((folder / f"execution/{stage}.json").read_text())
    return tuple(went[f"cache_{name}"] for name in ("read", "fetched", "written", "shared"))


def notes(folder, stage):
    return json.loads((folder / f"execution/{stage}.json").read_text())["notes"]


def refused(*_args, **_kwargs):
    raise AssertionError("computed again")


def test_a_second_machine_computes_nothing_and_has_the_same_bytes(storage, run, monkeypatch):
    alone = run("alone", *DEEP, shared="null")
    first = run("first", *DEEP)
    with monkeypatch.context() as now:
        now.setattr(radiomics, "radiomics_features", refused)
        now.setattr(EXTRACT, "load_network", refused)
        second = run("second", *DEEP)
    assert results(first) == results(second) == results(alone)
    for stage in ("radiomics", "deep"):
        assert used(first, stage) == (0, 0, N_PATIENTS, N_PATIENTS)
        assert used(second, stage) == (N_PATIENTS, N_PATIENTS, 0, 0)
        assert notes(first, stage) == notes(second, stage) == []
    entries = [name for name in storage.find(BUCKET) if name.endswith(".entry")]
    assert len(entries) == 2 * N_PATIENTS
    told = [name.encode() + storage.cat_file(name) for name in entries]
    assert not any(b"SIMULATED" in one or b"cohort" in one or b".nii" in one for one in told)


def test_a_network_that_is_lost_loses_no_run_and_what_was_not_taken_is_uploaded_later(
    storage, run, monkeypatch, capsys, tmp_path
):
    def lost(*_args, **_kwargs):
        raise ConnectionError("https://private-host/plantedbucket")

    with monkeypatch.context() as now:
        storage.pipe_file(f"{BUCKET}/cache/{shared_cache.MARK}", shared_cache.SAYS)  # so it answers when the run begins
        for name in ("cat_file", "pipe_file"):
            now.setattr(MemoryFileSystem, name, lost)
        first = run("first", *HAND_CRAFTED)
    assert [one.partition(";")[0] for one in notes(first, "radiomics")] == [
        f"not looked for in the shared cache (compute.shared_cache, ConnectionError): {N_PATIENTS} results, computed here",
        f"not taken by the shared cache (compute.shared_cache, ConnectionError): {N_PATIENTS} results",
    ]
    assert used(first, "radiomics") == (0, 0, N_PATIENTS, 0)
    monkeypatch.setattr(shared_cache, "_silent", {})  # time has passed
    command = ["cache", f"compute.cache_dir={tmp_path / 'first_cache'}", f"compute.shared_cache={ADDRESS}", "--share"]
    broken = min((tmp_path / "first_cache").rglob("*.entry"))
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-1])
    capsys.readouterr()
    assert main(command) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"to {ADDRESS}: 3 entries uploaded (")
    assert told[0].endswith("; broken, or not to be read, and left out: 1 entry")
    broken.write_bytes(whole)
    assert main(command) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"to {ADDRESS}: 1 entry uploaded (")
    (shared,) = [line for line in told if line.startswith(ADDRESS)]
    assert shared.startswith(f"{ADDRESS}: 4 entries, ")
    assert [line.split()[:2] for line in told[told.index(shared) + 2 :]] == [["radiomics", "4"]]
    second = run("second", *HAND_CRAFTED)
    assert used(second, "radiomics") == (N_PATIENTS, N_PATIENTS, 0, 0)
    assert results(first) == results(second)


def test_a_stage_of_dvc_begins_with_a_look_at_it(monkeypatch, tmp_path):
    monkeypatch.setattr(shared_cache, "_silent", {})
    config = validate(
        compose([*QUICK, "until=report", f"run_dir={tmp_path / 'run'}", "compute.shared_cache=s33://b/c"])
    )
    begun = []
    monkeypatch.setattr(pipeline, "run_stage", lambda stage, *_: begun.append(stage))
    for stage in ("cohort", "report"):
        pipeline.run_alone(stage, config)
    with pytest.raises(
        StorageError, match=r"^compute\.shared_cache: s33://b/c: no storage is known .*compute\.shared_cache=null$"
    ):
        pipeline.run_alone("evaluate", config)
    assert begun == ["cohort", "report"]


def test_there_is_nothing_to_share_with(tmp_path, capsys):
    assert main(["cache", f"compute.cache_dir={tmp_path}", "--share"]) == 1
    assert "--share: there is no shared cache: name one" in capsys.readouterr().err


@pytest.mark.slow
def test_s3_with_workers_of_a_cluster_and_of_this_machine(run, monkeypatch):
    """What the workers of a Dask cluster computed, processes of another machine find, by way of a server that answers as S3 does."""
    monkeypatch.setattr(terminal, "PATIENTS_WORTH_PROCESSES", 2)
    with s3(monkeypatch) as bucket:
        address = f"s3://{BUCKET}/cache"
        first = run("first", *DEEP, "compute=dask", "compute.n_jobs=2", shared=address)
        second = run("second", *DEEP, "compute.n_jobs=2", shared=address)
        assert results(first) == results(second)
        for stage in ("radiomics", "deep"):
            assert used(first, stage) == (0, 0, N_PATIENTS, N_PATIENTS)
            assert used(second, stage) == (N_PATIENTS, N_PATIENTS, 0, 0)
        assert len(bucket.find(BUCKET)) == 2 * N_PATIENTS + 1
        with pytest.raises(StorageError, match=r"^compute\.shared_cache: .*The specified bucket does not exist"):
            run("third", *HAND_CRAFTED, shared="s3://nobodys/cache")

"""A run on a Dask cluster writes the bytes of a run on this machine, also where workers end in the middle of it."""

import os
import signal
import threading
import time
from contextlib import contextmanager

import dask
import distributed
import pytest

from radsurv.catalogue.tables import COMPARATORS, PERMUTATIONS, PREDICTIONS, TABLES
from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import UNFINISHED


def configured(*overrides):
    return validate(
        compose(
            [
                *("cohort.table=cohort/clinical.csv", "cohort.min_patients=4", "backbone=none"),
                *("attribution=none", "tracking=none", "validation=repeated_kfold", "validation.repeats=3"),
                *("validation.n_splits=4", "validation.inner_splits=3", "model.n_lambda=10", "reduction.cindex=0.55"),
                *("significance.permutations=40", "significance.stop_after=1000", *overrides),
            ]
        )
    )


@contextmanager
def ending_workers(pids, unfinished, at):
    """While a run is at work, end one of its workers each time that one of these tables is written."""
    ended, done = [], threading.Event()

    def watch():
        waiting = [*at]
        while waiting and not done.wait(0.02):
            if (unfinished / waiting[0].file).exists():
                waiting.pop(0)
                pid = next(iter(pids()))
                os.kill(pid, signal.SIGKILL)
                ended.append(pid)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield ended
    finally:
        done.set()
        thread.join()


@pytest.mark.slow
def test_features_predictions_and_permutations_have_the_same_bytes(twelve, tmp_path, monkeypatch):
    monkeypatch.setattr("radsurv.stages.terminal.PATIENTS_WORTH_PROCESSES", 10**6)
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=50
        ) as cluster,
        distributed.Client(cluster.scheduler_address, set_as_default=False) as client,
    ):
        monkeypatch.chdir(tmp_path)  # the workers are elsewhere
        local = pipeline.run(configured("run_dir=local", "compute.cache_dir=cache"))
        on_workers = configured(
            *("compute=dask", f"compute.address={cluster.scheduler_address}"), "run_dir=dask", "compute.cache_dir=other"
        )

        def pids():
            while not (found := client.run(os.getpid)):
                time.sleep(0.05)
            return found.values()

        unfinished = tmp_path / "dask" / UNFINISHED
        with ending_workers(pids, unfinished, [TABLES[0], PREDICTIONS, COMPARATORS]) as ended:
            cluster_run = pipeline.run(on_workers)
    assert len(set(ended)) >= 2
    compared = [
        *(entry.file for entry in TABLES if (local.root / entry.file).exists()),
        "metrics.json",
        "qc.csv",
        "model.json",
    ]
    assert {PREDICTIONS.file, PERMUTATIONS.file, COMPARATORS.file, "radiomics.parquet"} <= {*compared}
    for name in compared:
        assert (local.root / name).read_bytes() == (cluster_run.root / name).read_bytes(), name

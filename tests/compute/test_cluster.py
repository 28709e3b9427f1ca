"""Loops on a Dask cluster give what a plain loop gives, in its order, and end in one sentence where they cannot."""

import os
import signal
import threading
import time
from logging import CRITICAL

import dask
import distributed
import numpy as np
import pytest
from distributed import KilledWorker

from radsurv.compute import cluster_worker
from radsurv.compute.cluster import ENDED, Cluster
from radsurv.compute.parallel import elsewhere, in_processes, in_threads, n_threads, n_workers, working_on
from radsurv.errors import ConfigError, WorkerLost

pytestmark = pytest.mark.slow  # a cluster of its own

LOOPS = pytest.mark.parametrize("loop", [in_threads, in_processes])


@pytest.fixture
def cluster(scheduler):
    with distributed.Client(scheduler, set_as_default=False) as client:
        found = Cluster(client, "the cluster of the tests", 30)
        found.check([])
        with working_on(found):
            yield found


@LOOPS
def test_results_come_in_order_and_to_the_last_digit(cluster, loop):
    def drawn(seed):
        """The later, the faster."""
        time.sleep(0.01 * (3 - seed % 4))
        return np.random.default_rng(seed).normal(size=5)

    found = list(loop(drawn, range(20), 2))
    assert all(array.flags.writeable for array in found)
    assert np.array_equal(np.stack(found), np.stack([*map(drawn, range(20))]))
    assert list(loop(drawn, [], 2)) == []


@LOOPS
def test_errors_arrive_as_they_were_raised(cluster, loop):
    def refuse_three(number):
        if number == 3:
            raise ValueError("three")
        return number

    found = loop(refuse_three, range(6), 2)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match=r"^three$"):
        next(found)


def test_what_all_items_share_is_sent_once_and_can_be_written_by_its_worker(cluster, monkeypatch):
    sent, submit = [], cluster._client.submit

    def noted(function, *given, **more):
        sent.append(function)
        return submit(function, *given, **more)

    monkeypatch.setattr(cluster._client, "submit", noted)
    features = np.arange(6.0)

    def share(position):
        features[position] += 0
        return features[position]

    for _ in range(3):  # as a permutation test asks, batch by batch
        assert list(in_threads(share, range(6), 2)) == [*range(6)]
    assert sent.count(cluster_worker.keep) == 1
    assert sent.count(cluster_worker.work) == 18


def test_few_items_are_under_way_at_a_time(cluster):
    """A loop over 100,000 patients is no list of 100,000."""
    asked = []

    def items():
        for number in range(1_000):
            asked.append(number)
            yield number

    found = in_threads(abs, items(), 2)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    assert len(asked) < 30
    found.close()


def test_no_two_of_what_is_not_safe_in_threads_are_in_one_process(cluster):
    """Both workers of this cluster are threads of one process."""
    inside = []

    def work(number):
        inside.append(number)
        time.sleep(0.01)
        together = len(inside)
        inside.remove(number)
        return together

    # `inside` is the worker's own.
    assert max(in_processes(work, range(8), 2)) == 1
    assert max(in_threads(work, range(8), 2)) == 2


def test_one_worker_is_the_thread_that_asks_and_loops_within_a_loop_stay_with_it(cluster):
    assert list(in_threads(lambda _: threading.get_ident(), range(2), 1)) == [threading.get_ident()] * 2
    assert (n_workers(1), n_workers(2), n_workers(-1)) == (1, 2, 2)
    assert n_threads(1) == 1
    assert elsewhere(2) is cluster
    assert set(in_threads(lambda _: elsewhere(2) is None, range(4), 2)) == {True}


def test_outside_of_its_block_there_is_no_cluster():
    assert elsewhere(2) is None


def test_workers_with_other_packages_or_code_are_refused(cluster, monkeypatch):
    ours = cluster_worker.installed()
    monkeypatch.setattr(cluster, "_ours", ours | {"numpy": "0.1", "source code": "x"})
    with pytest.raises(
        ConfigError, match=rf"worker tcp://\S+ has numpy {ours['numpy']} \(here 0\.1\): install the same"
    ):
        cluster.check([])
    # One that joins later is not looked at before it works.
    with pytest.raises(ConfigError, match=r"^a worker of the cluster has numpy"):
        list(in_threads(abs, range(3), 2))
    monkeypatch.setattr(cluster, "_ours", ours | {"source code": "x"})
    with pytest.raises(ConfigError, match="has other source code of the same version: install"):
        cluster.check([])


def test_workers_that_do_not_see_a_file_are_refused(cluster, tmp_path):
    cluster.check([tmp_path])
    with pytest.raises(
        ConfigError, match=r"does not see \S+missing: cohort, run folder and cache have to be in a folder"
    ):
        cluster.check([tmp_path, tmp_path / "missing"])


def test_a_cluster_without_workers_is_refused_in_time():
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0", silence_logs=CRITICAL
        ) as empty,
        distributed.Client(empty.scheduler_address, set_as_default=False) as client,
    ):
        with pytest.raises(ConfigError, match=r"^x has no worker after 0\.2 s \(compute\.wait_s\): start workers"):
            Cluster(client, "x", 0.2).check([])
        waiting = Cluster(client, "x", 0.2)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("radsurv.compute.cluster.LOOK_S", 0.1)
            with pytest.raises(WorkerLost, match=r"^x has had no worker for 0\.2 s: start workers"):
                list(waiting.each(abs, range(3), alone=False, lost=print))


@pytest.fixture
def processes(monkeypatch):
    """Two workers that are processes, on a scheduler that gives an item up with the first that it ends."""
    patient = {"distributed.deploy.lost-worker-timeout": "1 hour", "distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(patient),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=CRITICAL
        ) as cluster,
        distributed.Client(cluster.scheduler_address, set_as_default=False) as client,
        working_on(Cluster(client, "x", 60)),
    ):
        yield client


def test_workers_that_end_cost_no_item_but_one_that_ends_each_of_them(processes, tmp_path):
    """Which others an ending worker takes along with its item is chance: those that waited for it, or had not been fetched."""

    def ends_once(number):
        once = tmp_path / str(number)
        if number == 5 and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    def ends(number):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    def told(number, how):
        return f"{number}: {how}"

    assert [*in_processes(ends_once, range(8), 2, lost=told)] == [*range(8)]
    assert (tmp_path / "5").exists()
    assert [*in_processes(ends, range(8), 2, lost=told)] == [0, 1, f"2: {ENDED}", 3, 4, 5, 6, 7]
    with pytest.raises(WorkerLost, match=r"^the worker of the cluster ended .*: try it with fewer workers"):
        list(in_threads(ends, range(4), 2))


def test_results_that_are_gone_with_their_worker_before_they_are_fetched(cluster, monkeypatch):
    gather, dead = cluster._client.gather, [KilledWorker("task", None, 0)]

    def late(futures):
        if dead:  # what the scheduler tells the client
            futures[-1]._state.set_error(dead.pop(), None)
        return gather(futures)

    monkeypatch.setattr(cluster._client, "gather", late)
    assert [*in_threads(abs, range(8), 2)] == [*range(8)]
    assert not dead

    def cancelled(futures):
        cluster._client.cancel(futures)
        return gather(futures)

    monkeypatch.setattr(cluster._client, "gather", cancelled)
    with pytest.raises(WorkerLost, match="the scheduler is gone, or has been started anew"):
        list(in_threads(abs, range(8), 2))

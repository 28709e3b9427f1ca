"""Loops in threads and processes: the order of the items, and every error, are those of a plain loop."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import cpu_count

from radsurv.compute.parallel import in_processes, in_threads, n_threads, n_workers

WAYS = pytest.mark.parametrize("loop", [in_threads, in_processes])
WORKERS = pytest.mark.parametrize("n_jobs", [1, 2])


def travelling_by_value():
    """Nested, because a worker process cannot always import the tests."""

    def slow_square(number):
        """The later, the faster."""
        time.sleep(0.02 * (4 - number % 5))
        return number**2

    def drawn(seed):
        return np.random.default_rng(seed).normal(size=5)

    def refuse_three(number):
        if number == 3:
            raise ValueError("three")
        return number

    def where(_):
        return os.getpid(), threading.get_ident()

    return slow_square, drawn, refuse_three, where


slow_square, drawn, refuse_three, where = travelling_by_value()


@WAYS
@WORKERS
def test_results_come_in_the_order_of_the_items(loop, n_jobs):
    assert list(loop(slow_square, range(10), n_jobs)) == [number**2 for number in range(10)]


@WAYS
def test_the_number_of_workers_changes_no_digit(loop):
    one, two = (np.stack(list(loop(drawn, range(8), n_jobs))) for n_jobs in (1, 2))
    assert np.array_equal(one, two)


@WAYS
@WORKERS
def test_errors_arrive_as_they_were_raised(loop, n_jobs):
    with pytest.raises(ValueError, match=r"^three$"):
        list(loop(refuse_three, range(6), n_jobs))


@WAYS
@WORKERS
def test_nothing_to_do(loop, n_jobs):
    assert list(loop(slow_square, [], n_jobs)) == []


@WAYS
@WORKERS
def test_items_may_come_one_by_one(loop, n_jobs):
    assert list(loop(abs, (number for number in (-1, -2)), n_jobs)) == [1, 2]


def test_one_worker_is_the_thread_that_asks():
    for loop in (in_threads, in_processes):
        assert set(loop(where, range(3), 1)) == {(os.getpid(), threading.get_ident())}


def test_threads_share_the_process_and_processes_do_not():
    assert {process for process, _ in in_threads(where, range(4), 2)} == {os.getpid()}
    assert os.getpid() not in {process for process, _ in in_processes(where, range(4), 2)}


def test_with_one_worker_work_is_done_when_it_is_asked_for(tmp_path: Path):
    """So that a run that is stopped has not computed ahead."""
    results = in_threads(lambda name: (tmp_path / name).touch(), ["a", "b"], 1)
    assert not list(tmp_path.iterdir())
    next(results)
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_minus_one_is_one_per_core():
    assert n_workers(-1) == cpu_count()
    assert (n_workers(1), n_workers(2)) == (1, 2)
    assert n_threads(10**6) == cpu_count()
    assert n_threads(1) == 1

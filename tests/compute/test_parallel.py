"""Loops in threads and processes: the order of the items, and every error, are those of a plain loop."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import cpu_count

from radsurv.compute.parallel import in_processes, in_threads, n_threads, n_workers
from radsurv.errors import WorkerLost

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


def ended(how, fatal):
    """A function that ends its process at some numbers, and takes a while at others."""

    def function(number):
        if number in fatal:
            os.kill(os.getpid(), how)
        time.sleep(0.01)
        return number

    return function


def lost(number, how):
    return f"{number}: {how}"


@pytest.mark.parametrize(
    ("how", "name", "fatal"), [(signal.SIGKILL, "SIGKILL", {0, 6}), (signal.SIGSEGV, "SIGSEGV", {3})]
)
def test_an_item_that_ends_its_worker_is_lost_and_the_others_are_not(how, name, fatal):
    found = list(in_processes(ended(how, fatal), range(8), 2, lost=lost))
    said = f"the operating system ended a worker process ({name})"
    assert found == [f"{number}: {said}" if number in fatal else number for number in range(8)]


def test_a_worker_that_is_ended_by_chance_costs_no_item(tmp_path):
    """As the system does that has no memory left for two at once, and enough for one."""
    once = tmp_path / "once"

    def function(number):
        if number == 3 and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert list(in_processes(function, range(6), 2, lost=lost)) == list(range(6))
    assert once.exists()


def test_the_end_of_a_worker_ends_the_loop_where_nobody_says_what_then():
    with pytest.raises(
        WorkerLost, match=r"^the operating system ended a worker process \(SIGKILL\): try it with fewer"
    ):
        list(in_processes(ended(signal.SIGKILL, {2}), range(4), 2))


def test_an_interrupt_in_a_worker_ends_the_loop():
    def function(number):
        if number == 2:
            raise KeyboardInterrupt
        return number

    with pytest.raises(KeyboardInterrupt):
        list(in_processes(function, range(4), 2, lost=lost))

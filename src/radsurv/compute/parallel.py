"""Parallel loops. Results come in the order of the items, and the number of workers changes no digit of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, cpu_count, delayed, effective_n_jobs
from joblib.externals.loky import get_reusable_executor

Item = TypeVar("Item")
Result = TypeVar("Result")


def n_workers(n_jobs: int) -> int:
    """How many workers a setting stands for; −1 is one per core."""
    return int(effective_n_jobs(n_jobs))


def n_threads(n_jobs: int) -> int:
    """The same for compiled loops, which stay on this machine."""
    return min(n_workers(n_jobs), int(cpu_count()))


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> Iterator[Result]:
    """`function` of every item, for work that is compiled and releases the interpreter.

    With one worker, in the thread that asks. A joblib backend that is configured around the call, such as Dask's, takes over.
    """
    if n_workers(n_jobs) == 1:
        return map(function, items)
    found: Iterator[Result] = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(function)(item) for item in items
    )
    return found


def in_processes(function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> Iterator[Result]:
    """`function` of every item, for work that holds the interpreter, or is not safe in threads.

    The workers are the loop's own and end with it. Reused ones keep an old working folder, and take what a later loop imports
    for a leak of memory, which has made a loop wait for ever.
    """
    return map(function, items) if n_workers(n_jobs) == 1 else _in_own_processes(function, items, n_jobs)


def _in_own_processes(function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> Iterator[Result]:
    try:
        yield from Parallel(n_jobs=n_jobs, return_as="generator")(delayed(function)(item) for item in items)
    finally:
        get_reusable_executor(max_workers=n_workers(n_jobs)).shutdown(wait=True)

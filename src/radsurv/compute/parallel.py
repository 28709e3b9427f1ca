"""Parallel loops. Results come in the order of the items, and the number of workers changes no digit of them.

A loop of more than one worker runs on this machine, or on a cluster (`working_on`): the one place where that is decided. What it calls
runs where its item runs, loops within it too, so only outermost loops go to a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, NoReturn, Protocol, TypeVar

from joblib import Parallel, cpu_count, delayed, effective_n_jobs
from joblib.externals.loky import ProcessPoolExecutor, get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from radsurv.compute.progress import parts_at_hand, telling
from radsurv.errors import WorkerLost

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Protocol):
    """Those of a cluster, see `radsurv.compute.cluster.Cluster`."""

    def count(self) -> int:
        """How many items can be in work at a time."""

    def each(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        alone: bool,
        lost: Callable[[Item, str], Result],
    ) -> Iterator[Result]:
        """`function` of every item, in order; `alone`: with no other item in the same process."""


# Of the thread that asks alone: threads of a loop on this machine start none elsewhere.
_ELSEWHERE: ContextVar[Workers | None] = ContextVar("_ELSEWHERE", default=None)


@contextmanager
def working_on(workers: Workers) -> Iterator[None]:
    """Have the loops of more than one worker in the block run on these."""
    before = _ELSEWHERE.set(workers)
    try:
        yield
    finally:
        _ELSEWHERE.reset(before)


def elsewhere(n_jobs: int) -> Workers | None:
    """The workers of a cluster, where such a loop runs on them."""
    return None if n_jobs == 1 else _ELSEWHERE.get()


def n_workers(n_jobs: int) -> int:
    """How many workers a setting stands for; −1 is one per core."""
    others = elsewhere(n_jobs)
    return int(effective_n_jobs(n_jobs)) if others is None else others.count()


def n_threads(n_jobs: int) -> int:
    """The same for compiled loops, which stay on this machine."""
    return min(int(effective_n_jobs(n_jobs)), int(cpu_count()))


def all_cores(n_jobs: int) -> list[str]:
    """What to do so that a loop takes all cores; nothing where it does, or runs on a cluster."""
    cores = int(cpu_count())
    if elsewhere(n_jobs) is not None:
        return []
    return [f"all {cores} cores (compute.n_jobs=-1, now {n_workers(n_jobs)})"] if n_workers(n_jobs) < cores else []


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> Iterator[Result]:
    """`function` of every item, for work that is compiled and releases the interpreter.

    With one worker, in the thread that asks.

    Raises
    ------
    WorkerLost
        A worker of a cluster was ended, time and again.
    """
    others = elsewhere(n_jobs)
    if others is not None:
        return others.each(function, items, alone=False, lost=_refuse)
    if n_workers(n_jobs) == 1:
        return map(function, items)
    at_hand = parts_at_hand()

    def told(item: Item) -> Result:
        with telling(at_hand):
            return function(item)

    found: Iterator[Result] = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(told)(item) for item in items
    )
    return found


def in_processes(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    n_jobs: int,
    lost: Callable[[Item, str], Result] | None = None,
) -> Iterator[Result]:
    """`function` of every item, for work that holds the interpreter, or is not safe in threads.

    The workers are the loop's own and end with it. Reused ones keep an old working folder, and take what a later loop imports
    for a leak of memory, which has made a loop wait for ever.

    Parameters
    ----------
    lost : callable, optional
        The result of an item whose worker the operating system ends (no memory left, a crash in compiled code) even where no other
        item is in work; is told in words how. The loop goes on without it.

    Raises
    ------
    WorkerLost
        A worker was ended while no item was in work; or, without `lost`, at any time.
    """
    others = elsewhere(n_jobs)
    if others is not None:
        return others.each(function, items, alone=True, lost=lost or _refuse)
    if n_workers(n_jobs) == 1:
        return map(function, items)
    return _in_own_processes(function, list(items), n_jobs, lost or _refuse)


def _refuse(_: object, how: str) -> NoReturn:
    raise WorkerLost(f"{how}: try it with fewer workers, or with more memory")


def _in_own_processes(
    function: Callable[[Item], Result], items: Sequence[Item], n_jobs: int, lost: Callable[[Item, str], Result]
) -> Iterator[Result]:
    """One pool after the other, until all is done: a worker that is ended takes its pool with it."""
    done: dict[int, Result] = {}  # of the items that were in work when a pool ended
    place = 0
    with TemporaryDirectory(prefix="radsurv-") as folder:
        while place < len(items):
            waiting = [number for number in range(place, len(items)) if number not in done]
            results = _pool(_Noted(function, Path(folder)), [(number, items[number]) for number in waiting], n_jobs)
            try:
                while place < len(items):
                    result = done.pop(place) if place in done else next(results)
                    yield result
                    place += 1
            except TerminatedWorkerError as error:
                in_work = [number for number in _in_work(Path(folder)) if number not in done]
                if not in_work:
                    raise WorkerLost(f"{_how(error)}, and no work had begun: report it") from None
                done |= {number: _alone(function, items[number], lost) for number in in_work}
            finally:
                results.close()


def _pool(function: Callable[[Item], Result], items: Sequence[Item], n_jobs: int) -> Generator[Result, None, None]:
    try:
        yield from Parallel(n_jobs=n_jobs, return_as="generator")(delayed(function)(item) for item in items)
    finally:
        get_reusable_executor(max_workers=n_workers(n_jobs)).shutdown(wait=True)


def _alone(function: Callable[[Item], Result], item: Item, lost: Callable[[Item, str], Result]) -> Result:
    """In a process that has nothing else to do: the others of a pool are ended with the one that fails."""
    with ProcessPoolExecutor(1) as executor:
        try:
            return executor.submit(function, item).result()
        except TerminatedWorkerError as error:
            how = _how(error)
    return lost(item, how)


class _Noted(Generic[Item, Result]):
    """A function that leaves a file while it is at work, named by the number of its item."""

    def __init__(self, function: Callable[[Item], Result], folder: Path) -> None:
        self._function, self._folder = function, folder

    def __call__(self, numbered: tuple[int, Item]) -> Result:
        number, item = numbered
        note = self._folder / str(number)
        note.touch()
        try:
            return self._function(item)
        finally:
            note.unlink(missing_ok=True)


def _in_work(folder: Path) -> list[int]:
    """The items whose workers have left a note; and no note any more."""
    notes = list(folder.iterdir())
    for note in notes:
        note.unlink()
    return sorted(int(note.name) for note in notes)


def _how(error: TerminatedWorkerError) -> str:
    signals = " ".join(dict.fromkeys(re.findall(r"SIG[A-Z]+|EXIT\(\d+\)", str(error))))
    return f"the operating system ended a worker process{f' ({signals})' if signals else ''}"

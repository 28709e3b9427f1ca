"""Work over patients: in parallel, with a progress bar, and with every patient accounted for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from radsurv.compute.parallel import in_processes
from radsurv.compute.progress import Advance
from radsurv.errors import PatientError

Item = TypeVar("Item")
Result = TypeVar("Result")

console = Console(stderr=True, highlight=False)


def print_note(note: str) -> None:
    """A remark below, or above, the line of its stage."""
    console.print(f"{'':<12} ! {note}", markup=False, soft_wrap=True)


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Advance]:
    """A bar on standard error; silent when that is not a terminal. Yields the function that advances it by one."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def download_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """The same for a download; yields the function that is told the bytes so far and in all."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@dataclass(frozen=True)
class PatientResult(Generic[Result]):
    """What came of one patient: a value, or the reason why there is none."""

    value: Result | None
    reason: str | None


def _attempt(function: Callable[[Item], Result], item: Item) -> PatientResult[Result]:
    try:
        return PatientResult(function(item), None)
    except PatientError as error:
        return PatientResult(None, error.reason)


# Starting worker processes takes as long as some hundred patients. Never threads: ITK's first read is not safe in them.
PATIENTS_WORTH_PROCESSES = 100


def over_patients(
    function: Callable[[Item], Result], items: Sequence[Item], *, label: str, n_jobs: int
) -> list[PatientResult[Result]]:
    """`function` of every item, in order. A `PatientError` becomes an outcome with a reason, all else stops the run."""
    workers = n_jobs if len(items) >= PATIENTS_WORTH_PROCESSES else 1
    outcomes: list[PatientResult[Result]] = []
    with progress_bar(label, len(items)) as advance:
        for outcome in in_processes(partial(_attempt, function), items, workers):
            outcomes.append(outcome)
            advance()
    return outcomes

"""Work over patients: in parallel, with a progress bar, and with every patient accounted for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from radsurv.compute.attempt import Outcome, Unexpected, attempt
from radsurv.compute.parallel import elsewhere, in_processes
from radsurv.compute.progress import NOTHING_TO_SAY, Advance, Effort, Parts, SoFar, nothing_yet, telling
from radsurv.errors import doing
from radsurv.stages.followed import tell
from radsurv.stages.pace import Pace

Item = TypeVar("Item")
Result = TypeVar("Result")

console = Console(stderr=True, highlight=False)


def print_note(note: str) -> None:
    """A remark below, or above, the line of its stage."""
    console.print(f"{'':<12} ! {note}", markup=False, soft_wrap=True)


@contextmanager
def progress_bar(label: str, total: int, done: int = 0, effort: Effort = NOTHING_TO_SAY) -> Iterator[Advance]:
    """A bar on standard error with the time that is left; where that is no terminal, a line per 5 %, and none of a loop of seconds.

    A loop that will take longer than a minute is announced as soon as its pace is known, by parts of its first pieces where these tell
    of them. A dashboard that follows the run is told, too. Yields the function that advances it by one. See
    `radsurv.compute.progress.Bar`.
    """
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    lines, pace, one_by_one = not sys.stderr.isatty(), Pace(label, total, done, effort), Lock()
    with Progress(*columns, console=console, disable=lines, transient=True) as bar:
        task = bar.add_task(label, total=total, completed=done)

        def say(*texts: str | None) -> None:
            for text in filter(None, texts):
                console.print(f"{label:<12} {text}", markup=False, soft_wrap=True)

        def advance(so_far: SoFar = nothing_yet) -> None:
            bar.advance(task)
            with one_by_one:
                pace.advance()
                say(pace.announcement(), pace.line() if lines else None)
            tell(label, pace.done, total, so_far)

        def heard(share: float, parts: str) -> None:
            with one_by_one:
                pace.part(share, parts)
                say(pace.announcement())

        with telling(Parts(heard)):
            yield advance


@contextmanager
def download_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """The same for a download; yields the function that is told the bytes so far and in all."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _attempt(function: Callable[[Item], Result], whose: Callable[[Item], str], item: Item) -> Outcome[Result]:
    """As `attempt`; what ends the run all the same has a note `whose` item it was."""
    with doing(f"patient {whose(item)}"):
        return attempt(function, item)


# Starting worker processes takes as long as some hundred patients; those of a cluster are there. Never threads: ITK's first read is not
# safe in them.
PATIENTS_WORTH_PROCESSES = 100


def over_patients(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    whose: Callable[[Item], str],
    label: str,
    n_jobs: int,
    effort: Effort = NOTHING_TO_SAY,
) -> list[Outcome[Result]]:
    """`function` of every item, in order; whatever fails with one patient is an outcome with a reason, as `attempt` says.

    So is the end of a worker process by the operating system. What stops the run has a note `whose` item it was. Where all of `items`
    fail and no check knows why, it is for the stage to ask whether they were everybody (`require_one`).
    """
    worth = len(items) >= PATIENTS_WORTH_PROCESSES or elsewhere(n_jobs) is not None
    workers = n_jobs if worth else 1
    outcomes: list[Outcome[Result]] = []
    with progress_bar(label, len(items), effort=effort) as advance:
        for outcome in in_processes(partial(_attempt, function, whose), items, workers, lost=_lost):
            outcomes.append(outcome)
            advance()
    return outcomes


def _lost(_: object, how: str) -> Outcome[Any]:
    """For want of memory (SIGKILL), or by a crash in compiled code (SIGSEGV, SIGABRT)."""
    return Outcome(
        None,
        f"unexpected end: {how} each time it worked on this patient, the last time with nothing beside it; look at the patient's"
        " files (their size, whether another program opens them), or free memory",
        Unexpected(how, how, ""),
    )

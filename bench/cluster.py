"""What a parallel loop costs beside its work: threads, processes, and two workers of a Dask cluster on this machine.

    python bench/cluster.py [--pieces N] [--megabytes N] [--tiny]

`start`: from nothing to the first result. `a piece`: of a loop of pieces that do nothing. `shared`: until two pieces have seen an array
that all of them share.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from configured import configured
from timing import seconds

from radsurv.compute.parallel import in_processes, in_threads

WORKERS = 2
Loop = Callable[[Callable[[int], Any], range, int], Iterator[Any]]
WAYS: dict[str, tuple[Loop, str]] = {
    "threads": (in_threads, "local"),
    "processes": (in_processes, "local"),
    "Dask": (in_threads, "dask"),
}


@contextmanager
def workers(kind: str) -> Iterator[None]:
    with configured(f"compute={kind}", f"compute.n_jobs={WORKERS}").compute.workers([]):
        yield


def started(loop: Loop, kind: str) -> None:
    """One piece, workers and all."""
    with workers(kind):
        list(loop(abs, range(WORKERS), WORKERS))


def largest(shared: np.ndarray, _: int) -> float:
    return float(shared[-1])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pieces", type=int, default=1_000, help="of a loop")
    parser.add_argument("--megabytes", type=int, default=80, help="of the array: 200 features of 50,000 patients")
    parser.add_argument("--tiny", action="store_true", help="threads alone: shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    pieces, megabytes = (20, 1) if asked.tiny else (asked.pieces, asked.megabytes)
    shared = np.arange(megabytes * 125_000.0)
    print(f"{'':<10} {'start s':>8} {'a piece ms':>11} {f'{megabytes} MB shared s':>16}")
    for name, (loop, kind) in WAYS.items():
        if asked.tiny and name != "threads":
            continue
        start = seconds(partial(started, loop, kind))
        with workers(kind):
            list(loop(abs, range(WORKERS), WORKERS))
            piece = seconds(lambda loop=loop: list(loop(abs, range(pieces), WORKERS))) / pieces
            once = seconds(lambda loop=loop: list(loop(partial(largest, shared), range(WORKERS), WORKERS)))
        print(f"{name:<10} {start:8.2f} {1_000 * piece:11.2f} {once:16.2f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

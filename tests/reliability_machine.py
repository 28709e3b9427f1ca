"""Machines, terminals and people that are not as one expects: rows of docs/reliability.md."""

from __future__ import annotations

import errno
import io
import json
import locale
import os
import pwd
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from reliability import AT_ONCE, DISK, GOES_ON, MACHINE, MEMORY, NOTHING, SAME, SIGNALLED, TERMINAL, Made, World

from radsurv.stages import evaluate, run_lock
from radsurv.stages.run_folder import RunFolder

Make = Callable[[World], object]


def environment(**values: str | None) -> Make:
    """Variables set, or taken away."""

    def make(world: World) -> None:
        for name, value in values.items():
            if value is None:
                world.patch.delenv(name, raising=False)
            else:
                world.patch.setenv(name, value)
        world.patch.setattr(tempfile, "tempdir", None)

    return make


def nobody(world: World) -> None:
    def unknown(uid: int) -> Any:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    world.patch.delenv("HOME", raising=False)
    world.patch.setattr(pwd, "getpwuid", unknown)


def clock_goes_back(world: World) -> None:
    """An hour each time that somebody looks."""
    now, steps = time.time(), count()
    world.patch.setattr(time, "time", lambda: now - 3600 * next(steps))
    world.patch.setattr(time, "time_ns", lambda: int((now - 3600 * next(steps)) * 1e9))
    world.patch.setattr(time, "perf_counter", lambda: 1e6 - 3600 * next(steps))


def from_the_future(world: World) -> None:
    later = time.time() + 10 * 365 * 86_400
    for path in world.folder.rglob("*"):
        os.utime(path, (later, later))


def limited(kind: int, soft: Callable[[], int], during: Make = lambda world: None) -> Make:
    """A limit of the system, from the first stage that computes until the command ends."""

    def make(world: World) -> None:
        during(world)
        limits, work = resource.getrlimit(kind), evaluate.run

        def within(*arguments):
            resource.setrlimit(kind, (soft(), limits[1]))
            try:
                return work(*arguments)
            finally:
                resource.setrlimit(kind, limits)

        world.patch.setattr(evaluate, "run", within)

    return make


def address_space() -> int:
    """In use, and a hundred megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + 10**8


def large(world: World) -> None:
    world.patch.setattr(evaluate, "cross_validate", lambda *_, **__: np.ones(2**32))


def raised(error: BaseException) -> Make:
    def make(world: World) -> None:
        def fail(*_, **__):
            raise error

        world.patch.setattr(evaluate, "cross_validate", fail)

    return make


def sent(number: signal.Signals) -> Make:
    """To this process, from within stage evaluate."""

    def make(world: World) -> None:
        def wait(*_, **__):
            os.kill(os.getpid(), number)
            time.sleep(60)

        # As a shell may not have left it: what it starts in the background ignores Ctrl-C.
        before = signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        world.ending.callback(signal.signal, number, before)
        world.patch.setattr(evaluate, "cross_validate", wait)

    return make


def deleted_working_folder(world: World) -> None:
    gone = world.folder / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()


def back(world: World) -> None:
    os.chdir(world.folder)


def in_use(world: World) -> None:
    world.ending.enter_context(FileLock(world.out / ".radsurv-run.lock"))
    owner = {"pid": 4711, "host": "ward-7", "since": "2026-11-01 08:00:00 +0000"}
    (world.out / ".radsurv-run").write_text(json.dumps(owner))
    world.patch.setattr(run_lock, "PATIENCE_S", 0.0)


def left_by_the_dead(world: World) -> None:
    """As kill -9 leaves them: who it was, the file of the lock, and half a run."""
    program = (
        "import os, sys; from pathlib import Path; from filelock import FileLock\n"
        "FileLock(sys.argv[1] + '/.radsurv-run.lock').acquire(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(world.out)], check=False)
    assert killed.returncode == -9
    (world.out / ".radsurv-run").write_text('{"pid": 4711, "host": "ward-7", "since": "2026-11-01 08:00:00 +0000"}')
    (world.out / ".unfinished").mkdir()
    (world.out / ".unfinished/cohort.parquet").write_bytes(b"half")


def output(open_it: Callable[[], int]) -> Make:
    def make(world: World) -> None:
        stream = os.fdopen(open_it(), "w")
        world.patch.setattr(sys, "stdout", stream)
        world.ending.callback(closed, stream)

    return make


def closed(stream: io.TextIOWrapper) -> None:
    with suppress(OSError):  # what could not be written still cannot
        stream.close()


def pipe_without_reader() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def no_output(world: World) -> None:
    """As Python finds it where it begins with ``>&-``."""
    world.patch.setattr(sys, "stdout", None)


def typewriter(world: World) -> None:
    """Which shall print what it cannot."""
    world.out.rename(world.folder / "Köln→")
    world.out.symlink_to("Köln→")
    world.patch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    world.patch.setattr(RunFolder, "__init__", in_cologne(RunFolder.__init__))


def in_cologne(init: Callable[..., None]) -> Callable[..., None]:
    return lambda self, home, *rest, **options: init(self, "Köln→" if str(home) == "out" else home, *rest, **options)


def elsewhere(world: World) -> None:
    """In a locale without other letters than ours, on another planet."""
    before = locale.setlocale(locale.LC_ALL)
    world.ending.callback(locale.setlocale, locale.LC_ALL, before)
    locale.setlocale(locale.LC_ALL, "C")
    world.ending.callback(time.tzset)
    world.ending.callback(world.patch.undo)
    world.patch.setenv("TZ", "Mars+12:34")
    time.tzset()


RUN_IS_WHOLE = "the run is whole"
FAULTS = [
    Made(
        kind=DISK, fault="no file may be larger than 1,000 bytes (`ulimit -f`)", status=1,
        said="out/.unfinished/predictions.parquet: File too large: raise the limit on the size of files (ulimit -f)",
        then=f"raise the limit; then {SAME}", make=limited(resource.RLIMIT_FSIZE, lambda: 1000),
    ),
    Made(
        kind=SIGNALLED, fault="SIGINT (Ctrl-C) in stage evaluate", status=130, make=sent(signal.SIGINT),
        said="radsurv: interrupted; what was computed per patient is cached, the same command goes on",
    ),
    Made(
        kind=SIGNALLED, fault="SIGTERM (`kill`, a scheduler) in stage evaluate", status=143, make=sent(signal.SIGTERM),
        said="radsurv: terminated; what was computed per patient is cached, the same command goes on",
    ),
    Made(
        kind=MEMORY, fault="32 GB are asked for under a limit of memory (`ulimit -v`)", status=70,
        said="stage evaluate: out of memory (MemoryError: Unable to allocate 32.0 GiB for an array",
        then=f"what the message says; then {SAME}",
        make=limited(resource.RLIMIT_AS, address_space, large),
    ),
    Made(
        kind=MEMORY, fault="a graphics card has no memory left", status=70, put_in=True,
        said="what helps: fewer workers (compute.n_jobs=1), a smaller backbone.batch_size or patch.size",
        make=raised(type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory")), then=f"what the message says; then {SAME}",
    ),
    Made(
        kind=MEMORY, fault="an error that nobody expected", status=70, put_in=True,
        said="this is a fault of RadSurv's: please report it with that file; the traceback is in out/crash.txt",
        make=raised(ZeroDivisionError("division by zero")),
    ),
    Made(
        kind=MEMORY, fault="the pipe to a worker process breaks", status=1, put_in=True, said="radsurv: error: Broken pipe",
        make=raised(BrokenPipeError(errno.EPIPE, "Broken pipe")),
    ),
    Made(
        kind=AT_ONCE, fault="another run is at work in the folder", status=1,
        said="run_dir=out is in use by another radsurv (process 4711 on ward-7, since 2026-11-01 08:00:00 +0000): wait for its end",
        make=in_use, then=f"once it has ended, {SAME}",
    ),
    Made(
        kind=AT_ONCE, fault="a process that was killed has left its lock, its name and half a run", status=0, then=GOES_ON,
        make=left_by_the_dead,
    ),
    Made(kind=MACHINE, fault="no program is found, `git` neither", status=0, then=GOES_ON, setting="report", make=environment(PATH="")),
    Made(kind=MACHINE, fault="no `HOME`, and a user whom the system does not know", status=0, then=GOES_ON, setting="report", make=nobody),
    Made(
        kind=MACHINE, fault="`HOME` is a folder that is not there", status=0, then=GOES_ON, setting="report",
        make=environment(HOME="/nowhere/at/all"),
    ),
    Made(
        kind=MACHINE, fault="`TMPDIR` is a folder that is not there", status=0, then=GOES_ON, setting="search",
        make=environment(TMPDIR="/nowhere/at/all"),
    ),
    Made(
        kind=MACHINE, fault="the locale `C`, and a time zone that is none", status=0, then=GOES_ON, make=elsewhere,
    ),
    Made(
        kind=MACHINE, fault="the clock goes back an hour each time that somebody looks", status=0, then=GOES_ON, put_in=True,
        setting="search", make=clock_goes_back,
    ),
    Made(
        kind=MACHINE, fault="all files are ten years younger than the clock says", status=0, then=GOES_ON, setting="search",
        make=from_the_future,
    ),
    Made(
        kind=MACHINE, fault="the working folder was deleted", status=1,
        said="radsurv: error: the working folder is not there any more: change to one that is (cd)", make=deleted_working_folder,
        mend=back, then=f"`cd` to one that is there; then {SAME}",
    ),
    Made(
        kind=TERMINAL, fault="nobody reads standard output any more (`radsurv run` into a pipe to `true`)", status=0, lost="its last line",
        then=GOES_ON, make=output(pipe_without_reader),
    ),
    Made(
        kind=TERMINAL, fault="standard output is a file on a full disk (`> /dev/full`)", status=1, keeps=False,
        said="standard output: No space left on device: make room on the disk", lost=f"{NOTHING}: {RUN_IS_WHOLE}",
        make=output(lambda: os.open("/dev/full", os.O_WRONLY)),
    ),
    Made(kind=TERMINAL, fault="standard output is closed", status=0, then=GOES_ON, make=no_output),
    Made(kind=TERMINAL, fault="a terminal that knows ASCII only, and a run folder `Köln→`", status=0, then=GOES_ON, make=typewriter),
]  # fmt: skip

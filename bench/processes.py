"""What a program costs, as a process of its own: memory, processor time, and time that passes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KIB = 1024
# Largest memory of the process, in kB, and of the largest of those that it waited for; processor time of all. VmHWM, since the
# kernel counts to ru_maxrss of a process what the one held that started it: for workers it is an upper limit.
USED = """
import pathlib, re, resource
own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
largest = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]
print("used", largest, workers.ru_maxrss, sum(used.ru_utime + used.ru_stime for used in (own, workers)))
"""
RADSURV = """
import sys
from radsurv.cli import main
status = main(sys.argv[1:])
if status:
    raise SystemExit(status)
"""


@dataclass(frozen=True)
class Used:
    """Largest memory of the process and of one of its workers, MB; processor time of all and time that passed, in seconds."""

    parent_mb: float
    worker_mb: float
    processor: float
    wall: float


def used_by(program: str, arguments: Sequence[str], folder: Path, **environment: str) -> Used:
    """What a Python program used, as a process of its own in a folder; `environment` is added to that of this process.

    Raises
    ------
    SystemExit
        With what it said, where it fails.
    """
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program + USED, *arguments], cwd=folder, env=os.environ | environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    wall = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    largest, of_workers, processor = map(float, done.stdout.splitlines()[-1].split()[1:])
    return Used(largest / KIB, of_workers / KIB, processor, wall)

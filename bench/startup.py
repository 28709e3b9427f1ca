"""How long a command takes before it begins: processor time of whole processes, against Python alone and against `import torch`.

    python bench/startup.py [--repeats N] [--src DIR] [--tiny]

Every command is a process of its own in an empty folder, and the processor time of the process counts, user and system: what
one waits for on an idle machine, and what a neighbour's load distorts least. Commands take turns; the median of the turns
counts. A first turn, which writes bytecode, does not. `--src` takes another checkout's `src`, to compare two of them.

A stage is asked for what no earlier stage has written: it imports what it needs at once, and refuses.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from radsurv.catalogue.stages import STAGE_NAMES

RADSURV = "from radsurv.__main__ import enter; raise SystemExit(enter())"
PASS, TORCH = "python -c pass", "import torch"
YARDSTICKS = {PASS: ["pass"], TORCH: ["import torch"]}
COMMANDS = {
    "radsurv --help": ["--help"],
    "radsurv run --cfg job": ["run", "--cfg", "job"],
    "radsurv run modell=cox": ["run", "modell=cox"],
    "radsurv run cohort.table=missing.csv": ["run", "cohort.table=missing.csv"],
    "… seed=1 model.alpha=0.2 reduction.cindex=0.6": [
        *("run", "cohort.table=missing.csv", "seed=1", "model.alpha=0.2", "reduction.cindex=0.6"),
    ],
    "radsurv run validation.model=missing.json": ["run", "validation=external", "validation.model=missing.json"],
    "radsurv stage compose": ["stage", "compose"],
    **{f"radsurv stage {name}": ["stage", name] for name in STAGE_NAMES},
}
TINY = ("radsurv --help", "radsurv run modell=cox")


def processor_seconds(arguments: Sequence[str], folder: Path, src: Path | None) -> float:
    """Of one process from its start to its end, with the processes that it waited for."""
    path = {} if src is None else {"PYTHONPATH": str(src.absolute())}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", *arguments], cwd=folder, env=os.environ | path, capture_output=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def medians(
    programs: Mapping[str, Sequence[str]], repeats: int, src: Path | None = None, *, idle_turns: int = 1
) -> dict[str, float]:
    """Median processor time of each program, in seconds; they take turns, after some that do not count."""
    found: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(idle_turns + repeats):
            for name, arguments in programs.items():
                seconds = processor_seconds(arguments, Path(folder), src)
                if turn >= idle_turns:
                    found[name].append(seconds)
    return {name: statistics.median(times) for name, times in found.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="turns that count")
    parser.add_argument("--src", type=Path, help="the `src` of another checkout, in place of the installed one")
    parser.add_argument(
        "--tiny", action="store_true", help="two commands, once: shows whether it runs, and nothing else"
    )
    asked = parser.parse_args(arguments)
    commands = {name: COMMANDS[name] for name in TINY} if asked.tiny else COMMANDS
    programs = {**YARDSTICKS, **{name: [RADSURV, *given] for name, given in commands.items()}}
    repeats, idle_turns = (1, 0) if asked.tiny else (asked.repeats, 1)
    found = medians(programs, repeats, asked.src, idle_turns=idle_turns)
    print(f"{'processor time':<48} {'s':>6} {'/ pass':>7} {'/ torch':>8}")
    for name, seconds in found.items():
        print(f"{name:<48} {seconds:6.2f} {seconds / found[PASS]:7.1f} {seconds / found[TORCH]:8.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Faults of machines, disks and people: one row each of docs/reliability.md, and a world in which they are made.

A row stands beside the test that makes its fault: a `Fault` in the list ``FAULTS`` of a test module, whose tests hold status and words
against the program; or a `Made`, with the function that makes it, in a module ``reliability_<topic>.py``: ``test_reliability.py`` does
the rest.
"""

from __future__ import annotations

import contextlib
import functools
import io
import shutil
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from doc_pages import page, rows_named
from omegaconf import DictConfig

from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.cli import main
from radsurv.stages import compose, hydra_run

PAGE = "reliability.md"
COLUMNS = ("fault", "what happened", "data lost", "how it goes on")
PREAMBLE = """\
# What can happen to a run

Each row is a test: the fault is made, and what is said (on the terminal, in `qc.csv` or in the run's notes) is held against the
program; words in “quotes” are its own. Rows with an exit status are tests of a whole run or command, and of its files: where nothing is
lost, an earlier finished run in the folder is, byte for byte, what it was; “the same bytes” are those of a run that nothing disturbed, but
for the files that tell when and where it was. Rows without one are tests of the part of the program that meets the fault. Where a fault
has a *, the answer of the operating system, or of a library, is put in by the test; all others are real: processes are killed, files are
cut, links, limits and servers are made.
The tests write this page (CONTRIBUTING.md, "a row of docs/reliability.md").
"""

KILLED, SIGNALLED, DISK, MEMORY, AT_ONCE, PLACE, EARLIER, INPUTS, CACHE, MACHINE, TERMINAL, TRACKER, WEIGHTS = KINDS = (
    "kill -9", "signals", "disks", "memory and workers", "two at once", "something else where a run is to be", "a damaged run",
    "what a run reads", "the cache", "the machine", "the terminal", "Weights & Biases", "weights of networks",
)  # fmt: skip

NOTHING = "nothing"
SAME = "the same command gives the same bytes"
GOES_ON = "it has gone on: the bytes are those of a run without the fault"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault; all texts are Markdown without bars and line breaks.

    Attributes
    ----------
    kind
        One of `KINDS`.
    fault
        What is done.
    status
        With which the command ends; negative for a signal, as `subprocess` has it. None where no command is at work.
    said
        A part of what is said of it.
    lost, then
        What is lost, and how one goes on.
    put_in
        Whether the test puts in the answer of the system.
    case
        By which its test knows it.
    """

    kind: str
    fault: str
    status: int | None
    said: str = ""
    lost: str = NOTHING
    then: str = SAME
    put_in: bool = False
    case: str = ""

    def cells(self) -> tuple[str, ...]:
        """Of the table."""
        return self.fault + (" *" if self.put_in else ""), self._happened(), self.lost, self.then

    def _happened(self) -> str:
        said = f"“{self.said}”" if self.said else ""
        if self.status is None:
            return said or "it goes on"
        if self.status < 0:
            ended = f"the process is gone ({signal.Signals(-self.status).name})"
        else:
            ended = "the run ends well" if self.status == 0 else f"exit status {self.status}"
        return ": ".join(filter(None, (ended, said)))


def by_case(faults: Iterable[Fault]) -> dict[str, Fault]:
    """The rows of a module, for its tests."""
    return {row.case: row for row in faults}


@functools.cache
def all_faults() -> tuple[Fault, ...]:
    """Of all modules, kind by kind."""
    return tuple(sorted(rows_named("FAULTS", "*.py"), key=lambda row: KINDS.index(row.kind)))


def written(rows: Iterable[Fault]) -> str:
    """The page."""
    return page(PREAMBLE, COLUMNS, [(row.kind, row.cells()) for row in rows])


# A world to spoil

OPTIONS = (
    "cohort.table=cohort/clinical.csv", "cohort.features=cohort/features.csv", "run_dir=out", "compute.cache_dir=cache", "compute.n_jobs=1",
    "tracking=none", "significance=naive", "comparison=none", "attribution=none", "reduction=none", "model.n_lambda=5",
    "validation=repeated_kfold", "validation.repeats=1", "validation.n_splits=3", "validation.inner_splits=3",
)  # fmt: skip
SETTINGS = {
    "earlier": ("seed=0", "until=evaluate"),
    "plain": ("seed=1", "until=evaluate"),
    "search": (
        "seed=1",
        "until=evaluate",
        "reduction=paper",
        "reduction.cindex=0.5",
        "search=optuna",
        "search.trials=2",
    ),
    "report": ("seed=1",),
}
# Where and when they were made, and how long it took.
OWN = {"execution.json", "crash.txt", "excluded.csv", *(f"execution/{stage}.json" for stage in STAGE_NAMES)}


@functools.cache
def composed(setting: str) -> DictConfig:
    """The options of a command, which take longer to compose than these runs take."""
    return compose._compose([*OPTIONS, *SETTINGS[setting]])


@dataclass
class World:
    """A working folder with a cohort, a finished run in ``out``, and the cache of a search.

    Attributes
    ----------
    folder
        The working folder.
    patch
        Undone before the command is given again.
    setting
        Of the command: one of `SETTINGS`.
    kept
        What `make` leaves for `mend`.
    ending
        Closed when the command has ended.
    """

    folder: Path
    patch: pytest.MonkeyPatch
    setting: str = "plain"
    kept: dict[str, Any] = field(default_factory=dict)
    ending: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def entries(self) -> list[Path]:
        """The files of the cache."""
        return sorted((self.folder / "cache").rglob("*.entry"))

    def visible(self) -> dict[str, bytes]:
        """Content of all files of the run folder, but for hidden ones and what tells of a failure."""
        paths = {path.relative_to(self.out).as_posix(): path for path in self.out.rglob("*") if path.is_file()}
        failed = ("crash.txt", "excluded.csv")
        return {name: path.read_bytes() for name, path in paths.items() if name[0] != "." and name not in failed}

    def results(self) -> dict[str, bytes]:
        """Those that do not tell where and when they were made."""
        return {name: content for name, content in self.visible().items() if name not in OWN}

    def command(self, *command: str) -> tuple[int, str]:
        """Exit status and standard error of ``radsurv`` with these words, whose options are those of the setting."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as quick, contextlib.redirect_stderr(said):
            quick.setattr(sys, "argv", ["radsurv"])
            quick.setattr(hydra_run, "_start", lambda job: job(composed(self.setting)))
            quick.setattr(
                "radsurv.report.html.render", lambda experiment: "page"
            )  # its figures take longer than all else
            try:
                status = main(command)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
        return status, said.getvalue()


def make_world(folder: Path) -> dict[str, dict[str, bytes]]:
    """Fill the working folder of a world; returns the results of undisturbed runs by setting."""
    generator = np.random.default_rng(3)
    values, ids = generator.normal(size=(24, 3)), [f"P{number:02d}" for number in range(24)]
    time = np.ceil(400 * np.exp(generator.normal(size=24) - values[:, 0]) + generator.exponential(100, 24))
    (folder / "cohort").mkdir()
    clinical = pd.DataFrame({"patient_id": ids, "time": time, "event": [1, 1, 0] * 8})
    clinical.to_csv(folder / "cohort/clinical.csv", index=False)
    features = pd.DataFrame(values, columns=["f0", "f1", "f2"], index=pd.Index(ids, name="patient_id"))
    features.to_csv(folder / "cohort/features.csv")
    params = compose.plain(composed("plain"))
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    undisturbed = {}
    for setting in ("search", "report", "plain", "earlier"):
        shutil.rmtree(folder / "out", ignore_errors=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            world = World(folder, patch, setting)
            status, said = world.command("run")
        assert status == 0, said
        undisturbed[setting] = world.results()
    return undisturbed


@dataclass(frozen=True, kw_only=True)
class Made(Fault):
    """A fault that is made in a `World`.

    Attributes
    ----------
    make
        Makes it, in the working folder.
    mend
        What the user does before the same command, beside what `World.patch` undoes.
    command, setting
        Which is given; its options.
    keeps
        Whether what is visible in the run folder is the same before and after a command that failed.
    """

    make: Callable[[World], object]
    mend: Callable[[World], object] = lambda world: None
    command: tuple[str, ...] = ("run",)
    setting: str = "plain"
    keeps: bool = True

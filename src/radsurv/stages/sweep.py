"""The runs of a multirun: their folders, those that failed, and all of them side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.csv_files import write_csv
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.stages.compose import combinations, compose
from radsurv.stages.run_folder import RunFolder

# What an ablation is read by. metrics.json of each run has the rest.
SHOWN = (
    *("n_patients", "n_events", "median_selected", "n_null_folds"),
    *("harrell_c", "hazard_ratio", "log_rank_p", "permutation_p"),
)
SUMMARY = "summary.csv"  # in the folder of a sweep
UNSAFE = re.compile(r"[^\w.=,+-]+")
LONGEST_NAME = 150


class Sweep:
    """One multirun.

    Parameters
    ----------
    overrides : sequence of str
        As given on the command line. Those with several values name a run's folder, whatever their order.

    Raises
    ------
    ConfigError
        When ``run_dir`` is one of them.
    """

    def __init__(self, overrides: Sequence[str]) -> None:
        jobs, fixed = combinations(overrides)
        if any(pair.startswith("run_dir=") for job in jobs for pair in job):
            raise ConfigError("run_dir has several values: give it one, the folder that is to hold all runs of -m")
        self.root = Path(compose(fixed)["run_dir"])
        self._names: dict[frozenset[str], str] = {}
        for job in jobs:
            name = UNSAFE.sub("_", ",".join(sorted(job)))[:LONGEST_NAME] or "run"
            count = sum(re.fullmatch(rf"{re.escape(name)}(~\d+)?", other) is not None for other in self._names.values())
            self._names[frozenset(job)] = f"{name}~{count + 1}" if count else name

    def folder(self, overrides: Iterable[str]) -> Path:
        """The run folder of the job with these overrides, fixed ones among them."""
        given = set(overrides)
        return self.root / next(name for job, name in self._names.items() if job <= given)

    def begin(self) -> None:
        """Take every run as failed until it is done: what an earlier sweep left in its folder is not its result."""
        for name in self._names.values():
            self.fail(self.root / name, "did not finish")

    def fail(self, folder: Path, reason: str, details: str = "") -> None:
        """Keep the reason, one line, in a file beside the folder, which may hold an earlier run; under it, details of a crash."""
        with atomic(_failure(folder)) as temporary:
            temporary.write_text("\n\n".join(filter(None, (reason, details))) + "\n", encoding="utf-8")

    def crashed(self) -> bool:
        """Whether a run has failed for a reason that nobody expected."""
        failures = [_failure(self.root / name) for name in self._names.values()]
        return any(len(path.read_text("utf-8").splitlines()) > 1 for path in failures if path.is_file())

    def ended(self) -> tuple[dict[str, Path], dict[str, str]]:
        """Folders of the runs that ended well, and why others did not, by name in the order of the command line."""
        folders = {name: self.root / name for name in self._names.values()}
        failed = {
            name: _failure(folder).read_text("utf-8").partition("\n")[0]
            for name, folder in folders.items()
            if _failure(folder).is_file()
        }
        return {name: folder for name, folder in folders.items() if name not in failed}, failed

    def done(self, folder: Path) -> None:
        """The run has ended well."""
        _failure(folder).unlink(missing_ok=True)

    def summarise(self) -> pd.DataFrame:
        """Write ``summary.csv``: one row per run, in the order of the command line.

        Returns
        -------
        DataFrame
            ``run``, ``error`` (why it failed, or empty), then the metrics of those that did not.
        """
        table = pd.DataFrame([_row(self.root / name) for name in self._names.values()])
        write_csv(table, self.root / SUMMARY)
        return table


def commonly_compared(summary: pd.DataFrame) -> pd.DataFrame:
    """The columns that a sweep is read by. The naive P never stands alone: what was not permuted shows as missing."""
    shown = [name for name in SHOWN if name in summary or (name == "permutation_p" and "log_rank_p" in summary)]
    return summary.reindex(columns=["run", *shown]).rename(columns={"log_rank_p": "naive_p"})


def _failure(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.error.txt")


def _row(folder: Path) -> dict[str, Any]:
    failure, metrics = _failure(folder), RunFolder(folder).metrics
    if failure.is_file():
        return {"run": folder.name, "error": failure.read_text("utf-8").partition("\n")[0]}
    return {"run": folder.name, "error": ""} | (json.loads(metrics.read_text("utf-8")) if metrics.is_file() else {})

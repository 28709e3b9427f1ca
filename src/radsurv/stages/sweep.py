"""The runs of a multirun: their folders, those that failed, and all of them side by side."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.config import Config, validate
from radsurv.csv_files import read_csv, write_csv
from radsurv.errors import ConfigError, RadsurvError
from radsurv.files import atomic, readable
from radsurv.options.run import Tracking
from radsurv.stages import finished_runs, sweep_names
from radsurv.stages.compose import combinations, compose, varies
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
    again : bool
        Whether runs that an earlier sweep has finished are run again.

    Raises
    ------
    ConfigError
        When ``run_dir`` is one of them.
    """

    def __init__(self, overrides: Sequence[str], *, again: bool = False) -> None:
        jobs, self._fixed = combinations(overrides)
        self.again = again
        if varies(jobs, "run_dir"):
            raise ConfigError("run_dir has several values: give it one, the folder that is to hold all runs of -m")
        self.root = Path(compose(self._fixed)["run_dir"])
        self._names: dict[tuple[str, ...], str] = {}
        for job in jobs:
            name = UNSAFE.sub("_", ",".join(sorted(job)))[:LONGEST_NAME] or "run"
            count = sum(re.fullmatch(rf"{re.escape(name)}(~\d+)?", other) is not None for other in self._names.values())
            self._names[job] = f"{name}~{count + 1}" if count else name
        self._labels = sweep_names.labels(jobs)

    @property
    def jobs(self) -> tuple[tuple[str, ...], ...]:
        """Of each run, the overrides in which it differs from others."""
        return tuple(self._names)

    def folder(self, overrides: Iterable[str]) -> Path:
        """The run folder of the job with these overrides, fixed ones among them."""
        return self.root / self._names[self._job(overrides)]

    def options(self, composed: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
        """Those of the job with these overrides, as it is run: in its folder, and called by what varies on a dashboard."""
        return self._placed(composed, self._job(overrides))

    @property
    def labels(self) -> dict[str, str]:
        """How each run is called on a dashboard, by the name of its folder."""
        return {name: self._labels[job] for job, name in self._names.items()}

    def tracking(self) -> Tracking:
        """Where runs are logged, for what all of them say together: in their group, and called by the options that vary."""
        composed = compose([*self._fixed, *self.jobs[0]])
        return validate(sweep_names.named(composed, sweep_names.label_of_all(self.jobs), self.root)).tracking

    def _job(self, overrides: Iterable[str]) -> tuple[str, ...]:
        given = set(overrides)
        return next(job for job in self._names if set(job) <= given)

    def _placed(self, composed: Mapping[str, Any], job: tuple[str, ...]) -> dict[str, Any]:
        placed = {**composed, "run_dir": str(self.root / self._names[job])}
        return sweep_names.named(placed, self._labels[job], self.root)

    def begin(self) -> None:
        """Take every run as failed until it is done, but for those that are finished: what else an earlier sweep left in its folder is
        not its result.
        """
        for job, name in self._names.items():
            folder = self.root / name
            if finished_runs.is_marked(folder) and self.is_finished(folder, self._composed(job)):
                self._settled(folder)
            else:
                self.fail(folder, "did not finish")

    def is_finished(self, folder: Path, config: Config) -> bool:
        """Whether the run of a folder is there already, and nobody wants it again."""
        inputs = None if self.again else self.inputs(config)
        return inputs is not None and finished_runs.is_finished(folder, inputs)

    @staticmethod
    def inputs(config: Config) -> str | None:
        """Hash of what a run depends on; None where its data cannot be read, which the run will say."""
        try:
            return finished_runs.inputs_hash(config)
        except (RadsurvError, OSError):
            return None

    def fail(self, folder: Path, reason: str, details: str = "") -> None:
        """Keep the reason, one line, in a file beside the folder, which may hold an earlier run; under it, details of a crash."""
        with atomic(_failure(folder)) as temporary:
            temporary.write_text("\n\n".join(filter(None, (reason, details))) + "\n", encoding="utf-8")

    def _composed(self, job: tuple[str, ...]) -> Config:
        return validate(self._placed(compose([*self._fixed, *job]), job))

    def _settled(self, folder: Path) -> None:
        _failure(folder).unlink(missing_ok=True)

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

    def done(self, folder: Path, inputs: str | None) -> None:
        """The run has ended well.

        Parameters
        ----------
        inputs
            As they were when it began.
        """
        if inputs is not None:
            finished_runs.mark(folder, inputs)
        self._settled(folder)

    def summarise(self) -> pd.DataFrame:
        """Write ``summary.csv``: one row per run, in the order of the command line.

        Returns
        -------
        DataFrame
            ``run``, ``error`` (why it failed, or empty), the options that vary, a column for each, then the metrics of those that
            did not fail.
        """
        table = pd.DataFrame([_row(self.root / name, _varied(job)) for job, name in self._names.items()])
        write_csv(table, self.root / SUMMARY)
        return table


def read_summary(root: Path) -> pd.DataFrame:
    """``summary.csv`` of a sweep's folder, every cell a text.

    Returns
    -------
    DataFrame
        ``run``, the name of a folder within `root`; ``error``, empty where it did not fail; further columns.

    Raises
    ------
    RadsurvError
        When the file is somebody else's, damaged, or names folders elsewhere.
    """
    path = root / SUMMARY
    with readable(path, "run the sweep again, or move the file away if it is no sweep's"):
        table = read_csv(path)
    lacking = [name for name in ("run", "error") if name not in table]
    if lacking:
        raise RadsurvError(
            f"{path} is no summary of a sweep, it has no column {lacking[0]!r}: move it away, or give other folders"
        )
    for name in table["run"]:
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise RadsurvError(
                f"{path} names a run {name!r}, expected the name of a folder beside it: run the sweep again"
            )
    return table


def commonly_compared(summary: pd.DataFrame) -> pd.DataFrame:
    """The columns that a sweep is read by. The naive P never stands alone: what was not permuted shows as missing."""
    shown = [name for name in SHOWN if name in summary or (name == "permutation_p" and "log_rank_p" in summary)]
    return summary.reindex(columns=["run", *shown]).rename(columns={"log_rank_p": "naive_p"})


def _failure(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.error.txt")


def _row(folder: Path, varied: Mapping[str, str | float]) -> dict[str, Any]:
    failure, metrics = _failure(folder), RunFolder(folder).metrics
    if failure.is_file():
        return {"run": folder.name, "error": failure.read_text("utf-8").partition("\n")[0], **varied}
    found = json.loads(metrics.read_text("utf-8")) if metrics.is_file() else {}
    return {"run": folder.name, "error": "", **varied} | found


def _varied(job: Iterable[str]) -> dict[str, str | float]:
    """The options of a job that others have otherwise, by name; numbers as numbers, so that a spreadsheet sorts them."""
    pairs = (pair.partition("=") for pair in job)
    return {name.lstrip("+"): _number(value) for name, _, value in pairs}


def _number(value: str) -> str | float:
    for kind in (int, float):
        with suppress(ValueError):
            number = kind(value)
            return number if math.isfinite(number) else value
    return value

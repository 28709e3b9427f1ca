"""Runs on a dashboard, for tests: options of trackers, a run that is logged, and one that is read back from W&B's own file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.options.run import Logged, MlflowTracking, WandbTracking
from radsurv.report import write
from radsurv.report.experiment import Experiment
from radsurv.report.tracker import LoggedRun
from radsurv.report.tracking import Tracked, logged_run

NAMED: dict[str, Any] = {
    "mode": "offline",
    "patients": "ids",
    "run_name": None,
    "group": None,
    "tags": None,
    "features": False,
}
WANDB = WandbTracking(name="wandb", project="radsurv", entity=None, report=False, init_timeout_s=600, **NAMED)
MLFLOW = MlflowTracking(name="mlflow", experiment="radsurv", store="mlflow", timeout_s=20, **NAMED)


def tracked(run_dir: Path, tracking: Logged, say: Callable[[str], None]) -> Tracked:
    """A run that stands in its folder, to be logged as some options have it."""
    return Tracked.of(Experiment.load(run_dir).config, tracking, run_dir, say)


def write_logged(run_dir: Path, tracking: Logged, say: Callable[[str], None]) -> list[str]:
    """What stage ``report`` does with a run that was not followed."""
    return write(run_dir, tracked(run_dir, tracking, say))


def with_patients(experiment: Experiment, patients: Any, tracking: Logged = WANDB) -> LoggedRun:
    """What trackers get of an experiment whose files are nowhere."""
    return logged_run(experiment, tracking.model_copy(update={"patients": patients}), Path("nowhere"))


def inspect(run_dir: Path, *options: str) -> str:
    """What W&B's own reader finds in the one offline run of a folder."""
    (file,) = run_dir.glob("wandb/offline-run-*/run-*.wandb")
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", *options, str(file)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def records(run_dir: Path, kind: str) -> list[dict[str, Any]]:
    """Everything of one kind that stands in that run, in order."""
    found = (json.loads(line) for line in inspect(run_dir).splitlines())
    return [one[kind] for one in found if one["type"] == kind]


def read_back(run_dir: Path) -> dict[str, Any]:
    """State, configuration and summary of that run."""
    return json.loads(inspect(run_dir, "--summary"))


def history_of(run_dir: Path, axis: str) -> pd.DataFrame:
    """What was logged along an axis, one row per step."""
    rows = [one["item"] for one in records(run_dir, "history") if f"{axis}/step" in one["item"]]
    return pd.DataFrame(
        [{name.removeprefix(f"{axis}/"): value for name, value in row.items() if name.startswith(axis)} for row in rows]
    )


def logged_table(run_dir: Path, summary: dict[str, Any], name: str) -> pd.DataFrame:
    """One of its tables."""
    (file,) = run_dir.glob(f"wandb/offline-run-*/files/{summary[f'tables/{name}']['path']}")
    content = json.loads(file.read_text())
    return pd.DataFrame(content["data"], columns=content["columns"])

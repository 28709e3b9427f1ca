"""The report of a run: figures, tables, one HTML page, one W&B run."""

from __future__ import annotations

import os
from pathlib import Path

from radsurv.config import TrackingConfig
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.tracking import track

__all__ = ["write"]


def write(run_dir: Path, tracking: TrackingConfig) -> list[str]:
    """Write ``report.html`` into a run folder and log the run.

    Parameters
    ----------
    run_dir
        A folder that the earlier stages wrote.
    tracking
        Where to log; W&B keeps its files in ``run_dir/wandb``.

    Returns
    -------
    list of str
        What the user should know about the logging, such as a fallback to offline.

    Raises
    ------
    RadsurvError
        If ``run_dir`` is not a run folder.
    """
    experiment = Experiment.load(run_dir)
    page = render(experiment)
    unfinished = run_dir / f".report.{os.getpid()}.html"
    unfinished.write_text(page, encoding="utf-8")
    unfinished.replace(run_dir / "report.html")
    return track(experiment, page, run_dir, tracking)

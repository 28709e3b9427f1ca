"""The same results on a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.catalogue.tables import TABLES
from radsurv.options.base import Alternative, members
from radsurv.options.run import NoTracking, Tracking
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.style import to_png
from radsurv.report.tracker import LoggedRun, Tracker

TRACKERS: Mapping[type[Alternative], type[Tracker[Any]]] = {
    tracker.options_type: tracker for tracker in members("radsurv.report.trackers", Tracker)
}


def track(experiment: Experiment, page: str, run_dir: Path, tracking: Tracking) -> list[str]:
    """Log configuration, metrics, Kaplan-Meier figure, tables and page with the chosen tracker.

    Parameters
    ----------
    page
        The HTML report.
    run_dir
        Trackers keep their files here.

    Returns
    -------
    list of str
        Where the run is, and what went wrong.
    """
    if isinstance(tracking, NoTracking):
        return []
    return TRACKERS[type(tracking)](tracking).log(logged_run(experiment, page), run_dir)


def logged_run(experiment: Experiment, page: str) -> LoggedRun:
    """What a tracker gets of an experiment."""
    config = experiment.config
    parts = [config.cohort.name, *([config.backbone.name] if config.computes_deep else [])]
    return LoggedRun(
        name="-".join(parts),
        tags=("SIMULATED",) if experiment.simulated else (),
        config=config,
        provenance=experiment.provenance,
        metrics=experiment.metrics,
        figures=_figures(experiment),
        tables=_tables(experiment),
        page=page,
    )


def _figures(experiment: Experiment) -> dict[str, bytes]:
    if not experiment.n_repeats:
        return {}
    figure = kaplan_meier_figure(
        experiment.first_repeat(), experiment.metrics, experiment.time_unit, experiment.simulated
    )
    return {"kaplan_meier": to_png(figure)}


def _tables(experiment: Experiment) -> dict[str, pd.DataFrame]:
    """Those that the catalogue marks, and who took part."""
    found = {entry.name: experiment.table(entry) for entry in TABLES if entry.logged} | {"qc": experiment.qc}
    return {name: table for name, table in found.items() if table is not None}

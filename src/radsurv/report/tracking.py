"""The same results on a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.catalogue.tables import TABLES
from radsurv.options.base import members
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.options.run import Logged, LoggedPatients, NoTracking, Tracking
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.style import to_png
from radsurv.report.html import render
from radsurv.report.pseudonyms import for_tracker
from radsurv.report.tracker import LoggedRun, Say, Tracker

TRACKERS: Mapping[type[Logged], type[Tracker[Any]]] = {
    tracker.options_type: tracker for tracker in members("radsurv.report.trackers", Tracker)
}


def track(experiment: Experiment, log_dir: Path, tracking: Tracking, say: Say) -> list[str]:
    """Log configuration, metrics, Kaplan-Meier figure, tables and page with the chosen tracker, patients as `tracking` has them.

    Parameters
    ----------
    log_dir
        Trackers keep their files here.
    say
        Is told what leaves before it does.

    Returns
    -------
    list of str
        Where the run is, and what went wrong.
    """
    if isinstance(tracking, NoTracking):
        return []
    return TRACKERS[type(tracking)](tracking).log(logged_run(experiment, tracking.patients), log_dir, say)


def logged_run(whole: Experiment, patients: LoggedPatients) -> LoggedRun:
    """What a tracker gets of an experiment."""
    experiment = for_tracker(whole, patients)
    config = experiment.config
    parts = [config.cohort.name, *([config.backbone.name] if config.computes_deep else [])]
    return LoggedRun(
        name="-".join(parts),
        tags=("SIMULATED",) if experiment.simulated else (),
        config=config,
        provenance=experiment.provenance,
        execution=experiment.execution,
        metrics=experiment.metrics,
        figures=_figures(experiment),
        tables=_tables(experiment),
        page=render(experiment),
        patients=patients,
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
    return {
        name: table
        for name, table in found.items()
        if table is not None and (experiment.lists_patients or PATIENT_ID not in table)
    }

"""The last stage of DVC: what git keeps of a run, so that a clone without data has its numbers."""

from __future__ import annotations

from pathlib import Path

import radsurv.catalogue.stages
from radsurv.config import Config
from radsurv.csv_files import write_csv
from radsurv.files import atomic
from radsurv.report.experiment import Experiment
from radsurv.report.plot_tables import plot_tables
from radsurv.stages.terminal import console

SUMMARY = Path("summary")


def run(config: Config) -> None:
    """Write the metrics, and what the main figures show, into a folder beside the run folder; no patient is in it.

    Raises
    ------
    RadsurvError
        When the run folder holds no finished run.
    """
    run_dir = Path(config.run_dir)
    for name, table in plot_tables(Experiment.load(run_dir)).items():
        write_csv(table, SUMMARY / f"{name}.csv")
    metrics = radsurv.catalogue.stages.METRICS
    with atomic(SUMMARY / metrics) as temporary:
        temporary.write_bytes((run_dir / metrics).read_bytes())
    console.print(f"{'summary':<12} {SUMMARY}", markup=False, soft_wrap=True)

"""The report of a run: figures, tables, one HTML page, one run on a dashboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from radsurv.catalogue.record import Execution
from radsurv.catalogue.stages import REPORT
from radsurv.files import atomic
from radsurv.report.experiment import Experiment

if TYPE_CHECKING:
    from radsurv.report.tracking import Tracked

__all__ = ["write"]


def write(run_dir: Path, tracked: Tracked | None, *, tells_of_run: bool = True) -> list[str]:
    """Write ``report.html`` into a run folder and log the run.

    Parameters
    ----------
    run_dir
        A folder that the earlier stages wrote.
    tracked
        The run on its dashboard, begun or not; None where there is none.
    tells_of_run
        Whether the page has what two runs of one experiment differ in: date, times, machine, code.

    Returns
    -------
    list of str
        What the user should know about the logging, such as a fallback to offline.

    Raises
    ------
    RadsurvError
        If ``run_dir`` is not a run folder, or one of another version.
    """
    # Imported here because it loads what draws figures, and who only reads a run, or logs it, does without.
    from radsurv.report.html import render

    experiment = Experiment.load(run_dir)
    page = render(experiment if tells_of_run else replace(experiment, execution=Execution()))
    with atomic(run_dir / REPORT) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return [] if tracked is None else tracked.finish(experiment, run_dir)

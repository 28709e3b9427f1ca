"""The commands that repeat this run, as far as it recorded them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection

# The cohort that comes with the repository, in its DVC remote.
DEMO = "data/demo/"


@dataclass(frozen=True, kw_only=True)
class RunAgain(PageSection):
    """Commit and command; whether the commit alone does not bring the run back, whether its cohort comes with the repository, and
    whether paths have to be filled in.

    Attributes
    ----------
    predictions_md5
        By which the commit is found, where no record says which it was.
    """

    order: ClassVar[int] = 170
    title: str = "Run it again"

    commit: str | None
    dirty: bool
    command: str | None
    predictions_md5: str | None
    demo: bool
    shortened: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        execution = experiment.execution
        return cls(
            commit=execution.git_commit,
            dirty=execution.git_dirty,
            command=execution.command,
            predictions_md5=None if execution.recorded else experiment.provenance.predictions_md5,
            demo=all(table.startswith(DEMO) for table in experiment.config.cohort.tables),
            shortened=experiment.shortened,
        )

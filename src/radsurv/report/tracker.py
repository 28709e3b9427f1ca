"""What a tracker is: it keeps a finished run where several can be compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import pandas as pd

from radsurv.catalogue.record import Execution, Provenance
from radsurv.config import Config
from radsurv.options.run import Logged, LoggedPatients


@dataclass(frozen=True)
class LoggedRun:
    """Everything of a run that a tracker gets.

    Attributes
    ----------
    name
        Cohort, and network where there is one.
    tags
        What must not be overlooked in a list of runs.
    config, provenance, execution
        How it was made; see `parameters`.
    metrics
        None where a metric has no value.
    figures
        PNG by name.
    tables
        By name.
    page
        The report as HTML.
    patients
        How patients are named in tables and page.
    """

    name: str
    tags: tuple[str, ...]
    config: Config
    provenance: Provenance
    execution: Execution
    metrics: Mapping[str, float | None]
    figures: Mapping[str, bytes]
    tables: Mapping[str, pd.DataFrame]
    page: str
    patients: LoggedPatients

    def contents(self) -> str:
        """What all of it is, for whoever has to know what leaves."""
        named = {
            "none": "no patient in them",
            "pseudonyms": "patients under pseudonyms",
            "ids": "PATIENTS UNDER THEIR IDS",
        }
        return (
            f"configuration, metrics, tables {', '.join(self.tables)} and the report with its figures ({named[self.patients]}),"
            f" under the name {self.name}"
        )

    def parameters(self) -> dict[str, object]:
        """The configuration as plain values, nested by option, and both records beside it, without what has no place in a list."""
        records = {"provenance": self.provenance, "execution": self.execution}
        return self.config.model_dump(mode="json") | {
            name: record.model_dump(mode="json", exclude={"packages", "stages"}, exclude_none=True)
            for name, record in records.items()
        }


Options = TypeVar("Options", bound=Logged)
Say = Callable[[str], None]


class Tracker(ABC, Generic[Options]):
    """One dashboard.

    Attributes
    ----------
    options_type
        The options that choose it, one of `radsurv.options.run.Tracking`.
    """

    options_type: ClassVar[type[Logged]]

    def __init__(self, options: Options) -> None:
        self.options = options

    @abstractmethod
    def log(self, run: LoggedRun, run_dir: Path, say: Say) -> list[str]:
        """Log a run; nothing that goes wrong with it ends the experiment.

        Parameters
        ----------
        run
        run_dir
            The run folder, where a tracker keeps files of its own.
        say
            Tells the user at once; to be told, before anything leaves this machine, what leaves and where it goes.

        Returns
        -------
        list of str
            Where the run is, and what went wrong.
        """

"""What a tracker is: it keeps runs where several can be compared."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

import pandas as pd

from radsurv.options.run import Logged, LoggedPatients
from radsurv.report.abstract import Abstract

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NO_FILE_NAME = re.compile(r"[^\w.-]+", re.ASCII)
LONGEST_FILE_NAME = 100


@dataclass(frozen=True)
class BegunRun:
    """What is known of a run before it has read anything.

    Attributes
    ----------
    name
        What varies in its sweep; else cohort, and network where there is one.
    group
        Runs that belong together: those of a sweep.
    kind
        The validation scheme; ``multiverse`` where the run is what many runs say together.
    tags
        By what it is found in a list of runs, and what must not be overlooked there.
    options
        The configuration as plain values, nested by option, so that dashboards can filter and group by them; without where files
        are, who ran it where, and patients.
    patients
        How patients will be named.
    """

    name: str
    group: str | None
    kind: str
    tags: tuple[str, ...]
    options: Mapping[str, object]
    patients: LoggedPatients


@dataclass(frozen=True)
class Point:
    """Values of one step along an axis, such as the third fold.

    Attributes
    ----------
    axis
        What the steps are: ``folds``, ``trials``, ``permutations``; or ``live/`` and a loop that is at work.
    step
        From 1 on, rising along each axis.
    values
        By name; finite.
    """

    axis: str
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Artifact:
    """Something that was read or made, under a name and with a hash: what it hangs on can be followed from run to run.

    Attributes
    ----------
    kind
        ``cohort``, ``features``, ``model``, ``report``.
    name
        Of this cohort's, the same in each run.
    used
        Whether it is what the run began with, and not what came out.
    facts
        Hashes, counts and names.
    files
        Contents by name.
    """

    kind: Literal["cohort", "features", "model", "report"]
    name: str
    used: bool
    facts: Mapping[str, object]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class LoggedRun:
    """Everything of a finished run that a tracker gets.

    Attributes
    ----------
    begun
        With the configuration as the finished run has it.
    parameters
        Its options, and how it was made, nested as they.
    metrics
        None where a metric has no value.
    history
        What the tables say step by step.
    charts
        Which a dashboard draws, by name.
    figures
        PNG by name.
    tables
        By name.
    page
        The report as HTML.
    abstract
        What the run shows, in sentences.
    artifacts
        Those that the run used come first.
    """

    begun: BegunRun
    parameters: Mapping[str, object]
    metrics: Mapping[str, float | None]
    history: Sequence[Point]
    charts: Mapping[str, go.Figure]
    figures: Mapping[str, bytes]
    tables: Mapping[str, pd.DataFrame]
    page: str
    abstract: Abstract
    artifacts: Sequence[Artifact]

    def contents(self) -> str:
        """What all of it is, for whoever has to know what leaves."""
        named = {
            "none": "no patient in them",
            "pseudonyms": "patients under pseudonyms",
            "ids": "PATIENTS UNDER THEIR IDS",
        }
        kinds = ", ".join(artifact.kind for artifact in self.artifacts)
        return (
            f"configuration, metrics, tables {', '.join(self.tables)} and the report with its figures ({named[self.begun.patients]}),"
            f" {kinds} as artifacts, under the name {self.begun.name}"
        )


Options = TypeVar("Options", bound=Logged)
Say = Callable[[str], None]


class Tracker(ABC, Generic[Options]):
    """One dashboard, and one run on it: `start`, any number of `progress`, `finish`.

    Nothing that goes wrong with a dashboard ends an experiment: where `start` failed, nothing else is tried, and `finish` says
    what went wrong. Before anything leaves this machine, `say` is told what leaves and where it goes.

    Attributes
    ----------
    options_type
        The options that choose it, one of `radsurv.options.run.Tracking`.

    Parameters
    ----------
    options
    folder
        The run folder, where a tracker may keep files of its own.
    say
        Tells the user at once.
    """

    options_type: ClassVar[type[Logged]]

    def __init__(self, options: Options, folder: Path, say: Say) -> None:
        self.options = options
        self.folder = folder
        self.say = say

    @abstractmethod
    def start(self, run: BegunRun) -> None:
        """Begin a run: from now on it is there, whatever becomes of it."""

    @abstractmethod
    def progress(self, point: Point) -> None:
        """Log values while the run goes."""

    @abstractmethod
    def finish(self, run: LoggedRun | None) -> list[str]:
        """Log what came out and end the run; as a failed one where it came to nothing.

        Returns
        -------
        list of str
            Where the run is, and what went wrong.
        """


@contextmanager
def environment(**defaults: str) -> Iterator[None]:
    """Environment variables for a while, except where the user has set them."""
    missing = {name: value for name, value in defaults.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


def file_name(*parts: str) -> str:
    """Words as one name that any dashboard takes for a file.

    >>> file_name("klinik süd/2", "model")
    'klinik_s_d_2-model'
    """
    return _NO_FILE_NAME.sub("_", "-".join(parts))[:LONGEST_FILE_NAME]

"""The same results on a dashboard."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import pandas as pd

from radsurv.catalogue.tables import TABLES
from radsurv.compute.progress import SoFar
from radsurv.config import Config
from radsurv.formats import one_line
from radsurv.options.base import members
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.options.run import Logged
from radsurv.report.abstract import Abstract
from radsurv.report.charts import charts_of
from radsurv.report.competing import Competing
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.style import to_png
from radsurv.report.history import history
from radsurv.report.html import render
from radsurv.report.lineage import artifacts_of
from radsurv.report.pseudonyms import for_tracker
from radsurv.report.tracker import BegunRun, LoggedRun, Point, Say, Tracker

TRACKERS: Mapping[type[Logged], type[Tracker[Any]]] = {
    tracker.options_type: tracker for tracker in members("radsurv.report.trackers", Tracker)
}
LIVE_POINTS = 20  # of a loop: one per 5 %
TOLD_NO_MORE = "the dashboard was not told how far the run is"
NOT_LOGGED = "the dashboard could not be begun, and nothing was logged"
PARTLY_LOGGED = "the dashboard was not told all of the run"


class Tracked:
    """A run that is being logged.

    Parameters
    ----------
    begun
    tracking
        Where.
    folder
        The run folder; trackers may keep their files there.
    say
        Is told what leaves before it does.
    """

    def __init__(self, begun: BegunRun, tracking: Logged, folder: Path, say: Say) -> None:
        self._run, self._tracking = begun, tracking
        self._tracker = TRACKERS[type(tracking)](tracking, folder, say)
        self._begun = self._ended = self._halted = self._lost = False
        self._notes: list[str] = []

    @classmethod
    def of(cls, config: Config, tracking: Logged, folder: Path, say: Say) -> Self:
        """An experiment of which nothing but the configuration is known."""
        # Who the patients are is not known yet, so nothing by which they were selected is told.
        cohort = config.cohort.model_copy(update={"select": {}, "values": {}, "missing": []})
        shown = Experiment(config=config.model_copy(update={"cohort": cohort})).for_others(folder)
        return cls(begun_run(shown, tracking), tracking, folder, say)

    def start(self) -> None:
        """Begin the run on the dashboard."""
        self._begun = True
        try:
            self._tracker.start(self._run)
        except Exception as error:
            # Whatever it is, as below: no dashboard is worth an experiment.
            self._lost = True
            self._notes.append(f"{NOT_LOGGED}: {_said(error)}")

    def advanced(self, loop: str, done: int, total: int, so_far: SoFar) -> None:
        """A piece of a loop is finished; of each loop, every twentieth is told, and what is known by then."""
        if self._halted or self._lost or LIVE_POINTS * done // total == LIVE_POINTS * (done - 1) // total:
            return
        try:
            known = {name: value for name, value in so_far().items() if math.isfinite(value)}
            self._tracker.progress(Point(f"live/{loop}", done, {"share": done / total, **known}))
        except Exception as error:
            # Whatever it is: it happens in the middle of a loop of hours, whose numbers are worth more than this one.
            self._halted = True
            self._notes.append(f"{TOLD_NO_MORE} from {loop} {done} on: {_said(error)}")

    def finish(self, experiment: Experiment, run_dir: Path) -> list[str]:
        """Log what came out of an experiment; gives where the run is, and what went wrong."""
        return self.finish_with(lambda: logged_run(experiment, self._tracking, run_dir))

    def finish_with(self, made: Callable[[], LoggedRun]) -> list[str]:
        """The same of whatever came out, made here so that a fault in making it ends nothing."""
        if not self._begun:
            self.start()
        self._ended = True
        if self._lost:
            return self._notes
        try:
            return [*self._notes, *self._tracker.finish(made())]
        except Exception as error:
            return [*self._notes, f"{PARTLY_LOGGED}: {_said(error)}"]

    def fail(self) -> list[str]:
        """End the run on the dashboard as one that came to nothing."""
        if self._ended or self._lost:
            return []
        self._ended = True
        try:
            return self._tracker.finish(None)
        except Exception as error:  # of the dashboard; what ended the run is what counts
            return [f"{PARTLY_LOGGED}: {_said(error)}"]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(error)}"


def begun_run(experiment: Experiment, options: Logged) -> BegunRun:
    """What a tracker gets of a run whose configuration, at least, is known, and may be seen by others."""
    config = experiment.config
    simulated = ("SIMULATED",) if experiment.simulated else ()
    return BegunRun(
        name="-".join([config.cohort.name, *_network(config)]) if options.run_name is None else options.run_name,
        group=options.group,
        kind=config.validation.choice(),
        tags=simulated + (_tags(config) if options.tags is None else tuple(options.tags)),
        options=_options(config),
        patients=options.patients,
    )


def _options(config: Config) -> dict[str, object]:
    return config.model_dump(mode="json", exclude={"tracking", "run_dir"})


def parameters_of(experiment: Experiment) -> dict[str, object]:
    """The options, and both records beside them, without what has no place in a list."""
    records = {"provenance": experiment.provenance, "execution": experiment.execution}
    return _options(experiment.config) | {
        name: record.model_dump(mode="json", exclude={"packages", "stages"}, exclude_none=True)
        for name, record in records.items()
    }


def _tags(config: Config) -> tuple[str, ...]:
    """What a run is made of: model, features, scheme, transforms, search."""
    own = ["own features"] if config.cohort.features is not None else []
    radiomics = ["radiomics"] if config.computes_radiomics else []
    search = config.search.choice()
    steps = [*config.transforms.steps, *([] if search == "none" else [f"search {search}"])]
    features = [*own, *radiomics, *_network(config)]
    return tuple(dict.fromkeys([config.model.choice(), *features, config.validation.choice(), *steps]))


def _network(config: Config) -> list[str]:
    return [config.backbone.name] if config.computes_deep else []


def logged_run(whole: Experiment, options: Logged, run_dir: Path) -> LoggedRun:
    """What a tracker gets of an experiment that has ended."""
    experiment = for_tracker(whole, options.patients)
    page = render(experiment)
    return LoggedRun(
        begun=begun_run(experiment, options),
        parameters=parameters_of(experiment),
        metrics=experiment.metrics,
        history=history(experiment),
        charts=charts_of(experiment),
        figures=_figures(experiment),
        tables=_tables(experiment),
        page=page,
        abstract=Abstract.of(experiment),
        artifacts=artifacts_of(experiment, run_dir, page, with_features=options.features),
    )


def _figures(experiment: Experiment) -> dict[str, bytes]:
    if not experiment.n_repeats:
        return {}
    figure = kaplan_meier_figure(
        experiment.first_repeat(),
        experiment.metrics,
        experiment.time_unit,
        experiment.simulated,
        landmark_days=experiment.landmark_days,
        of_cause=Competing.of(experiment) is not None,
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

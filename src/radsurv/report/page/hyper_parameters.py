"""What the search chose, training set by training set, and which hyper-parameters mattered to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from markupsafe import Markup

from radsurv.catalogue.tables import TRIALS
from radsurv.formats import percent
from radsurv.report.cell_text import cell
from radsurv.report.experiment import Experiment
from radsurv.report.figures.search_plot import search_figure
from radsurv.report.folds import sites_left_out
from radsurv.report.page_section import PageSection, inline
from radsurv.report.search_choices import Searched, chosen_trials, said, search_choices
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.splits import EVERYBODY

MOST_ROWS = 200


@dataclass(frozen=True)
class HyperParameter:
    """One row of the table: what was chosen most often, how often, and importances."""

    name: str
    chosen: str
    share: str
    importance: str
    lowest: str
    highest: str


@dataclass(frozen=True)
class Choice:
    """What one training set chose, in the order of the table, and the value of its best trial."""

    repeat: int
    fold: str
    values: tuple[str, ...]
    value: str


@dataclass(frozen=True, kw_only=True)
class HyperParameters(PageSection):
    """Only where something was searched among several values.

    Attributes
    ----------
    figure, rows
    n_sets, n_trials
        Training sets with a search, and trials of the first of them.
    objective
        As a reader knows it.
    flat
        Whether one search served all training sets.
    by_site
        Whether each fold is a site.
    n_repeats, choices
        Of the first 200 training sets.
    """

    order: ClassVar[int] = 111
    title: str = "Hyper-parameters that the search chose"

    figure: Markup
    rows: tuple[HyperParameter, ...]
    n_sets: int
    n_trials: int
    objective: str
    flat: bool
    by_site: bool
    n_repeats: int
    choices: tuple[Choice, ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        found, search, trials = search_choices(experiment), experiment.config.search, experiment.table(TRIALS)
        if not found or trials is None or not isinstance(search, SearchOptions):
            return None
        chosen, names = chosen_trials(experiment), [one.name for one in found]
        sites = sites_left_out(experiment)
        figure = search_figure(found, experiment.simulated)
        description = "Importance of each hyper-parameter, and how often each of its values was chosen"
        return cls(
            figure=inline(figure, "hyper-parameters", description),
            rows=tuple(map(_row, found)),
            n_sets=len(chosen),
            n_trials=int(trials.groupby(["repeat", "fold"]).size().iloc[0]),
            objective="deviance" if search.objective == "deviance" else "Harrell's C",
            flat=bool((chosen["fold"] == EVERYBODY).all()),
            by_site=bool(sites),
            n_repeats=int(chosen["repeat"].nunique()),
            choices=tuple(_choice(row, names, sites) for row in chosen.head(MOST_ROWS).to_dict("records")),
        )


def _row(one: Searched) -> HyperParameter:
    best = max(one.shares, key=lambda value: one.shares[value])
    ends = (np.nan, np.nan) if np.isnan(one.mean) else (np.nanmin(one.importance), np.nanmax(one.importance))
    lowest, highest = (cell(float(end), "{:.2f}".format) for end in ends)
    return HyperParameter(
        name=one.name,
        chosen=best,
        share=percent(one.shares[best]),
        importance=cell(one.mean, "{:.2f}".format),
        lowest=lowest,
        highest=highest,
    )


def _choice(row: dict[Any, Any], names: Sequence[str], sites: dict[int, str]) -> Choice:
    fold = int(row["fold"])
    return Choice(
        repeat=int(row["repeat"]),
        fold=sites.get(fold, "all patients" if fold == EVERYBODY else str(fold)),
        values=tuple(said(row[name]) for name in names),
        value=cell(row["value"], "{:.3f}".format),
    )

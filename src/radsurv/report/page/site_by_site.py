"""Whether the predictions hold in every site, and within sites altogether."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from markupsafe import Markup

from radsurv.catalogue.tables import SITES
from radsurv.formats import concordance, fixed, percent, ratio
from radsurv.report.cell_text import Form, limits, with_limits, with_limits_of
from radsurv.report.experiment import Experiment
from radsurv.report.figures.site_plot import Summary, site_figure
from radsurv.report.page_section import PageSection, inline
from radsurv.validation.site_strata import FEWEST_EVENTS, FEWEST_PATIENTS
from radsurv.validation.site_summary import FEWEST_EVENTS_SUMMARISED

ENDINGS = ("", "_low", "_high", "_prediction_low", "_prediction_high")
WALD = 1.959964  # half the width of a 95 % interval, in standard errors


@dataclass(frozen=True)
class Site:
    """The patients of one site, or those of all that are too small together."""

    name: str
    n: int
    events: int
    c: str
    slope: str
    hazard_ratio: str
    reason: str


@dataclass(frozen=True)
class OverSites:
    """A number of all sites together, by random effects.

    Attributes
    ----------
    said
        What it is.
    n_sites
    mean
        With its limits.
    prediction
        Where that of another site lies; empty where that cannot be said.
    i2
        Share of true differences in the spread of what was measured.
    """

    said: str
    n_sites: int
    mean: str
    prediction: str
    i2: str


@dataclass(frozen=True, kw_only=True)
class SiteBySite(PageSection):
    """One row per site; only where there are at least two.

    Attributes
    ----------
    rows
    figure
    summaries
        Of C and of the calibration slope, as far as there are any.
    within, overall
        Harrell's C over pairs within sites, and over all pairs; None where there is none.
    external
    not_summarised
        Whether one of the rows, of a single site, is in no summary.
    pooled
        Whether one of the rows is several sites.
    fewest_patients, fewest_events
        Of a site with a row of its own.
    fewest_summarised
        Events of a site in the summary.
    """

    order: ClassVar[int] = 35
    title: str = "Site by site"

    rows: tuple[Site, ...]
    figure: Markup
    summaries: tuple[OverSites, ...]
    within: str | None
    overall: str | None
    pooled: bool
    external: bool
    not_summarised: bool
    fewest_patients: int = FEWEST_PATIENTS
    fewest_events: int = FEWEST_EVENTS
    fewest_summarised: int = FEWEST_EVENTS_SUMMARISED

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(SITES)
        if table is None:
            return None
        within, overall = (experiment.metrics.get(key) for key in ("harrell_c_within_sites", "harrell_c"))
        names = [f"{row.site} ({row.n} patients, {row.events} events)" for row in table.itertuples()]
        summary = _drawn(experiment)
        if summary is not None:
            names.append(f"{experiment.metrics['harrell_c_over_sites_count']} sites, random effects")
        figure = site_figure(table, names, within, summary, experiment.simulated)
        summaries = (_over_sites(experiment, *measure) for measure in MEASURES)
        return cls(
            rows=tuple(map(_site, table.itertuples())),
            figure=inline(figure, "sites", "Harrell's C of each site with its limits, and over sites"),
            summaries=tuple(filter(None, summaries)),
            within=None if within is None else f"{within:.3f}",
            overall=None if overall is None else f"{overall:.3f}",
            external=experiment.external,
            not_summarised=bool((table.loc[~table["pooled"], "reason"] != "").any()),
            pooled=bool(table["pooled"].any()),
        )


# Key, name, and how it reads.
MEASURES: tuple[tuple[str, str, Form], ...] = (
    ("harrell_c", "C", concordance),
    ("calibration_slope", "the calibration slope", lambda value: fixed(value, 2)),
)


def _drawn(experiment: Experiment) -> Summary | None:
    """The summary of C, as the figure has it."""
    values = [experiment.metrics.get(f"harrell_c_over_sites{ending}") for ending in ENDINGS]
    if values[0] is None:
        return None
    return Summary(*(np.nan if value is None else float(value) for value in values))


def _over_sites(experiment: Experiment, key: str, said: str, form: Form) -> OverSites | None:
    metrics, name = experiment.metrics, f"{key}_over_sites"
    i2, n_sites = metrics.get(f"{name}_i2"), metrics.get(f"{name}_count")
    if i2 is None or n_sites is None:
        return None
    between = limits(metrics.get(f"{name}_prediction_low"), metrics.get(f"{name}_prediction_high"), form)
    return OverSites(said, int(n_sites), with_limits_of(metrics, name, form), between, percent(i2))


def _site(row: Any) -> Site:
    half = WALD * row.calibration_slope_se
    slope = row.calibration_slope
    return Site(
        name=row.site,
        n=row.n,
        events=row.events,
        c=with_limits(row.harrell_c, row.harrell_c_low, row.harrell_c_high, "{:.3f}".format),
        slope=with_limits(slope, slope - half, slope + half, lambda value: fixed(value, 2)),
        hazard_ratio=with_limits(row.hazard_ratio, row.hazard_ratio_low, row.hazard_ratio_high, ratio),
        reason=row.reason,
    )

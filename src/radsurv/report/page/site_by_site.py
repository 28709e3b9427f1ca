"""Whether the predictions hold in every site, and within sites altogether."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import SITES
from radsurv.formats import ratio
from radsurv.report.cell_text import with_limits
from radsurv.report.experiment import Experiment
from radsurv.report.figures.site_plot import site_figure
from radsurv.report.page_section import PageSection, inline
from radsurv.validation.site_strata import FEWEST_EVENTS, FEWEST_PATIENTS


@dataclass(frozen=True)
class Site:
    """The patients of one site, or those of all that are too small together."""

    name: str
    n: int
    events: int
    c: str
    hazard_ratio: str


@dataclass(frozen=True, kw_only=True)
class SiteBySite(PageSection):
    """One row per site; only where there are at least two.

    Attributes
    ----------
    rows
    figure
    within, overall
        Harrell's C over pairs within sites, and over all pairs; None where there is none.
    external
    pooled
        Whether one of the rows is several sites.
    fewest_patients, fewest_events
        Of a site with a row of its own.
    """

    order: ClassVar[int] = 35
    title: str = "Site by site"

    rows: tuple[Site, ...]
    figure: Markup
    within: str | None
    overall: str | None
    pooled: bool
    external: bool
    fewest_patients: int = FEWEST_PATIENTS
    fewest_events: int = FEWEST_EVENTS

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(SITES)
        if table is None:
            return None
        within, overall = (experiment.metrics.get(key) for key in ("harrell_c_within_sites", "harrell_c"))
        names = [f"{row.site} ({row.n} patients, {row.events} events)" for row in table.itertuples()]
        figure = site_figure(table, names, within, experiment.simulated)
        return cls(
            rows=tuple(map(_site, table.itertuples())),
            figure=inline(figure, "sites", "Harrell's C of each site with its limits"),
            within=None if within is None else f"{within:.3f}",
            overall=None if overall is None else f"{overall:.3f}",
            external=experiment.external,
            pooled=bool(table["pooled"].any()),
        )


def _site(row: Any) -> Site:
    return Site(
        name=row.site,
        n=row.n,
        events=row.events,
        c=with_limits(row.harrell_c, row.harrell_c_low, row.harrell_c_high, "{:.3f}".format),
        hazard_ratio=with_limits(row.hazard_ratio, row.hazard_ratio_low, row.hazard_ratio_high, ratio),
    )

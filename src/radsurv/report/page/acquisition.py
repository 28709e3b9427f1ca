"""How images were acquired, site by site: voxel sizes and intensities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.formats import number
from radsurv.report.experiment import Experiment
from radsurv.report.figures.acquisition_plot import acquisition_figure
from radsurv.report.page_section import PASSPORT_ONLY, PageName, PageSection, inline

MOST_SITES = 12
OTHERS, UNKNOWN = "other sites", "no site"


@dataclass(frozen=True, kw_only=True)
class Acquisition(PageSection):
    """Four small panels, and the medians in words."""

    order: ClassVar[int] = 107
    pages: ClassVar[frozenset[PageName]] = PASSPORT_ONLY
    title: str = "Voxels and intensities by site"

    panels: Markup
    in_plane_mm: str
    slice_mm: str
    n_sites: int
    n_gathered: int

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        inspection = experiment.inspection
        if inspection is None or inspection.seen.empty:
            return None
        seen = inspection.seen
        if "site" in seen:
            sites = seen["site"].fillna(UNKNOWN).astype(str)
            sizes = sites.value_counts()
            large = sizes.index[:MOST_SITES] if len(sizes) > MOST_SITES + 1 else sizes.index
            names = sorted(large) + [OTHERS] * (len(large) < len(sizes))
            sites = sites.where(sites.isin(large), OTHERS)
            n_sites, n_gathered = len(sizes), len(sizes) - len(large)
        else:
            sites, names, n_sites, n_gathered = seen["patient_id"].map(lambda _: "all"), ["all"], 1, 0
        marked = [check.patient_id for check in inspection.checks if check.severity == "outlier"]
        figure = acquisition_figure(seen.assign(place=sites.map(names.index)), names, marked, experiment.simulated_here)
        return cls(
            panels=inline(figure, "acquisition", "Voxel sizes and intensities of every patient, by site"),
            in_plane_mm=number(float(seen["in_plane_mm"].median())),
            slice_mm=number(float(seen["slice_mm"].median())),
            n_sites=n_sites,
            n_gathered=n_gathered,
        )

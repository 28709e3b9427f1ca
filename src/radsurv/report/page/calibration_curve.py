"""Whether a predicted risk can be taken at its word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import CALIBRATION
from radsurv.formats import fixed, number, p_value, percent
from radsurv.report.bands import of_bands
from radsurv.report.cell_text import cell, limits
from radsurv.report.competing import not_the_risk
from radsurv.report.experiment import Experiment
from radsurv.report.figures.calibration_plot import calibration_figure
from radsurv.report.page_section import PageSection, inline


@dataclass(frozen=True)
class RiskGroup:
    """Patients of similar predicted risk at one time."""

    horizon: str
    n: str
    predicted: str
    observed: str
    limits: str
    resampled: str


@dataclass(frozen=True, kw_only=True)
class CalibrationCurve(PageSection):
    """Predicted against observed risk; without a figure where no model tells patients apart.

    Attributes
    ----------
    figure
    slope, p
        Calibration slope, and P of D-calibration, where they can be computed.
    time_unit
    bands
        What the bands of the figure hold.
    rows
    external
    not_the_risk
        What these probabilities are not, where patients could leave by other causes.
    """

    order: ClassVar[int] = 70
    title: str = "Calibration"

    figure: Markup | None = None
    slope: str | None = None
    p: str | None = None
    time_unit: str
    bands: str = ""
    rows: tuple[RiskGroup, ...] = ()
    external: bool
    not_the_risk: str = ""

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        if experiment.null:
            return cls(time_unit=experiment.time_unit, external=experiment.external)
        table = experiment.table(CALIBRATION)
        if table is None or table["observed"].isna().all():
            return None
        figure = calibration_figure(table, experiment.time_unit, experiment.simulated)
        slope, p = experiment.metrics.get("calibration_slope"), experiment.metrics.get("d_calibration_p")
        return cls(
            figure=inline(figure, "calibration-curve", "Observed against predicted share of events"),
            slope=None if slope is None else fixed(slope, 2),
            p=None if p is None else p_value(p),
            time_unit=experiment.time_unit,
            bands=of_bands(experiment, table, "resampled"),
            rows=tuple(map(_risk_group, table.to_dict("records"))),
            external=experiment.external,
            not_the_risk=not_the_risk(experiment),
        )


def _risk_group(row: Mapping[Any, Any]) -> RiskGroup:
    return RiskGroup(
        horizon=number(row["horizon"]),
        n=f"{row['n']:,}",
        predicted=percent(row["predicted"]),
        observed=cell(row["observed"], percent),
        limits=limits(row["low"], row["high"], percent) or "–",
        resampled=limits(row.get("resampled_low"), row.get("resampled_high"), percent) or "–",
    )

"""How well the predictions tell patients apart, and how far they are off, by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import HORIZONS
from radsurv.formats import number, percent
from radsurv.report.bands import of_bands
from radsurv.report.cell_text import cell, limits
from radsurv.report.competing import not_the_risk
from radsurv.report.experiment import Experiment
from radsurv.report.figures.accuracy_plot import accuracy_figure
from radsurv.report.page_section import PageSection, inline
from radsurv.report.rules import SAME_BRIER


@dataclass(frozen=True)
class Horizon:
    """The predictions at one time."""

    time: str
    auc: str
    brier: str
    brier_km: str
    n_events: str
    n_at_risk: str


@dataclass(frozen=True, kw_only=True)
class AccuracyOverTime(PageSection):
    """AUC and Brier score by time.

    Attributes
    ----------
    figure, time_unit, rows
    brier
        The average of it in words, where there is one.
    bands
        What the bands of the figure hold.
    external
        Whether a finished model was applied, whose patients' curve is the reference.
    not_the_risk
        What these probabilities are not, where patients could leave by other causes.
    """

    order: ClassVar[int] = 60
    title: str = "Accuracy over time"

    figure: Markup
    brier: str | None
    bands: str
    external: bool
    not_the_risk: str = ""
    time_unit: str
    rows: tuple[Horizon, ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(HORIZONS)
        if table is None or table.empty:
            return None
        figure = accuracy_figure(
            table, experiment.time_unit, experiment.simulated, landmark_days=experiment.landmark_days
        )
        described = "AUC and Brier score of the predictions by time, beside a coin and the Kaplan-Meier curve"
        scaled = experiment.metrics.get("scaled_brier")
        return cls(
            figure=inline(figure, "accuracy", described),
            brier=None if scaled is None else _against_average(scaled),
            bands=of_bands(experiment, table, "auc", "brier"),
            external=experiment.external,
            not_the_risk=not_the_risk(experiment),
            time_unit=experiment.time_unit,
            rows=tuple(map(_horizon, table.to_dict("records"))),
        )


def _against_average(scaled: float) -> str:
    """The scaled Brier score in words."""
    how = "no better than telling every patient the average"
    if abs(scaled) < SAME_BRIER:
        return f"practically that of the Kaplan-Meier curve: as probabilities, they are {how}"
    if scaled > 0:
        return f"{percent(scaled)} lower than that of the Kaplan-Meier curve"
    return f"{percent(-scaled)} higher than that of the Kaplan-Meier curve: as probabilities, they are {how}"


def _horizon(row: Mapping[Any, Any]) -> Horizon:
    return Horizon(
        time=number(row["horizon"]),
        auc=_with_limits(row, "auc"),
        brier=_with_limits(row, "brier"),
        brier_km=f"{row['brier_km']:.3f}",
        n_events=f"{row['n_events']:,}",
        n_at_risk=f"{row['n_at_risk']:,}",
    )


def _with_limits(row: Mapping[Any, Any], name: str) -> str:
    """Limits to two places: the third hangs on which resamples were drawn."""
    between = limits(row.get(f"{name}_low"), row.get(f"{name}_high"), "{:.2f}".format)
    return cell(row[name], "{:.3f}".format) + (f" ({between})" if between else "")

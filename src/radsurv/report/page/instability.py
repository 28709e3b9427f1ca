"""How far predictions hang on who happened to be in the cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import INSTABILITY
from radsurv.formats import number, percent
from radsurv.report.experiment import Experiment
from radsurv.report.figures.instability_plot import instability_figure
from radsurv.report.page_section import PageSection, inline

UNSTEADY = 0.2  # share of refits with another group from which a patient's group is called unsteady


@dataclass(frozen=True, kw_only=True)
class Instability(PageSection):
    """Predictions of the model of all patients, and of the same pipeline on bootstrap samples.

    Attributes
    ----------
    figure
    horizon, time_unit
        When survival is predicted.
    n_refits
        Bootstrap samples.
    alike
        Whether the model of all patients tells everybody the same.
    mape, median_range
        Mean absolute difference, and how wide the 95 % range of the median patient is; both of probabilities.
    other_group, n_unsteady, n_patients, unsteady
        Mean share of refits with another group; patients for whom it is at least `unsteady`, and all.
    """

    order: ClassVar[int] = 114
    title: str = "Would another cohort predict the same?"

    figure: Markup
    horizon: str
    time_unit: str
    n_refits: str
    alike: bool
    mape: str
    median_range: str
    other_group: str
    n_unsteady: str
    n_patients: str
    unsteady: str = percent(UNSTEADY)

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(INSTABILITY)
        if table is None:
            return None
        drawn = instability_figure(table, experiment.simulated)
        described = "Survival by the model of all patients and by refits, and how often refits change the risk group"
        return cls(
            figure=inline(drawn, "instability", described),
            horizon=number(table["horizon"].iloc[0]),
            time_unit=experiment.time_unit,
            n_refits=f"{experiment.config.comparison.instability:,}",
            alike=table["survival"].nunique() == 1,
            mape=f"{100 * table['absolute_error'].mean():.1f}",
            median_range=f"{100 * (table['survival_high'] - table['survival_low']).median():.0f}",
            other_group=percent(float(table["other_group"].mean())),
            n_unsteady=f"{(table['other_group'] >= UNSTEADY).sum():,}",
            n_patients=f"{len(table):,}",
        )

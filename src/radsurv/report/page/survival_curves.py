"""Kaplan-Meier curves of the predicted groups, and risk against time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.risk_plot import risk_figure
from radsurv.report.page_section import PageSection, inline


@dataclass(frozen=True, kw_only=True)
class SurvivalCurves(PageSection):
    """Both figures, of the first repeat."""

    order: ClassVar[int] = 20
    title: str = "Survival of the predicted groups"

    curves: Markup
    risks: Markup
    n_repeats: int
    external: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        if not experiment.n_repeats:
            return None
        rows, unit, simulated = experiment.first_repeat(), experiment.time_unit, experiment.simulated
        curves = kaplan_meier_figure(rows, experiment.metrics, unit, simulated)
        risks = risk_figure(rows, unit, simulated)
        return cls(
            curves=inline(curves, "kaplan-meier", "Kaplan-Meier curves of the predicted groups"),
            risks=inline(risks, "risk", "Predicted risk of every patient against follow-up time"),
            n_repeats=experiment.n_repeats,
            external=experiment.external,
        )

"""Kaplan-Meier curves of the predicted groups, and risk against time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.formats import number, p_value
from radsurv.report.competing import Competing
from radsurv.report.experiment import Experiment
from radsurv.report.figures.incidence_plot import incidence_figure
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.risk_plot import risk_figure
from radsurv.report.page_section import PageSection, inline
from radsurv.report.rules import ALPHA

OF_CAUSE = "Like the hazard ratio, this takes no other cause to end anybody's time: other causes are censored."


@dataclass(frozen=True, kw_only=True)
class SurvivalCurves(PageSection):
    """Both figures, of the first repeat.

    Attributes
    ----------
    incidence
        Aalen-Johansen curves, where patients could leave by other causes; None elsewhere.
    causes
        Then counts of each cause, and what is censored.
    curves, risks
    beside
        What the hazard ratio does not say: how much longer the one group lives, and whether one ratio does for all of follow-up.
    n_repeats
    external
        Whether a finished model predicted.
    """

    order: ClassVar[int] = 20
    title: str = "Survival of the predicted groups"

    incidence: Markup | None
    causes: str
    curves: Markup
    risks: Markup
    beside: tuple[str, ...]
    n_repeats: int
    external: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        if not experiment.n_repeats:
            return None
        rows, unit, simulated = experiment.first_repeat(), experiment.time_unit, experiment.simulated
        landmark, competing = experiment.landmark_days, Competing.of(experiment)
        curves = kaplan_meier_figure(
            rows, experiment.metrics, unit, simulated, landmark_days=landmark, of_cause=competing is not None
        )
        risks = risk_figure(rows, unit, simulated, landmark_days=landmark)
        return cls(
            incidence=None if competing is None else incidence_of(competing, experiment),
            causes="" if competing is None else competing.told,
            curves=inline(curves, "kaplan-meier", "Kaplan-Meier curves of the predicted groups"),
            risks=inline(risks, "risk", "Predicted risk of every patient against follow-up time"),
            beside=_beside(experiment, of_cause=competing is not None),
            n_repeats=experiment.n_repeats,
            external=experiment.external,
        )


def _beside(experiment: Experiment, *, of_cause: bool) -> tuple[str, ...]:
    if experiment.n_known:
        return ()
    said = beside_the_ratio(experiment.metrics, experiment.time_unit)
    return (*said, OF_CAUSE) if said and of_cause else said


def incidence_of(competing: Competing, experiment: Experiment) -> Markup:
    """The figure for a page."""
    unit, simulated, landmark = experiment.time_unit, experiment.simulated, experiment.landmark_days
    figure = incidence_figure(competing.rows, competing.cause, unit, simulated, landmark_days=landmark)
    return inline(figure, "incidence", f"Cumulative incidence of {competing.event}, and of other causes")


def beside_the_ratio(metrics: Mapping[str, float | None], time_unit: str) -> tuple[str, ...]:
    """Restricted mean survival and the test of proportional hazards, a sentence each, as far as they could be computed.

    Parameters
    ----------
    metrics
        Where ``rmst_difference``, its limits, ``rmst_until`` and ``proportional_hazards_p`` are read.
    time_unit
    """
    said = []
    longer, until = metrics.get("rmst_difference"), metrics.get("rmst_until")
    low, high = metrics.get("rmst_difference_low"), metrics.get("rmst_difference_high")
    if longer is not None and until is not None and low is not None and high is not None:
        more = "longer" if longer >= 0 else "less long"
        said.append(
            f"Counted up to {number(until)} {time_unit}, predicted long survivors live {_short(abs(longer))} {time_unit} {more}"
            f" without the event, on average (restricted mean survival; difference {_short(longer)}, 95 % CI {_short(low)} to"
            f" {_short(high)}, which like that of the hazard ratio takes the groups as given)."
        )
    p = metrics.get("proportional_hazards_p")
    if p is not None and p < ALPHA:
        said.append(
            f"The hazard ratio changes with time (test of proportional hazards, P {p_value(p)}): it is an average over follow-up,"
            " and the difference in mean survival says more."
        )
    elif p is not None:
        said.append(
            f"The test of proportional hazards shows no change of the hazard ratio with time (P {p_value(p)}), which is no proof that"
            " there is none."
        )
    return tuple(said)


def _short(value: float) -> str:
    """Three digits: a mean of survival times is known no better."""
    return number(float(f"{value:.3g}"))
